"""The product of a component or sensor."""


def product_of(model: str | None, manufacturer: str | None, model_name: str | None) -> str | None:
    """Return the model, or the two deprecated fields joined; None if unknown."""
    return model or " ".join(filter(None, (manufacturer, model_name))) or None
