"""A program over time on paper: PDF/UA-1, the same bytes twice, and legible whatever stood in between."""

from random import Random
from typing import Any

import pytest

from ddcat import change, report
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


def test_the_trend_passes_the_checker_whatever_there_is_to_tell(paper: Any, refused: Any) -> None:
    many = {f"of {n}": paper(n) for n in (2, 7)}
    strange = {what.replace(" ", "-"): paper(2, name) for what, name in HOSTILE.items()}
    assert refused({**many, **strange, "differing": paper(3, differing=["r1"])}) == ""


def test_two_runs_give_the_same_bytes(paper: Any) -> None:
    assert paper(4) == paper(4)
