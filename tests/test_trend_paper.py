"""Programs over time on paper, one or a group: PDF/UA-1, the same bytes twice, legible whatever stood in between."""

from io import BytesIO
from random import Random
from typing import Any

import pytest
from pypdf import PdfReader

from ddcat import change, pairing, report
from ddcat.records import Agency, Assessment, Evidence, Origin, Program
from ddcat.shelf import Volume
from tests.test_report import HOSTILE


@pytest.fixture
def paper(ddcat: Volume) -> Any:
    """`paper(3, name="...")`: the trend of a program with so many assessments, rated by this one and that."""

    def paper(n: int, name: str = "Gull Point Clinic", **more: Any) -> bytes:
        chance = Random(n)
        every = []
        for at in range(n):
            on = f"{2020 + at}-05-04"
            ratings = {item.id: chance.choice(item.ratings) for item in ddcat.instrument.items}
            lines = tuple(Evidence(f"{at}-{id}", id, "document/manual") for id in ratings)
            about: dict[str, Any] = {
                "kind": ("self", "external")[at % 2],
                "rater": "Ada Finch",
                "sealed_at": f"{on}T10:00:00+00:00",
            }
            origins = {id: Origin("a", on) for id in ratings}
            every.append(Assessment(name, on, ratings, ref=f"r{at}", evidence=lines, origins=origins, **about))
        trends = change.trends(every, {each.ref: ddcat.instrument for each in every})
        program = Program("p", name, Agency("a", "Tern Rock"))
        return report.pdf(report.trend(program, trends, head=(300, "ab12" * 16), **more))

    return paper


@pytest.fixture
def group(ddcat: Volume) -> Any:
    """`group(3, name="...")`: so many programs from a first to a last assessment, each second rated otherwise."""

    def group(n: int, name: str = "Gull Point Clinic", **more: Any) -> bytes:
        chance, instrument = Random(n), ddcat.instrument
        rows = []
        for at in range(n):
            base, after = (
                Assessment(
                    name,
                    on,
                    {item.id: chance.choice(item.ratings) for item in instrument.items},
                    kind=kind,
                    rater="A",
                )
                for on, kind in (("2024-05-04", "self"), ("2026-05-04", ("self", "external")[at % 2]))
            )
            program = Program(f"p{at}", f"{name} {at}", Agency("a", "Tern Rock"))
            rows.append((program, change.since(instrument, base, instrument, after)))
        left_out = [(Program(code, name, Agency("a", "Tern Rock")), code) for code in ("mixed", "once", "none")]
        found = pairing.group(instrument, [step for _program, step in rows])
        return report.pdf(report.group_trend(found, rows, left_out, said=["state: VT"], **more))

    return group


def test_the_trend_passes_the_checker_whatever_there_is_to_tell(paper: Any, refused: Any) -> None:
    many = {f"of {n}": paper(n) for n in (2, 7)}
    strange = {what.replace(" ", "-"): paper(2, name) for what, name in HOSTILE.items()}
    assert refused({**many, **strange, "differing": paper(3, differing=["r1"])}) == ""


def test_two_runs_give_the_same_bytes(paper: Any) -> None:
    assert paper(4) == paper(4)


def test_a_group_passes_the_checker_whatever_there_is_to_tell(group: Any, refused: Any) -> None:
    many = {f"group of {n}": group(n) for n in (1, 4, 40)}
    strange = {f"group {what.replace(' ', '-')}": group(2, name) for what, name in HOSTILE.items()}
    assert refused({**many, **strange}) == ""


def test_two_runs_of_a_group_give_the_same_bytes(group: Any) -> None:
    assert group(6) == group(6)


@pytest.mark.parametrize("n", range(2, 9))
def test_the_overall_scores_never_stand_alone_on_a_page(paper: Any, n: int) -> None:
    """The table of scores is kept together, wherever the tables above it end."""
    for page in PdfReader(BytesIO(paper(n))).pages:
        text = page.extract_text()
        if "Scores over time" in text or "Scores of the last six" in text:
            assert "Overall" in text.partition("Scores o")[2]
