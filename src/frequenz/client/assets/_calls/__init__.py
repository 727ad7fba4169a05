"""The one way that every call goes: deadline, attempts, errors, log, API generation."""
