"""Where templates/ and instruments/ stand: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

from platformdirs import user_data_path

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "_data"
_ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent

TEMPLATES = _ROOT / "templates"
INSTRUMENTS = _ROOT / "instruments"


def user_data() -> Path:
    """The folder where this system keeps a user's data for ddcat."""
    return user_data_path("ddcat", appauthor=False)
