"""What all tests share: how Hypothesis looks for examples."""

from hypothesis import HealthCheck, settings

# Tests also run on slow and busy machines: how long one example takes says nothing about the code.
settings.register_profile("assets", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("assets")
