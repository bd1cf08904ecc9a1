"""Many raters save at once, for minutes, on the real server: is every save that was acknowledged in the database?

Each rater has a draft of her own and a connection that is kept; she saves one item after the other, as the page does
on each change, and thinks for a moment between. Counted are answers that are no acknowledgement, saves that are not
there afterwards, and p95, the time within which 95 of 100 are answered; beside it that of a page that says hello
(`hello.py`), asked for at the same pace by as many, for at most ten seconds.

    .venv/bin/python benchmarks/load.py --raters 20 --seconds 20
"""

import argparse
import json
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any
from urllib.parse import urlencode

from clock import HELLO, serve, server
from page import session

from ddcat import shelf, store
from ddcat.instrument import Dimension
from ddcat.store import agencies, assessments, people, programs

INSTRUMENT = shelf.find("ddcat@4.0").instrument
RATERS, SECONDS = 200, 300
THINKS = 1.0
"""Seconds from an answer to the next save, on average: faster than anybody reads an item."""


@dataclass(slots=True)
class Rater:
    """Somebody with a draft: its ref, her cookie, and what the server said it had saved, by item,
    and how often."""

    ref: str
    cookie: str
    saved: dict[str, int] = field(default_factory=dict)
    saves: int = 0
    waits: list[float] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of it: answers by status, acknowledged saves, those that are lost, and p95 in milliseconds."""

    answers: Counter[int]
    saves: int
    lost: list[str]
    p95: float
    floor: float


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--raters", type=int, default=RATERS)
    asked.add_argument("--seconds", type=float, default=SECONDS)
    given = asked.parse_args()
    found = load(given.raters, given.seconds)
    print(f"{given.raters} raters for {given.seconds:.0f} s: {found.saves:,} saves, answers {dict(found.answers)}")
    print(f"lost: {len(found.lost)}; p95 {found.p95:.0f} ms, floor {found.floor:.1f} ms")


def load(raters: int, seconds: float) -> Loaded:
    """So many raters for so long, on a server and a database of their own."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        crew = prepared(folder, raters)
        with server(serve(folder)) as port:
            together(crew, lambda rater: rate(rater, port, seconds))
        lost = [one.ref + " " + item for one in crew for item in missing(folder, one)]
        greeted = [Rater("", "") for _ in range(raters)]
        with server(HELLO) as port:
            together(greeted, lambda rater: greet(rater, port, min(seconds, 10)))
    answers = sum((one.answers for one in crew), Counter[int]())
    return Loaded(answers, sum(one.saves for one in crew), lost, p95(crew), p95(greeted))


def prepared(folder: Path, raters: int) -> list[Rater]:
    """A draft for each in a new database, and the cookie of somebody who is logged in."""
    store.migrate(store.file(folder))
    volume = shelf.find("ddcat@4.0")
    kept = (volume.checksum, volume.instrument.name, volume.data)
    crew = []
    with closing((db := store.connect(store.file(folder))).conn):
        db.execute("PRAGMA synchronous = OFF")
        with store.writing(db):
            head = people.adopt(db, name="R. Invented", login="head@example.org", password="")
        for number in range(raters):
            with store.writing(db):
                person = people.create(db, head, name=f"Invented {number}", login=f"r{number}@example.org")
            agency = agencies.add(db, person, f"Invented agency {number}", {})
            program = programs.add(db, person, agency.ref, "Invented program", {})
            about: dict[str, Any] = {"assessed_on": "2026-11-22", "kind": "self", "rater": "", "period": 1}
            ref = assessments.start(db, person, program.ref, kept, **about)
            crew.append(Rater(ref, session(folder, person)))
    return crew


def together(crew: list[Rater], work: Callable[[Rater], None]) -> None:
    """All of them at once; what goes wrong for one of them is raised."""
    with ThreadPoolExecutor(len(crew)) as pool:
        list(pool.map(work, crew))


def rate(rater: Rater, port: int, seconds: float) -> None:
    """Save one item after the other until the time is over."""
    chance = random.Random(rater.ref)
    with Connection(port, rater.cookie) as connection:
        pages = {one.id: connection.get(path(rater, one)) for one in INSTRUMENT.dimensions}
        token = find("csrf_token", next(iter(pages.values())))
        stamps = {
            item.id: find(f"{item.id}-stamp", pages[one.id]) for one in INSTRUMENT.dimensions for item in one.items
        }
        end = perf_counter() + seconds
        while perf_counter() < end:
            sleep(2 * chance.random() * THINKS)
            item = chance.choice(INSTRUMENT.items)
            rating = chance.choice([each for each in item.ratings if each != rater.saved.get(item.id)])
            said = {"rating": rating, "why": "", "stamp": stamps[item.id]}
            form = {"csrf_token": token} | {f"{item.id}-{name}": value for name, value in said.items()}
            begun = perf_counter()
            status, answer = connection.post(path(rater, INSTRUMENT.home[item.id]), form)
            rater.waits.append(perf_counter() - begun)
            rater.answers[status] += 1
            if status == 200:
                stamps[item.id] = json.loads(answer)["stamps"][item.id]
                rater.saved[item.id] = rating
                rater.saves += 1


def path(rater: Rater, dimension: Dimension) -> str:
    """Where a dimension of her draft is rated."""
    return f"/assessments/{rater.ref}/dimensions/{dimension.id}"


def find(name: str, page: str) -> str:
    """What a hidden field of a page holds."""
    return page.partition(f'name="{name}" value="')[2].partition('"')[0]


def greet(rater: Rater, port: int, seconds: float) -> None:
    """Ask for the page that says hello, at the same pace."""
    chance = random.Random(rater.ref)
    with Connection(port, "") as connection:
        end = perf_counter() + seconds
        while perf_counter() < end:
            sleep(2 * chance.random() * THINKS)
            begun = perf_counter()
            connection.get("/")
            rater.waits.append(perf_counter() - begun)


def missing(folder: Path, rater: Rater) -> list[str]:
    """The items of which not the last acknowledged save is in the database."""
    sql = "SELECT item, value FROM rating JOIN assessment ON assessment.id = assessment_id WHERE ref = ?"
    with closing(sqlite3.connect(store.file(folder))) as db:
        kept = dict(db.execute(sql, [rater.ref]).fetchall())
        saved = "SELECT count(*) FROM trail WHERE act = 'rate' AND ref = ?"
        (n,) = db.execute(saved, [rater.ref]).fetchone()
    lost = [item for item, rating in rater.saved.items() if kept.get(item) != rating]
    return lost + [f"{rater.saves - n} entries of the trail"] * (n < rater.saves)


def p95(crew: list[Rater]) -> float:
    """In milliseconds, of all of them together."""
    return 1000 * quantiles([wait for one in crew for wait in one.waits], n=20)[-1]


class Connection:
    """A connection that is kept, as browsers do, and opened again when the server has closed it."""

    def __init__(self, port: int, cookie: str) -> None:
        self.http = HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Cookie": cookie} if cookie else {}

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_error: object) -> None:
        self.http.close()

    def get(self, path: str) -> str:
        """A page that is there."""
        self.http.request("GET", path, headers=self.headers)
        answer = self.http.getresponse()
        assert answer.status == 200, f"{path} answers {answer.status}"
        return answer.read().decode()

    def post(self, path: str, form: Mapping[str, object]) -> tuple[int, bytes]:
        """What the server says to a form that the page's script sends."""
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        self.http.request("POST", path, urlencode(form), self.headers | headers)
        answer = self.http.getresponse()
        return answer.status, answer.read()


if __name__ == "__main__":
    main()
