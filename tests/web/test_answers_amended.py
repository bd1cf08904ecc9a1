"""The answer sheet after an amendment, and where nobody said who rated."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlite_utils import Database

from ddcat import shelf, store, verifying
from ddcat.records import Evidence, Person
from ddcat.store import assessments, evidence, sealing

DAY, EARLIER = ((date.today() - timedelta(days=days)).isoformat() for days in (30, 60))
YES = "Yes. One plan covers both."
OWN = "Rated by the program itself, not checked from outside."


@pytest.fixture
def fill(
    db: Database, person: Person, start: Callable[..., str], rate: Callable[..., None]
) -> Callable[..., dict[str, str]]:
    """`fill(kind="peer")`: DDCAT and IOP-IC, every item at 4 or below with a document, sealed; refs by name."""

    def fill(kind: str | None = "self") -> dict[str, str]:
        refs = {}
        for name in ("ddcat@4.0", "iop-ic@1.0"):
            instrument = shelf.find(name).instrument
            path = shelf.INSTRUMENTS / f"{name.replace('@', '-')}.toml"
            ref = refs[name] = start(path, assessed_on=DAY, kind=kind)
            rate(ref, **{item.code: max(r for r in item.ratings if r <= 4) for item in instrument.items})
            for item in instrument.items:
                evidence.add(db, person, ref, Evidence("", item.id, "document", "Seen.", "Binder", DAY, "Robin"))
            seal(db, person, ref)
        return refs

    return fill


def seal(db: Database, person: Person, ref: str) -> None:
    draft = assessments.get(db, person, ref)
    instrument = shelf.find("ddcat@4.0" if len(draft.ratings) > 30 else "iop-ic@1.0").instrument
    sealing.seal(db, person, draft, verifying.record(instrument, draft, by=person.ref, at=store.now()))


def test_what_an_amendment_replaced_is_not_told_though_the_amendment_says_an_earlier_day(
    client: Any, db: Database, person: Person, program_ref: str, fill: Callable[..., Any], rate: Callable[..., None]
) -> None:
    refs = fill()
    amended = assessments.amend(db, person, refs["iop-ic@1.0"], "The day and the ratings were mistaken")
    assessments.change_cover(
        db, person, amended, assessed_on=EARLIER, kind="self", rater="Robin Example", period=1, cover={}
    )
    rate(amended, 2)
    assert YES in client.get(f"/programs/{program_ref}/answers").text, "a draft replaces nothing"
    seal(db, person, amended)
    page = client.get(f"/programs/{program_ref}/answers")
    assert YES not in page.text
    assert amended in str(page.soup)
    assert refs["iop-ic@1.0"] not in str(page.soup)
    assert YES not in client.raw.get(f"/programs/{program_ref}/answers.html").text


@pytest.mark.parametrize(("kind", "is_own"), [("self", True), (None, True), ("peer", False), ("external", False)])
def test_where_nobody_said_who_rated_patients_read_that_the_program_did(
    client: Any, program_ref: str, fill: Callable[..., Any], kind: str | None, is_own: bool
) -> None:
    fill(kind)
    page = client.get(f"/programs/{program_ref}/answers")
    assert YES in page.text
    assert (OWN in page.text) == is_own
