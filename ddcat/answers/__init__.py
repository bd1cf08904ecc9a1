"""Facts and evidence -> the sentences that a patient may be told. Pure: no clock, no database, no web.

A sentence appears only where each of its conditions holds as evidenced; knowing more takes no confirmed answer away,
and losing any one thing that it needs does.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ddcat.answers.address import address, is_web
from ddcat.answers.record import (
    MONTHS_OF_FACT,
    MONTHS_OF_RATING,
    Piece,
    Record,
    Standing,
    first_way,
    nearest_way,
    record,
)
from ddcat.answers.sheet import Counted, Line, Question, Rated, Sheet, Told, sheet, shipped
from ddcat.facts_sheet import months_after

__all__ = [
    "MONTHS",
    "MONTHS_OF_FACT",
    "MONTHS_OF_RATING",
    "Answer",
    "Counted",
    "Piece",
    "Question",
    "Rated",
    "Record",
    "Sheet",
    "Standing",
    "Told",
    "address",
    "answers",
    "is_web",
    "record",
    "rests_on",
    "sheet",
    "shipped",
    "true_until",
]

MONTHS = 6
"""No sheet is true for longer than this after it was made: programs change faster than they are rated."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a patient is told to a question: in which sentences, said by which lines, and on what they rest.

    `missing` is what a question that is not confirmed lacks.
    """

    question: Question
    is_confirmed: bool
    sentences: tuple[str, ...]
    lines: tuple[str, ...]
    rests_on: tuple[Piece, ...]
    missing: tuple[Piece, ...]


def answers(sheet: Sheet, record: Record) -> tuple[Answer, ...]:
    """The answer to each question, as far as this record holds one up."""
    return tuple(_answer(question, sheet, record) for question in sheet.questions)


def rests_on(answers: Iterable[Answer]) -> tuple[Piece, ...]:
    """Everything that these answers rest on, each piece once."""
    return _once(piece for answer in answers for piece in answer.rests_on)


def true_until(answers: Iterable[Answer], today: str) -> str:
    """The last day on which all that these answers rest on still counts, and no more than six months from today."""
    return min([months_after(today, MONTHS), *(piece.until for piece in rests_on(answers))])


def _answer(question: Question, sheet: Sheet, record: Record) -> Answer:
    gate = first_way(question.when, sheet, record)
    found = tuple(_lines(question, gate, sheet, record))
    sentences = tuple(line.says % _places(gate or (), pieces) for line, pieces in found)
    ids = tuple(line.id for line, _pieces in found)
    used = _once(piece for _line, pieces in found for piece in pieces)
    if gate is not None:
        return Answer(question, True, sentences, ids, _once((*gate, *used)), ())
    is_partly = any(line.said == "always" for line, _pieces in found)
    first = question.partly if is_partly and question.partly else question.otherwise
    said = (*sentences, first) if is_partly else (first, *sentences)
    return Answer(question, False, said, ids, used, nearest_way(question.when, sheet, record))


def _lines(
    question: Question, gate: tuple[Piece, ...] | None, sheet: Sheet, record: Record
) -> Iterator[tuple[Line, tuple[Piece, ...]]]:
    """The lines that may be said, each with what it rests on; of one part the first."""
    told: set[str] = set()
    state = "unconfirmed" if gate is None else "confirmed"
    for line in question.lines:
        if line.part in told or line.said not in (state, "always"):
            continue
        pieces = first_way(line.when, sheet, record)
        if pieces is not None:
            told |= {line.part} if line.part else set()
            yield line, pieces


def _places(*groups: tuple[Piece, ...]) -> dict[str, str]:
    return {name: said for pieces in groups for piece in pieces for name, said in piece.values.items()}


def _once(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    return tuple({piece.condition: piece for piece in pieces}.values())
