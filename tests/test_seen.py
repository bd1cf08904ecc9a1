"""Which sealed assessments count: every quick question to the database says what `actions.standing` says."""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from json import JSONDecoder
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from ddcat import actions, shelf, store, verifying
from ddcat.records import Assessment, Person
from ddcat.store import (
    agencies,
    arrays,
    assessments,
    carrying,
    exporting,
    people,
    portfolio,
    programs,
    releases,
    saving,
    sealing,
    stands,
)
from ddcat.store.portfolio import Asked
from ddcat.store.saving import Change
from tests.conftest import INSTRUMENTS

DATA = (INSTRUMENTS / "lantern-1.0.toml").read_bytes()
LANTERN = shelf.parse(DATA)
CHECKSUM = shelf.checksum(DATA)
FIRST, SAME, LAST = (item.id for item in LANTERN.items)
DAYS = ("2024-03-01", "2025-03-01", "2026-03-01")
FOREVER = "9999-12-31"

Label = tuple[int, int]
"""The ratings of the first and the last item: by these an assessment is told from every other of its program."""


class House:
    """A program in which every draft gets ratings of its own; only the item between is 3 in all, or carried."""

    def __init__(self, db: Database, person: Person) -> None:
        self.db, self.person, self.n = db, person, 0
        self.agency = agencies.add(db, person, "Tidewater", {}).ref
        self.ref = programs.add(db, person, self.agency, "Harbor", {}).ref

    @property
    def every(self) -> list[Assessment]:
        return assessments.of_program(self.db, self.person, self.ref)

    def do(self, act: str, at: int, day: str) -> None:
        """One step; of what it can be done to, that at this place."""
        every = self.every
        sealed = [each for each in every if each.is_sealed]
        drafts = [each for each in every if not each.is_sealed and not each.deleted_at]
        deleted = [each for each in every if each.deleted_at]
        if act == "start":
            self.start(day, [each for each in sealed if each.assessed_on < day], at)
        elif act == "amend" and sealed:
            self.amend(sealed[at % len(sealed)], day)
        elif act == "seal" and drafts:
            self.seal(drafts[at % len(drafts)])
        elif act == "delete" and drafts:
            assessments.delete(self.db, self.person, drafts[at % len(drafts)].ref)
        elif act == "restore" and deleted:
            with suppress(assessments.Taken):
                assessments.restore(self.db, self.person, deleted[at % len(deleted)].ref)

    def start(self, day: str, earlier: list[Assessment], at: int) -> None:
        """What can be carried from an earlier day is, but for every other start."""
        source = earlier[at % len(earlier)].ref if earlier and at % 2 else None
        about = {"assessed_on": day, "kind": "self", "rater": "Kim", "period": 1}
        volume = (CHECKSUM, LANTERN.name, DATA)
        self.rate(assessments.start(self.db, self.person, self.ref, volume, carry_from=source, **about))  # type: ignore[arg-type]

    def amend(self, old: Assessment, day: str) -> None:
        ref = assessments.amend(self.db, self.person, old.ref, "A slip")
        if assessments.get(self.db, self.person, ref).is_sealed:
            return
        with suppress(carrying.Unfit):
            about = {"kind": "self", "rater": "Kim", "period": 1}
            assessments.change_cover(self.db, self.person, ref, assessed_on=day, cover={}, **about)  # type: ignore[arg-type]
        self.rate(ref)

    def rate(self, ref: str) -> None:
        draft = assessments.get(self.db, self.person, ref)
        values = {FIRST: 1 + self.n // 5, LAST: 1 + self.n % 5} | ({} if SAME in draft.ratings else {SAME: 3})
        said = {item: Change(value, "", draft.said(item).revision) for item, value in values.items()}
        assert not saving.save(self.db, self.person, ref, said).conflicts
        self.n += 1

    def seal(self, draft: Assessment) -> None:
        record = verifying.record(LANTERN, draft, by=self.person.ref, at=store.now())
        sealing.seal(self.db, self.person, draft, record, with_carried=True)


def label(ratings: dict[str, int]) -> Label:
    return ratings[FIRST], ratings[LAST]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path: Path = store.file(tmp_path_factory.mktemp("seen"))
    store.migrate(path)
    db = store.connect(path)
    db.execute("PRAGMA synchronous = OFF")
    yield db
    db.conn.close()


def by_arrays(db: Database, person: Person, ref: str) -> list[Label]:
    """The dimension scores that stand in one text, an object an assessment, as the ratings they are means of."""
    found = arrays.scores(db, person, [CHECKSUM])
    text = dict(zip(found.refs, found.texts, strict=True)).get(ref, "")
    labels = []
    while "{" in text:
        text = text[text.index("{") :]
        said, end = JSONDecoder().raw_decode(text)
        doorway, supper = (Fraction(said[dimension.id]) for dimension in LANTERN.dimensions)
        labels.append((int(2 * doorway - 3), int(supper)))
        text = text[end:]
    return labels


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["start", "start", "amend", "amend", "seal", "seal", "seal", "delete", "restore"]),
        st.integers(0, 5),
        st.sampled_from(DAYS),
    ),
    min_size=6,
    max_size=24,
)

CHAIN = [
    *(("start", 0, "2025-03-01"), ("seal", 0, ""), ("start", 1, "2026-03-01"), ("seal", 0, "")),
    *(("amend", 0, "2025-03-01"), ("seal", 0, ""), ("amend", 1, "2024-03-01"), ("seal", 0, "")),
    ("amend", 0, "2024-03-01"),
]
"""What was carried comes from the first of three editions; a fourth is a draft."""

EARLIER = [
    *(("start", 0, "2026-03-01"), ("seal", 0, ""), ("start", 0, "2025-03-01"), ("seal", 0, "")),
    *(("amend", 1, "2024-03-01"), ("delete", 0, ""), ("amend", 1, "2024-03-01"), ("seal", 0, "")),
    *(("start", 0, "2025-03-01"), ("seal", 0, ""), ("amend", 2, "2025-03-01")),
]
"""The last day was mistaken, and two are of one day now; an amendment was removed, and one is a draft."""


@settings(max_examples=100)
@given(STEPS)
@example(CHAIN)
@example(EARLIER)
def test_every_quick_question_tells_the_assessments_that_count(
    kept: Database, steps: list[tuple[str, int, str]]
) -> None:
    """Over chains of amendments, to days before and after, with drafts that were removed and brought back."""
    person = people.first(kept)
    house = House(kept, person)
    for step in steps:
        house.do(*step)
    every = house.every
    standing = actions.standing(every)
    refs = [each.ref for each in standing]
    newest = standing[-1:]
    replaced = {each.amends for each in every if each.is_sealed}
    assert refs == [each.ref for each in every if each.is_sealed and each.ref not in replaced]

    assert [stand.ref for stand in stands.of_programs(kept, person, [house.ref])[house.ref]] == refs
    (listed,) = portfolio.listed(kept, person, Asked(programs=(house.ref,)))
    assert (listed.newest and listed.newest.ref) == (newest[0].ref if newest else None)
    assert by_arrays(kept, person, house.ref) == [label(each.ratings) for each in standing]
    released = [label(one.ratings) for one in releases.newest(kept, FOREVER) if one.agency == house.agency]
    assert released == [label(each.ratings) for each in newest]

    parts = list(exporting.sealed(kept, [house.ref]))
    assert sorted(ref for part in parts for ref in part["ref"]) == sorted(refs)
    given = {ref: said for part in parts for ref, said in zip(part["ref"], part["carried"], strict=True) if said}
    counted = {
        each.ref: {item: actions.newest(every, one.assessment).ref for item, one in each.carried.items()}  # type: ignore[union-attr]
        for each in standing
        if each.carried
    }
    assert given == counted
