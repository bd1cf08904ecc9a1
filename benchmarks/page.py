"""The page of the largest dimension, of a draft half rated, against a Flask page that says hello.

Both run on waitress with four threads, each in a process of its own, and are asked in turn by four connections
that are kept, by somebody who is logged in. The page has been seen before. Counted are requests a second; beside
them stands p95, the time within which 95 of 100 are answered.
"""

from contextlib import closing
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from threading import Thread
from time import perf_counter, time

from clock import HELLO, Client, in_turn, serve, server, tell
from flask.sessions import SecureCookieSessionInterface

from ddcat import shelf, store
from ddcat.records import Person
from ddcat.store import agencies, assessments, people, programs, saving
from ddcat.web import create_app

CLIENTS = 4
SECONDS = 2
ROUNDS = 9


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as folder:
        path, cookie = draft(Path(folder))
        with server(HELLO) as hello, server(serve(Path(folder))) as ddcat:
            size = len(logged_in(ddcat, cookie).get(path))
            print(f"the page has {size:,} bytes")
            slow: dict[int, list[float]] = {hello: [], ddcat: []}

            def load(port: int, path: str) -> float:
                waits = ask(port, path, cookie)
                slow[port].append(1000 * quantiles(waits, n=20)[-1])
                return len(waits) / SECONDS

            figures = in_turn(lambda: load(hello, "/"), lambda: load(ddcat, path), ROUNDS)
            tell("page of a dimension", figures, "requests a second", "within 6", more_is_better=True)
            print(f"p95: {median(slow[ddcat]):.1f} ms, floor {median(slow[hello]):.1f} ms")


def draft(folder: Path) -> tuple[str, str]:
    """Where the largest dimension of a new draft stands, half of its items rated; the cookie of who rates it."""
    store.migrate(store.file(folder))
    volume = shelf.find("ddcat@4.0")
    largest = max(volume.instrument.dimensions, key=lambda dimension: len(dimension.items))
    half = largest.items[::2]
    db = store.connect(store.file(folder))
    with closing(db.conn):
        with store.writing(db):
            person = people.adopt(db, name="R. Invented", login="rater@example.org", password="")
        agency = agencies.add(db, person, "Invented agency", {})
        program = programs.add(db, person, agency.ref, "Invented program", {})
        kept = (volume.checksum, volume.instrument.name, volume.data)
        about = {"assessed_on": "2026-11-22", "kind": "self", "rater": "R. Invented", "period": 1}
        ref = assessments.start(db, person, program.ref, kept, **about)
        rated = {item.id: saving.Change(item.ratings[-1], "Seen in the policy binder.", 0) for item in half}
        saving.save(db, person, ref, rated)
    return f"/assessments/{ref}/dimensions/{largest.id}", session(folder, person)


def session(folder: Path, person: Person) -> str:
    """The cookie of somebody who is logged in and has seen a form: nothing in it changes while pages are read."""
    app = create_app(DATA=str(folder))
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    said = {"_user_id": f"{person.ref}.{person.epoch}", "_fresh": True, "at": int(time()), "csrf_token": "0" * 40}
    return f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(said)}"


def logged_in(port: int, cookie: str) -> Client:
    """A connection that sends this cookie."""
    client = Client(port)
    client.always += f"Cookie: {cookie}\r\n"
    return client


def ask(port: int, path: str, cookie: str) -> list[float]:
    """The seconds that each answer took, with all clients asking at once for as long as a turn lasts."""
    waits: list[float] = []

    def client() -> None:
        connection = logged_in(port, cookie)
        end = perf_counter() + SECONDS
        while (begun := perf_counter()) < end:
            connection.get(path)
            waits.append(perf_counter() - begun)
        connection.socket.close()

    clients = [Thread(target=client) for _ in range(CLIENTS)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    return waits


if __name__ == "__main__":
    main()
