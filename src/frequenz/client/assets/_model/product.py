"""What device an asset is."""


def product_of(model: str | None, manufacturer: str | None, model_name: str | None) -> str | None:
    """Return the model, or the two fields that it succeeds joined; None where there is none."""
    return model or " ".join(filter(None, (manufacturer, model_name))) or None
