"""The checks that take minutes: benchmarks, chaos, comparison, compatibility, fuzz, mutation."""
