"""What all tests share: how Hypothesis looks for examples."""

from hypothesis import HealthCheck, Phase, settings

# Tests also run on slow and busy machines: how long one example takes says nothing about the code.
# Explaining a failure traces every line, which takes longer than a test may take.
settings.register_profile(
    "assets",
    deadline=None,
    phases=[phase for phase in Phase if phase is not Phase.explain],
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("assets")
