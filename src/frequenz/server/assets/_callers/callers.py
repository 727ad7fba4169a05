"""Who calls: finds the key of a call, and checks its signature."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from .keys import Key, Keyring
from .nonces import Nonces, Use
from .scope import Scope
from .signatures import Credentials, is_signed, read_credentials, reason_not_fresh

DEFAULT_TOLERANCE_SECONDS: Final = 300.0
"""By how much the clocks of caller and server may differ."""


class Caller(NamedTuple):
    """Who calls."""

    key_id: str
    scope: Scope
    wait_seconds: float
    """How long the call must wait for its turn."""


class NotAuthenticatedError(Exception):
    """A caller is not known; the message is for the log of the server only."""

    def __init__(self, reason: str, key_id: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.key_id = key_id


class NoncesFullError(Exception):
    """No space left for the nonce of a valid call."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"no space for more nonces of key {key_id}")
        self.key_id = key_id


class Callers:
    """The callers of a server."""

    def __init__(
        self,
        keyring: Keyring,
        nonces: Nonces,
        clock: Callable[[], float],
        tolerance: float = DEFAULT_TOLERANCE_SECONDS,
    ) -> None:
        """Identify callers by their keys.

        Args:
            keyring: The keys; assign another keyring to replace them.
            nonces: Which nonces were used.
            clock: Returns the time, in s since 1970.
            tolerance: By how much the time of a call may differ from that of the clock, in s.
        """
        self.keyring = keyring
        self._nonces = nonces
        self._clock = clock
        self._tolerance = tolerance

    async def identify(
        self,
        method: str,
        metadata: Iterable[tuple[str, str | bytes]],
        take_turn: Callable[[str], float],
    ) -> Caller:
        """Return who makes a call.

        The signature is checked first, in the same time whatever is wrong; only then its nonce is
        used up, so that nobody can use up the nonces of others. In between, the call takes its
        turn: calls beyond the limits of a key need no space for nonces.

        Args:
            method: The name of the method, without its service.
            metadata: The metadata of the call.
            take_turn: Takes the ID of the key, and returns how long the call must wait, in s. If it
                raises an error, that is raised, and the nonce is not used.

        Raises:
            NotAuthenticatedError: If the caller is not known.
            NoncesFullError: If there is no space for its nonce.
            KeysError: If nonces cannot be remembered at the moment.
            StoreError: The same, for those in a database.
        """
        credentials = read_credentials(metadata)
        known = self.keyring.find(credentials.key)
        secrets = () if known is None else known.secrets
        has_signature = is_signed(credentials, method, secrets)
        if known is None:
            raise NotAuthenticatedError("unknown key" if credentials.key else "no key")
        key, now = known.key, self._clock()
        if reason := self._reason(credentials, key, has_signature, now):
            raise NotAuthenticatedError(reason, key.id)
        wait = take_turn(key.id)
        if secrets:
            until = int(credentials.time) + self._tolerance
            match await self._nonces.use(key.id, credentials.nonce, until, now):
                case Use.REPEATED:
                    raise NotAuthenticatedError("nonce was used before", key.id)
                case Use.FULL:
                    raise NoncesFullError(key.id)
        return Caller(key.id, known.scope, wait)

    def _reason(
        self, credentials: Credentials, key: Key, has_signature: bool, now: float
    ) -> str | None:
        """Return why a call does not count, or None if it does."""
        if key.secrets:
            if not has_signature:
                return "wrong signature" if credentials.signature else "no signature"
            if reason := reason_not_fresh(credentials, now, self._tolerance):
                return reason
        return key.reason_not_usable(now)
