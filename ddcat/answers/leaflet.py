"""The answer sheet of a program as it is handed out: every word of it, said in the language now spoken."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import segno

from ddcat import answers, display
from ddcat.answers import Answer, Piece, Told
from ddcat.answers.record import (
    CHANGED,
    LOW,
    NO_ASSESSMENT,
    NOT_RATED,
    NOT_THAT,
    OLD_FACT,
    OLD_RATING,
    OVERTAKEN,
    UNCOUNTED,
    UNFINISHED,
    UNKNOWN,
    UNVOUCHED,
)
from ddcat.answers.sheet import Emergency
from ddcat.instrument import Instrument
from ddcat.records import Assessment, Program
from ddcat.words import _, language, later, n_

_LACKS = {
    NO_ASSESSMENT: later("No sealed assessment by this instrument."),
    OVERTAKEN: later("A newer assessment, by another instrument that measures the same, counts in its place."),
    CHANGED: later("The newest sealed assessment is no longer what was sealed."),
    UNFINISHED: later("The newest sealed assessment is provisional."),
    OLD_RATING: later("The newest sealed assessment, or what it rests on, is older than 24 months."),
    NOT_RATED: later("The item is not rated."),
    UNCOUNTED: later("There is no such count among the evidence."),
    UNKNOWN: later("Not known."),
    UNVOUCHED: later("It lacks a date that is not in the future, or a source."),
    OLD_FACT: later("Older than 12 months."),
    NOT_THAT: later("The fact says something else."),
}


@dataclass(frozen=True, slots=True)
class Leaflet:
    """What stands on the sheet, in `language`. `until` is the last day on which it is true.

    `labels` say how far to trust it. `address` is where it is hosted, `code` the QR code that leads there, `ask_us`
    whom to call; each is "" where it is not known.
    """

    language: str
    program: str
    title: str
    intro: tuple[str, ...]
    emergencies: tuple[Emergency, ...]
    answers: tuple[Answer, ...]
    until: str
    true_until: str
    out_of_date: str
    labels: tuple[str, ...]
    ask_us: str
    address: str
    code: str

    @property
    def n_confirmed(self) -> int:
        """How many questions the record answers."""
        return sum(answer.is_confirmed for answer in self.answers)


def leaflet(
    program: Program,
    sealed: Iterable[tuple[Instrument, Assessment]],
    today: date,
    *,
    changed: Collection[str] = (),
) -> Leaflet:
    """The sheet of a program with these sealed assessments, oldest first, as it is true on this day.

    `changed`: the refs of those that are no longer what was sealed.
    """
    sheet = answers.sheet(language())
    found = answers.answers(sheet, answers.record(sealed, program.facts, today, changed=changed))
    until, address = answers.true_until(found, today.isoformat()), answers.address(program.facts)
    telephone = str(program.facts.get("telephone") or "")
    return Leaflet(
        language=sheet.language,
        program=program.name,
        title=sheet.title,
        intro=sheet.intro,
        emergencies=sheet.emergencies,
        answers=found,
        until=until,
        true_until=_("True until %(day)s. After that, ask.", day=display.day(until)),
        out_of_date=_("This page is out of date. Ask the program."),
        labels=(*labels(answers.rests_on(found)), *(() if sheet.reviewed else (_unreviewed(),))),
        ask_us=_("Ask us: %(telephone)s", telephone=telephone) if telephone else "",
        address=address,
        code=_code(address) if address else "",
    )


def labels(pieces: Sequence[Piece]) -> tuple[str, ...]:
    """How far what rests on these pieces is to be trusted, in sentences."""
    standing = {piece.standing.instrument.id: piece.standing for piece in pieces if piece.standing}.values()
    is_told = any(isinstance(piece.condition, Told) for piece in pieces)
    said = [_("Rated by the program itself, not checked from outside.")] if _is_own(standing) else []
    said += [_("The facts are told by the program itself.")] if is_told and not said else []
    said += [f"{one.instrument.label}." for one in standing if one.instrument.label]
    return tuple(dict.fromkeys(said))


def _is_own(standing: Iterable[answers.Standing]) -> bool:
    return any(one.is_self_rated for one in standing)


def _unreviewed() -> str:
    return _("This translation has not yet been reviewed by a native-speaking clinician.")


def _code(address: str) -> str:
    """The QR code as SVG markup, black on white in the dark too."""
    title = _("QR code that opens %(address)s", address=address)
    made = segno.make(address, micro=False, error="m")
    return str(made.svg_inline(scale=3, border=4, title=title, light="#fff", omitsize=True))


def told(piece: Piece) -> str:
    """What is known of a condition, for the staff: what holds it up, or why it does not hold."""
    if not piece.holds:
        return _lacks(piece)
    if piece.known:
        return _("%(source)s, %(day)s", source=piece.known.source, day=display.day(piece.known.as_of))
    assert piece.standing, "what holds was looked up in an assessment or in the facts"
    on = _("Assessed on %(day)s.", day=display.day(piece.standing.assessment.assessed_on))
    said = _("Counted.") if piece.rating is None else display.carries(piece.rating, piece.evidenced)
    return f"{said} {on}"


def _lacks(piece: Piece) -> str:
    if piece.why == LOW:
        least = getattr(piece.condition, "at_least", None)
        said = _("Rated %(rating)s; the evidence carries %(evidenced)s; this takes %(least)s.")
        return said % {"rating": piece.rating, "evidenced": piece.evidenced, "least": least}
    return _(_LACKS[piece.why])


def confirmed(leaflet: Leaflet) -> str:
    """How many questions are confirmed, for the staff."""
    all = len(leaflet.answers)
    return n_(
        "%(num)s of %(all)s questions is confirmed.",
        "%(num)s of %(all)s questions are confirmed.",
        leaflet.n_confirmed,
        all=all,
    )
