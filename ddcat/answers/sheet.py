"""The answer sheet as data: what is asked, what must hold before anything is said, and which words are said then.

The shape of `instruments/answers/answers-1.0.toml`, and of its translations, which hold words only, by the same ids.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from ddcat import shapes, translation
from ddcat.faults import Fault, Faulty
from ddcat.instrument import Number, Slug, Text, Value
from ddcat.paths import INSTRUMENTS
from ddcat.translation import Language
from ddcat.words import _

FOLDER = INSTRUMENTS / "answers"
NAME = "answers-1.0"
_PLACE = re.compile(r"%\(([^)]+)\)s")
_WHOLE = re.compile(r"([^%]|%\([^)]+\)s)*")

FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
FactCode = Annotated[str, StringConstraints(pattern=r"^F[0-9]+$")]


class Rated(Value):
    """The rating of an item, as far as its evidence carries it, is this high at least."""

    instrument: Slug
    item: Slug
    at_least: Number

    @property
    def places(self) -> frozenset[str]:
        """The places of a sentence that it fills."""
        return frozenset()


class Counted(Value):
    """There is a count for an item, by this name of its share; what it came to is said as it is.

    With `some` it came to more than none.
    """

    instrument: Slug
    item: Slug
    count: Slug
    some: bool = False

    @property
    def places(self) -> frozenset[str]:
        return frozenset({self.count, f"{self.count}-of", f"{self.count}-day"})


class Told(Value):
    """A fact is known with date and source and is not old; of codes those that `of` names, or this very one.

    The codes in `but` are not looked at.
    """

    fact: FactCode
    field: FieldName
    of: Literal["named", "trained", "untrained"] | None = None
    code: Slug | None = None
    but: tuple[Slug, ...] = ()

    @property
    def place(self) -> str:
        """The place that it fills."""
        return f"{self.field}-{self.of}" if self.of else self.field

    @property
    def places(self) -> frozenset[str]:
        return frozenset() if self.code else frozenset({self.place})


Condition = Rated | Counted | Told
Ways = tuple[Annotated[tuple[Condition, ...], Field(min_length=1)], ...]
"""Alternatives: of each every condition must hold, and of all of them one."""


class Line(Value):
    """What may be said: where, and under which conditions of its own; of one `part` the first that may be."""

    id: Slug
    says: Text
    when: Ways = ()
    part: Slug | None = None
    said: Literal["confirmed", "always", "unconfirmed"] = "confirmed"

    @property
    def places(self) -> frozenset[str]:
        """The places in its words."""
        return frozenset(_PLACE.findall(self.says))


class Question(Value):
    """What people ask; confirmed where one of the alternatives holds. `partly` is said beside lines that hold."""

    id: Slug
    asks: Text
    otherwise: Text
    partly: Text | None = None
    when: Annotated[Ways, Field(min_length=1)]
    lines: Annotated[tuple[Line, ...], Field(alias="line", min_length=1)]


class Emergency(Value):
    """What always stands there, whatever the record says; `call` is the number."""

    id: Slug
    says: Text
    call: Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")]


class Sheet(Value):
    """The whole sheet in one language; `words` are those of the codes or numbers of facts, by field.

    `alike` are instruments that measure the same: of them only the one assessed last counts.
    """

    schema_: Literal[1] = Field(alias="schema")
    id: Slug
    version: Text
    language: Language
    reviewed: bool = True
    title: Text
    alike: tuple[tuple[Slug, ...], ...] = ()
    intro: tuple[Text, ...]
    emergencies: Annotated[tuple[Emergency, ...], Field(alias="emergency", min_length=1)]
    questions: Annotated[tuple[Question, ...], Field(alias="question", min_length=1)]
    words: dict[FieldName, dict[Slug | Text, Text]] = {}

    def like(self, instrument: str) -> tuple[str, ...]:
        """The instruments that measure the same as this one, itself first."""
        others = (id for group in self.alike if instrument in group for id in group)
        return tuple(dict.fromkeys((instrument, *others)))


class QuestionWords(Value):
    """The words of a question, and of its lines by their ids."""

    asks: Text
    otherwise: Text
    partly: Text | None = None
    line: dict[Slug, Text]


class SheetWords(Value):
    """The words of a sheet in another language; `reviewed` by a clinician who speaks it from childhood."""

    schema_: Literal[1] = Field(alias="schema")
    for_: Text = Field(alias="for")
    language: Language
    reviewed: bool
    title: Text
    intro: tuple[Text, ...]
    emergency: dict[Slug, Text]
    question: dict[Slug, QuestionWords]
    words: dict[FieldName, dict[Slug | Text, Text]]


@cache
def sheet(code: str) -> Sheet:
    """The sheet in this language; in its own where there is no translation. Raises Faulty."""
    original = read((FOLDER / f"{NAME}.toml").read_bytes())
    file = FOLDER / f"{NAME}.{code}.toml"
    if code == original.language or not file.exists():
        return original
    return translated(original, file.read_bytes(), file.name)


def read(data: bytes) -> Sheet:
    """A sheet from the bytes of its file. Raises Faulty with every fault there is."""
    found, faults = shapes.read(Sheet, data)
    if faults or (faults := list(_faults(found))):
        raise Faulty(f"{NAME}.toml", faults)
    return found


def translated(original: Sheet, data: bytes, file: str) -> Sheet:
    """The sheet in the words of this translation, which says every word and no other. Raises Faulty."""
    said, faults = shapes.read(SheetWords, data)
    content, _broken = shapes.content_of(data)
    faults += translation.faults(content, words_of(original))
    if not faults:
        made = _in_words(original, said)
        faults += _strange_places(original, made)
    if faults:
        raise Faulty(file, list(dict.fromkeys(faults)))
    return made


def words_of(original: Sheet) -> dict[str, Any]:
    """Every word of a sheet, in the shape of a translation."""
    questions = {
        question.id: {name: said for name in ("asks", "otherwise", "partly") if (said := getattr(question, name))}
        | {"line": {line.id: line.says for line in question.lines}}
        for question in original.questions
    }
    return {
        "title": original.title,
        "intro": list(original.intro),
        "emergency": {emergency.id: emergency.says for emergency in original.emergencies},
        "question": questions,
        "words": original.words,
    }


def _in_words(original: Sheet, said: SheetWords) -> Sheet:
    def question(one: Question) -> Question:
        words = said.question[one.id]
        lines = tuple(line.model_copy(update={"says": words.line[line.id]}) for line in one.lines)
        told = {"asks": words.asks, "otherwise": words.otherwise, "partly": words.partly, "lines": lines}
        return one.model_copy(update=told)

    emergencies = (one.model_copy(update={"says": said.emergency[one.id]}) for one in original.emergencies)
    told = {
        "language": said.language,
        "reviewed": said.reviewed,
        "title": said.title,
        "intro": said.intro,
        "emergencies": tuple(emergencies),
        "questions": tuple(map(question, original.questions)),
        "words": {
            field: {code: said.words[field][code] for code in known} for field, known in original.words.items()
        },
    }
    return original.model_copy(update=told)


def _strange_places(original: Sheet, made: Sheet) -> list[Fault]:
    """A translated line has the places of its original, and nothing else that a place could be taken for."""
    pairs = (
        (question.id, line, other)
        for question, same in zip(original.questions, made.questions, strict=True)
        for line, other in zip(question.lines, same.lines, strict=True)
    )
    return [
        Fault(f"question, {id}, line, {line.id}", _("has other places than the original"))
        for id, line, other in pairs
        if line.places != other.places or not _WHOLE.fullmatch(other.says)
    ]


def _faults(sheet: Sheet) -> Iterator[Fault]:
    """What does not make sense: ids that stand twice, places that nothing fills, gates that knowing more closes."""
    for kind, names in (("emergency", sheet.emergencies), ("question", sheet.questions)):
        yield from _twice(kind, [one.id for one in names])
    for question in sheet.questions:
        place = f"question, {question.id}"
        yield from _twice(f"{place}, line", [line.id for line in question.lines])
        if any(isinstance(one, Told) and one.of == "untrained" for way in question.when for one in way):
            yield Fault(place, _("training somebody must not take an answer away"))
        if not question.partly and any(line.said == "always" for line in question.lines):
            yield Fault(place, _("the key %(key)r is missing", key="partly"))
        for line in question.lines:
            filled = _filled(line.when) | (_filled(question.when) if line.said == "confirmed" else frozenset())
            yield from _line_faults(line, f"{place}, line, {line.id}", filled)


def _line_faults(line: Line, place: str, filled: frozenset[str]) -> Iterator[Fault]:
    for strange in sorted(line.places - filled):
        yield Fault(place, _("nothing fills %(place)s", place=strange))
    if not _WHOLE.fullmatch(line.says):
        yield Fault(place, _("a percent sign begins no place"))


def _twice(place: str, ids: list[str]) -> Iterator[Fault]:
    return (
        Fault(place, _("the id %(id)s stands twice", id=id)) for id in sorted({i for i in ids if ids.count(i) > 1})
    )


def _filled(ways: Ways) -> frozenset[str]:
    """The places that are filled whichever of these alternatives holds."""
    each = [frozenset().union(*(one.places for one in way)) for way in ways]
    return frozenset.intersection(*each) if each else frozenset()


def shipped() -> Mapping[str, Sheet]:
    """The sheet in every language that it speaks, by the code of the language."""
    codes = sorted(file.suffixes[-2].removeprefix(".") for file in FOLDER.glob(f"{NAME}.*.toml"))
    own = sheet("en")
    return {own.language: own} | {code: sheet(code) for code in codes}
