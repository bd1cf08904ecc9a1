"""The key that signs sessions: made on the first start, readable by nobody else, kept beside the database."""

from pathlib import Path
from secrets import token_hex

from ddcat import store


def key(folder: Path) -> str:
    """The key of this data folder. Raises OSError where it can neither be read nor made."""
    path = folder / "secret.key"
    return _read(path) or _make(path)


def _read(path: Path) -> str:
    return path.read_text(encoding="ascii", errors="replace").strip() if path.exists() else ""


def _make(path: Path) -> str:
    """Of two first starts at once one makes the key, and it is whole when the other reads it."""
    with store.alone(path):
        if not _read(path):
            making = path.with_suffix(".new")
            making.unlink(missing_ok=True)
            making.touch(mode=0o600)
            making.write_text(token_hex(32), encoding="ascii")
            making.replace(path)
        return _read(path)
