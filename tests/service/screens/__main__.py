"""Record the screens anew: python -m tests.service.screens."""

from . import HERE, SCREENS, screen, serving


def record() -> None:
    """Write each screen into a file of its own."""
    for old in HERE.glob("*.txt"):
        old.unlink()
    with serving() as url:
        for name in SCREENS:
            (HERE / f"{name}.txt").write_text(screen(name, url), encoding="utf-8")


if __name__ == "__main__":
    record()
