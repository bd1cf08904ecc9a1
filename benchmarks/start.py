"""From starting `ddcat serve` on a data folder that is up to date to its first page, against bare Flask.

Both are fresh processes on waitress; the clock stops when the first page has been read: the one to log in on.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from clock import HELLO, Client, in_turn, serve, server, tell

from ddcat import demo, store

ROUNDS = 11


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        store.migrate(store.file(folder))
        demo.fill(store.file(folder))
        figures = in_turn(lambda: first_page(HELLO, "/"), lambda: first_page(serve(folder), "/login"), ROUNDS)
    tell("start to first page", figures, "s", "none; a second start shows its first page at once")


def first_page(arguments: list[str], path: str) -> float:
    """The seconds from starting a server until its first page is here."""
    begun = perf_counter()
    with server(arguments) as port:
        Client(port).get(path)
        return perf_counter() - begun


if __name__ == "__main__":
    main()
