"""The calls of the API by their names."""


def operation_of(method: str) -> str:
    """Return the API's name of the call that a method of the client makes."""
    return method.title().replace("_", "")
