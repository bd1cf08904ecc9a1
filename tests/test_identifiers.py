"""What looks like patient data is noticed, ordinary evidence is left in peace, and the document says how well."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddcat import identifiers

ROOT = Path(__file__).parent.parent
PLANTED = ROOT / "tests" / "planted"
SOURCES = [*sorted(ROOT.glob("ddcat/demo/*.toml")), *sorted(ROOT.glob("instruments/*.toml"))]


def planted(name: str) -> dict[str, list[str]]:
    """The lines of a planted file, by the heading that they stand under."""
    parts: dict[str, list[str]] = {}
    for line in (PLANTED / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            parts[line.strip("[]")] = []
        elif line and not line.startswith("#"):
            parts[list(parts)[-1]].append(line)
    return parts


def alarms(*parts: str) -> list[tuple[str, str]]:
    """A kind and a text for each thing planted under these headings."""
    lines = [line.split(" | ", 1) for part in parts for line in planted("alarms.txt")[part]]
    return [(kind, text) for kinds, text in lines for kind in kinds.split(" + ")]


def kinds(text: str) -> set[str]:
    return {one.kind for one in identifiers.suspicions(text)}


def shown(text: str) -> list[tuple[str, str]]:
    return [(one.kind, text[one.start : one.end]) for one in identifiers.suspicions(text)]


def sentences(value: object) -> Iterator[str]:
    """Every text in what a TOML file holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from sentences(part)


def figures() -> str:
    """The table that docs/patient-data.md must show."""
    rows = ["| what | tuned on | others, first measured | all, now |", "|---|---|---|---|"]
    tuned, held, missed = alarms("seen"), alarms("held out"), alarms("held out, missed at first")
    for kind, name in identifiers.KINDS.items():
        here = [[text for k, text in part if k == kind] for part in (tuned, held, missed)]
        found = [sum(kind in kinds(text) for text in part) for part in here]
        counts = [len(part) for part in here]
        first = f"{counts[1]} of {counts[1] + counts[2]}"
        rows.append(f"| {name}: found | {found[0]} of {counts[0]} | {first} | {sum(found)} of {sum(counts)} |")
    quiet = planted("quiet.txt")
    false = {part: sum(bool(kinds(text)) for text in lines) for part, lines in quiet.items()}
    seen, held_out, alarmed = (len(quiet[part]) for part in ("seen", "held out", "held out, alarmed at first"))
    now = f"{sum(false.values())} of {seen + held_out + alarmed}"
    first = f"{alarmed} of {held_out + alarmed}"
    rows.append(f"| ordinary lines: false alarms | {false['seen']} of {seen} | {first} | {now} |")
    return "\n".join(rows)


def test_the_document_shows_the_figures_as_they_are() -> None:
    assert figures() in (ROOT / "docs" / "patient-data.md").read_text(encoding="utf-8"), figures()


@pytest.mark.parametrize(("kind", "text"), alarms("seen", "held out"))
def test_a_planted_line_alarms_with_its_kind(kind: str, text: str) -> None:
    assert kind in kinds(text)


@pytest.mark.parametrize("line", [line for part in ("seen", "held out") for line in planted("alarms.txt")[part]])
def test_a_planted_line_alarms_with_no_other_kind(line: str) -> None:
    expected, text = line.split(" | ", 1)
    assert kinds(text) == set(expected.split(" + "))


def test_the_planted_sets_are_large_enough_to_mean_something() -> None:
    assert sum(map(len, planted("alarms.txt").values())) >= 120
    assert sum(map(len, planted("quiet.txt").values())) >= 250
    every = [line for name in ("alarms.txt", "quiet.txt") for part in planted(name).values() for line in part]
    assert len(every) == len(set(every))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_sentence_of_the_demo_or_of_an_instrument_alarms(source: Path) -> None:
    texts = list(sentences(tomllib.loads(source.read_text(encoding="utf-8"))))
    assert len(texts) > 30
    assert [text for text in texts if identifiers.suspicions(text)] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", []),
        ("Chart 3: DOB 4/12/1987, no screen.", [("birth", "DOB 4/12/1987")]),
        ("We met the patient, Anna Kowalski, twice.", [("name", "patient, Anna Kowalski")]),
        ("the chart of client Kowalski's son", [("name", "client Kowalski")]),
        ("(MRN 00482913)", [("record", "MRN 00482913")]),
        ("copied: 123-45-6789.", [("social", "123-45-6789")]),
        (
            "Pt. J. Ruiz, DOB 1/2/70, SSN 123-45-6789",
            [("name", "Pt. J. Ruiz"), ("birth", "DOB 1/2/70"), ("social", "SSN 123-45-6789")],
        ),
        # Written with other signs, told where it stands in the text as typed.
        ("½ page: DOB\u00a0\uff14/\uff11\uff12/\uff11\uff19\uff18\uff17!", [("birth", "DOB\u00a0４/１２/１９８７")]),
        ("№ 7 — DOB:   \t 04\u201112\u20111987.", [("birth", "DOB:   \t 04‑12‑1987")]),
        ("patient Jose\u0301 Pen\u0303a came", [("name", "patient Jose\u0301 Pen\u0303a")]),
        ("MRN 00\u200b48\u00ad2913", [("record", "MRN 00\u200b48\u00ad2913")]),
        ("DOB ٤/١٢/١٩٨٧", [("birth", "DOB ٤/١٢/١٩٨٧")]),
        # A line end joins a label and its value, but not two lines of a list.
        ("Client name:\nJane Miller", [("name", "Client name:\nJane Miller")]),
        ("DOB:\r\n4/12/1987", [("birth", "DOB:\r\n4/12/1987")]),
        ("Spoke with one client\nMaria Lopez, LPC, runs the group", []),
    ],
)
def test_a_suspicion_says_where_it_stands(text: str, told: list[tuple[str, str]]) -> None:
    assert shown(text) == told


@given(st.text(alphabet="DOB MRNSpatient client Jane.:#-/'19874\u00a0\uff11\u0301\u200b½\n", max_size=80))
def test_suspicions_stand_in_order_inside_the_text_and_never_overlap(text: str) -> None:
    found = identifiers.suspicions(text)
    edges = [edge for one in found for edge in (one.start, one.end)]
    assert edges == sorted(edges)
    assert all(0 <= one.start < one.end <= len(text) and one.kind in identifiers.KINDS for one in found)


@pytest.mark.parametrize(
    "hostile",
    ["patient ", "1", "DOB ", "a-", "Mr. ", "Ab ", "A. ", "client J.", "1-", "(client) ", "DOB (", "SSN#", "d.o.b"]
    + ["last four of ", "May 1 ", "born ", "\u0301", "patient's name is ", "Ab Ab Ab (client) ", ", a client", "\n "],
)
def test_hostile_text_comes_to_an_end(hostile: str) -> None:
    text = (hostile * 4000)[:4000]
    identifiers.suspicions(text)
    identifiers.suspicions("DOB " + text)
    identifiers.suspicions("client " + text + "!")
