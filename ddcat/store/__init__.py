"""The only room that knows SQLite: connection, migrations, and one module a noun."""

from ddcat.store.connection import Busy, Missing, connect, file, writing
from ddcat.store.migrations import migrate, pending

__all__ = ["Busy", "Missing", "connect", "file", "migrate", "pending", "writing"]
