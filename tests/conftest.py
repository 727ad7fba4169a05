"""What all tests share: settings of Hypothesis, and processes that can be interrupted."""

import logging
import signal
import sys

from hypothesis import HealthCheck, Phase, settings

from frequenz.client.assets.testing._quiet import is_not_of_polling

# Tests also run on slow and busy machines: how long one example takes says nothing about the code.
# Explaining a failure traces every line, which takes longer than a test may take.
settings.register_profile(
    "assets",
    deadline=None,
    phases=[phase for phase in Phase if phase is not Phase.explain],
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("assets")


# Shells start background jobs without SIGINT, and nohup starts commands without SIGHUP; processes
# that tests send these signals to would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


# gRPC polls for all event loops of a process. It logs an error when it wakes the loop of an earlier
# test, which is closed; tests that count log records would count it.
logging.getLogger("asyncio").addFilter(is_not_of_polling)
