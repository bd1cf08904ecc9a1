"""The answer sheet to hand out: on paper, and as one file that a program can host."""

from base64 import b64encode
from datetime import date
from hashlib import sha256
from math import ceil

from ddcat import paths
from ddcat.answers.leaflet import Leaflet
from ddcat.report.sheets import compose

_SIZES = (("roomy", 46, 57, 39), ("plain", 54, 65, 44), ("dense", 60, 72, 52))
"""How large print may be, the largest first: signs on a line of bold and of usual print, and lines on a page."""

_SMALLEST = "tight"


def leaflet(leaflet: Leaflet) -> str:
    """One sheet in large print as HTML, for a PDF."""
    values = {"leaflet": leaflet, "size": size(leaflet), "look": _file("answers.css")}
    return compose("answers.html", None, title=leaflet.program, **values)


def hosted(leaflet: Leaflet) -> str:
    """One file that asks no server for anything; after its last day it says itself that it is out of date.

    Its own policy lets nothing run but the one script in it, and nothing be loaded.
    """
    look, day = _file("hosted.css"), date.fromisoformat(leaflet.until)
    script = _file("hosted.js").replace("DAY", f"{day.year}, {day.month - 1}, {day.day + 1}").strip()
    policy = (
        f"default-src 'none'; style-src {_hash(look)}; script-src {_hash(script)}; img-src data:; base-uri 'none';"
        " form-action 'none'"
    )
    values = {"leaflet": leaflet, "size": size(leaflet), "look": look, "script": script, "policy": policy}
    return compose("hosted.html", None, title=leaflet.program, **values)


def size(leaflet: Leaflet) -> str:
    """The largest print in which all stays on one page, by the lines that the words take, with room to spare."""
    bold = [leaflet.program, leaflet.title, leaflet.true_until, " ".join(each.says for each in leaflet.emergencies)]
    bold += [answer.question.asks for answer in leaflet.answers]
    usual = [" ".join(leaflet.intro), " ".join(leaflet.labels) + leaflet.ask_us, leaflet.address]
    usual += [" ".join(answer.sentences) for answer in leaflet.answers]
    for name, of_bold, of_usual, lines in _SIZES:
        if (
            sum(ceil(len(text) / of_bold) for text in bold) + sum(ceil(len(text) / of_usual) for text in usual)
            <= lines
        ):
            return name
    return _SMALLEST


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _file(name: str) -> str:
    return (paths.TEMPLATES / "paper" / name).read_text(encoding="utf-8").strip()
