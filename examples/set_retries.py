"""Choose how long calls may take, how often they are tried, and over which channel they go."""

import asyncio

import grpc
from frequenz.client.base.retry import ExponentialBackoff
from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient, CallPolicy, RetryBudget, Transport
from frequenz.client.assets.exceptions import ApiClientError, EntityNotFound

POLICY = CallPolicy(
    timeout=20.0,  # seconds for a call with all its attempts
    attempt_timeout=5.0,  # seconds for one attempt
    max_attempts=8,
    backoff=ExponentialBackoff(initial_interval=0.2, max_interval=3.0),
    budget=RetryBudget(bucket=20, ratio=0.1),  # stop retrying when the server is overloaded
)
TRANSPORT = Transport(
    connect_timeout=2.0,
    compression=grpc.Compression.Gzip,
    metadata=[("x-request-source", "example")],
    user_agent="my-application/1.0",
)


async def main() -> None:
    """Make a call that succeeds and one that fails."""
    async with AssetsApiClient.from_env(policy=POLICY, transport=TRANSPORT) as client:
        await client.ready(timeout=10.0)
        print(await client.get_microgrid(MicrogridId(1)))
        try:
            await client.get_microgrid(MicrogridId(404), timeout=2.0)
        except EntityNotFound as error:
            print("No such microgrid:", error.operation)
        except ApiClientError as error:
            print("Try again later" if error.is_retryable else "Give up", error)


if __name__ == "__main__":
    asyncio.run(main())
