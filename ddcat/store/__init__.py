"""The only room that knows SQLite: connection, migrations, and one module a noun."""

from sqlite_utils import Database

from ddcat.store.connection import Busy, Missing, Unusable, connect, file, writing
from ddcat.store.migrations import migrate, pending

__all__ = ["Busy", "Database", "Missing", "Unusable", "connect", "file", "migrate", "pending", "writing"]
