"""The programs that `ddcat demo` shows: invented, told in the TOML files here, kept through the store."""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from ddcat import store
from ddcat.demo.story import ADMINISTRATOR, INSTRUMENT, PASSWORD, everything, ratings
from ddcat.demo.teller import Teller
from ddcat.store import people

__all__ = ["ADMINISTRATOR", "INSTRUMENT", "PASSWORD", "clear", "fill", "prepare", "ratings"]


def prepare(path: Path) -> None:
    """A filled database at this path, whole or not at all; one that is there already stays as it is."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(dir=path.parent) as folder:
        making = store.file(Path(folder))
        store.migrate(making)
        fill(making)
        making.replace(path)


def fill(path: Path) -> None:
    """Fill an empty, migrated database at this path; one with people stays, and so do agencies that are there."""
    teller = Teller(path)
    with closing(teller.db.conn):
        if people.is_new(teller.db):
            teller.tell(everything())


def clear(folder: Path) -> None:
    """Remove the demo's database from this folder (ddcat.sqlite with -wal, -shm, and lock), nothing else.

    The log goes first: left behind, it would be taken for that of the next database.
    """
    file = store.file(folder)
    beside = [file.with_name(f"{file.name}{suffix}") for suffix in ("-wal", "-shm")]
    for path in (*beside, file, file.with_suffix(".lock")):
        path.unlink(missing_ok=True)
