"""The answer sheet to hand out: on paper, and as one file that a program can host."""

from base64 import b64encode
from datetime import date
from hashlib import sha256

from ddcat import paths
from ddcat.answers.leaflet import Leaflet
from ddcat.report.sheets import compose


def leaflet(leaflet: Leaflet) -> str:
    """One sheet in large print as HTML, for a PDF."""
    return compose("answers.html", None, title=leaflet.program, leaflet=leaflet, look=_file("answers.css"))


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
    values = {"look": look, "script": script, "policy": policy}
    return compose("hosted.html", None, title=leaflet.program, leaflet=leaflet, **values)


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _file(name: str) -> str:
    return (paths.TEMPLATES / "paper" / name).read_text(encoding="utf-8").strip()
