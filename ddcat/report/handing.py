"""The answer sheet to hand out: on paper, and as one file that a program can host."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from math import ceil

from ddcat import paths
from ddcat.answers.leaflet import Leaflet
from ddcat.report.sheets import compose
from ddcat.words import _

_MM = 72 / 25.4
_WIDTH, _HEIGHT = 201.9 * _MM, 267.4 * _MM
"""Of the page within its margins, in points, as answers.css has it."""

_HEADING = 1.25
_SPARE = 0.99
"""How much of the height is filled at most: what is worked out here is not drawn."""

_SIGNS = {
    0.27: "'",
    0.28: "ijlí",
    0.29: "IJÍ",
    0.32: " ,.’·",
    0.34: "/:;\\|",
    0.35: "f",
    0.36: "-",
    0.39: "()[]t",
    0.4: "!¡",
    0.41: "r",
    0.46: '"',
    0.5: "ª*_`–",
    0.52: "sz“”",
    0.53: "?¿",
    0.55: "c",
    0.56: "L",
    0.58: "Fk",
    0.59: "vxy",
    0.6: "P",
    0.61: "TYaoáó",
    0.62: "eé",
    0.63: "ESbdghnpquúüñÉ",
    0.64: "$0123456789{}",
    0.66: "K",
    0.68: "AVÁ",
    0.69: "BRXZ",
    0.7: "C",
    0.74: "UÚHNÑ",
    0.77: "DG&",
    0.79: "OQÓ",
    0.82: "w",
    0.84: "#+<=>^~",
    0.86: "M",
    0.97: "m%",
}
_WIDTHS = {sign: width for width, signs in _SIGNS.items() for sign in signs}
_WIDEST = 1.0
_BOLD, _CONDENSED = 1.14, 0.9
"""How wide a sign of DejaVu Sans is, beside the size of the print; of a sign that is not named here the widest."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the print may look, by the name of its class: how far its lines are apart, whether it is condensed.

    `is_run_on`: an answer stands on the line of its question. `sizes` in points, the largest first.
    """

    name: str
    leading: float
    is_condensed: bool
    is_run_on: bool
    sizes: tuple[float, ...]

    def classes(self, points: float) -> str:
        """The classes of this look in this size, as the style sheets have them: `plain p15-5`."""
        return f"{self.name} {_class(points)}"

    @property
    def rule(self) -> str:
        """How its lines stand, as a rule of style."""
        narrow = " font-stretch: condensed;" if self.is_condensed else ""
        return f".{self.name} {{ line-height: {self.leading:g};{narrow} }}"


LOOKS = (
    Look("plain", 1.15, False, False, tuple(n / 2 for n in range(40, 27, -1))),
    Look("joined", 1.1, False, True, (15.5, 15, 14.5, 14)),
    Look("dense", 1.08, True, False, (15.5, 15, 14.5, 14)),
    Look("tight", 1.04, True, True, (15, 14.5, 14)),
)
"""The first that fits is taken: easy to read before large."""


def rules() -> str:
    """Every look and every size as rules of style, for the sheet on paper and for the print of the hosted file."""
    sizes = sorted({points for look in LOOKS for points in look.sizes}, reverse=True)
    run_on = ", ".join(f".{look.name}" for look in LOOKS if look.is_run_on)
    return "\n".join(
        [
            *(f".{_class(points)} {{ font-size: {points:g}pt; }}" for points in sizes),
            *(look.rule for look in LOOKS),
            f":is({run_on}) :is(.answer h2, .answer p) {{ display: inline; }}",
        ]
    )


def leaflet(leaflet: Leaflet) -> str:
    """One sheet in large print as HTML, for a PDF."""
    values = {"leaflet": leaflet, "size": size(leaflet), "look": f"{_file('answers.css')}\n{rules()}"}
    return compose("answers.html", None, title=leaflet.program, **values)


def hosted(leaflet: Leaflet) -> str:
    """One file that asks no server for anything; after its last day it says itself that it is out of date.

    Its own policy lets nothing run but the one script in it, and nothing be loaded.
    """
    look, day = f"{_file('hosted.css')}\n@media print {{\n{rules()}\n}}", date.fromisoformat(leaflet.until)
    script = _file("hosted.js").replace("DAY", f"{day.year}, {day.month - 1}, {day.day + 1}").strip()
    policy = (
        f"default-src 'none'; style-src {_hash(look)}; script-src {_hash(script)}; img-src data:; base-uri 'none';"
        " form-action 'none'"
    )
    values = {"leaflet": leaflet, "size": size(leaflet), "look": look, "script": script, "policy": policy}
    return compose("hosted.html", None, title=leaflet.program, **values)


def size(leaflet: Leaflet) -> str:
    """The classes of the largest print in which all stays on one page; of the smallest where it never does."""
    fits = (
        (look, points) for look in LOOKS for points in look.sizes if height(leaflet, look, points) <= _HEIGHT * _SPARE
    )
    look, points = next(fits, (LOOKS[-1], LOOKS[-1].sizes[-1]))
    return look.classes(points)


def height(leaflet: Leaflet, look: Look, points: float) -> float:
    """How high the sheet is in this print, in points."""

    def lines(bold: str, usual: str = "", width: float = _WIDTH, size: float = points) -> int:
        return _lines(bold, usual, width / size / (_CONDENSED if look.is_condensed else 1))

    n = lines(leaflet.title) + lines(leaflet.true_until) + lines("", " ".join(leaflet.intro))
    n += lines(" ".join(each.says for each in leaflet.emergencies), width=_WIDTH - 5.2 * _MM)
    for answer in leaflet.answers:
        asks, said = answer.question.asks, " ".join(answer.sentences)
        n += lines(asks, said) if look.is_run_on else lines(asks) + lines("", said)
    width = _WIDTH - 23 * _MM if leaflet.code else _WIDTH
    foot = lines(leaflet.ask_us, " ".join(leaflet.labels), width)
    foot += lines("", _("This page on the web: %(address)s", address=leaflet.address), width) if leaflet.code else 0
    feet = max(foot * points * look.leading, 20 * _MM if leaflet.code else 0)
    rules = (3.4 + 0.95 * len(leaflet.answers) + 1.6) * _MM
    heading = _HEADING * points
    return lines(leaflet.program, size=heading) * heading * 1.1 + n * points * look.leading + feet + rules


def _class(points: float) -> str:
    return f"p{points:g}".replace(".", "-")


def _lines(bold: str, usual: str, width: float) -> int:
    """How many lines these words take, where a line is so wide beside the size of the print."""
    words = [_width(word) * _BOLD for word in bold.split()] + [_width(word) for word in usual.split()]
    n, left = 0, 0.0
    for word in words:
        if word > left:
            whole = ceil(word / width)  # a word that is longer than a line is broken
            n, left = n + whole, width * whole
        left -= word + _WIDTHS[" "]
    return n


def _width(word: str) -> float:
    return sum(_WIDTHS.get(sign, _WIDEST) for sign in word)


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _file(name: str) -> str:
    return (paths.TEMPLATES / "paper" / name).read_text(encoding="utf-8").strip()
