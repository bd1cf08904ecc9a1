"""The only room that knows SQLite: connection, migrations, and one module a noun."""

from sqlite_utils import Database

from ddcat.store.connection import Busy, InUse, Missing, Unusable, alone, connect, file, now, writing
from ddcat.store.migrations import migrate, pending

__all__ = [
    "Busy",
    "Database",
    "InUse",
    "Missing",
    "Unusable",
    "alone",
    "connect",
    "file",
    "migrate",
    "now",
    "pending",
    "writing",
]
