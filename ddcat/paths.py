"""Where templates/ and instruments/ stand: beside the package in a checkout, inside it in a wheel."""

import os
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_data_path

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "_data"
_ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent

TEMPLATES = _ROOT / "templates"
INSTRUMENTS = _ROOT / "instruments"
SETTING = "DDCAT_INSTRUMENTS"


def own_instruments(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The folder of instruments beside those that come with ddcat; None where the setting names none."""
    given = environment.get(SETTING)
    return Path(given).expanduser().resolve() if given else None


def user_data() -> Path:
    """The folder where this system keeps a user's data for ddcat."""
    return user_data_path("ddcat", appauthor=False)
