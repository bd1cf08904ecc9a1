"""What the record of a program holds up: newest sealed ratings as evidenced, counts, facts with date and source."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from ddcat import display, evidence, facts_sheet
from ddcat.answers.sheet import Condition, Counted, Rated, Sheet, Told, Ways
from ddcat.facts import Facts
from ddcat.facts_sheet import NONE, Known, months_after
from ddcat.instrument import Instrument, Item
from ddcat.records import Assessment, Evidence
from ddcat.scoring import Ratings

MONTHS_OF_FACT = facts_sheet.MONTHS
MONTHS_OF_RATING = 24
"""What was rated, or seen, longer ago is not told to patients any more."""

NO_ASSESSMENT, OVERTAKEN, CHANGED = "no assessment", "overtaken", "changed"
UNFINISHED, OLD_RATING = "unfinished", "old rating"
NOT_RATED, LOW, UNCOUNTED = "not rated", "low", "uncounted"
UNKNOWN, UNVOUCHED, OLD_FACT, NOT_THAT = "unknown", "unvouched", "old fact", "not that"
"""Why a condition does not hold."""

MANY = "n"
"""Among the words of a number the one for every number that has none of its own."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest sealed assessment by an instrument, its ratings as far as evidence carries them that is not old.

    Where it `is_changed`, no longer what was sealed, nothing of it counts.
    """

    instrument: Instrument
    assessment: Assessment
    evidenced: Ratings
    until: str
    is_old: bool
    is_changed: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether every item is rated, so that nothing of it is provisional."""
        return len(self.assessment.ratings) == len(self.instrument.items)

    @property
    def is_self_rated(self) -> bool:
        """Whether the program rated itself, or nobody said who rated it."""
        return self.assessment.kind in (None, "self")


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a program today: by id of an instrument, and by code of a fact."""

    standing: Mapping[str, Standing]
    known: Mapping[str, Known]
    today: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A condition beside the record: whether it holds, else `why` not; the places that it fills, until which day.

    `rating` and `evidenced` are those of its item, `standing` and `known` what was looked at.
    """

    condition: Condition
    holds: bool
    why: str = ""
    until: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    rating: int | None = None
    evidenced: int | None = None
    standing: Standing | None = None
    known: Known | None = None


def record(
    sealed: Iterable[tuple[Instrument, Assessment]], said: Facts, today: date, *, changed: Collection[str] = ()
) -> Record:
    """What these sealed assessments, oldest first, and these facts of a program hold up on this day.

    `changed`: the refs of those that are no longer what was sealed.
    """
    newest = {instrument.id: (instrument, assessment) for instrument, assessment in sealed}
    standing = {id: _standing(*pair, today, changed) for id, pair in newest.items()}
    return Record(standing, facts_sheet.known(said, today), today.isoformat())


def first_way(ways: Ways, sheet: Sheet, record: Record) -> tuple[Piece, ...] | None:
    """The pieces of the first alternative that holds, none where there is nothing to hold; None where none does."""
    if not ways:
        return ()
    judged = (_judged(way, sheet, record) for way in ways)
    return next((way for way in judged if all(piece.holds for piece in way)), None)


def nearest_way(ways: Ways, sheet: Sheet, record: Record) -> tuple[Piece, ...]:
    """What is missing of the alternative that lacks least, by an instrument that the program was rated with."""
    judged = [_judged(way, sheet, record) for way in ways]
    lacking = [tuple(piece for piece in way if not piece.holds) for way in judged]
    not_used = (NO_ASSESSMENT, OVERTAKEN)
    return min(lacking, key=lambda way: (len(way), sum(piece.why in not_used for piece in way)))


def _judged(way: Iterable[Condition], sheet: Sheet, record: Record) -> tuple[Piece, ...]:
    return tuple(judge(each, sheet, record) for one in way for each in _each(one, sheet, record))


def _each(condition: Condition, sheet: Sheet, record: Record) -> tuple[Condition, ...]:
    """The condition, and the same of what measures the same and was assessed on the same day."""
    if not isinstance(condition, Rated):
        return (condition,)
    on = _assessed_on(condition.instrument, record)
    beside = (id for id in sheet.like(condition.instrument)[1:] if on and _assessed_on(id, record) == on)
    return (condition, *(condition.model_copy(update={"instrument": id}) for id in beside))


def _assessed_on(instrument: str, record: Record) -> str:
    standing = record.standing.get(instrument)
    return standing.assessment.assessed_on if standing else ""


def judge(condition: Condition, sheet: Sheet, record: Record) -> Piece:
    """The condition beside the record."""
    match condition:
        case Rated():
            return _rated(condition, sheet, record)
        case Counted():
            return _counted(condition, sheet, record)
        case Told():
            return _told(condition, sheet, record)


def _standing(instrument: Instrument, assessment: Assessment, today: date, changed: Collection[str]) -> Standing:
    until = months_after(assessment.assessed_on, MONTHS_OF_RATING)
    if assessment.ref in changed:
        return Standing(instrument, assessment, {}, until, until < today.isoformat(), is_changed=True)
    fresh = tuple(line for line in assessment.evidence if _until(line, assessment) >= today.isoformat())
    evidenced = evidence.as_evidenced(instrument, replace(assessment, evidence=fresh))
    return Standing(instrument, assessment, evidenced, until, until < today.isoformat())


def _found(condition: Rated | Counted, sheet: Sheet, record: Record) -> tuple[Standing | None, str]:
    """The newest assessment by an instrument that has the item, and why nothing of it counts; "" where it does."""
    standing = record.standing.get(condition.instrument)
    if standing is None or condition.item not in standing.instrument.by_id:
        return None, NO_ASSESSMENT
    if any(_assessed_on(id, record) > standing.assessment.assessed_on for id in sheet.like(condition.instrument)):
        return standing, OVERTAKEN
    if standing.is_changed:
        return standing, CHANGED
    if not standing.is_complete:
        return standing, UNFINISHED
    return standing, OLD_RATING if standing.is_old else ""


def _rated(condition: Rated, sheet: Sheet, record: Record) -> Piece:
    standing, why = _found(condition, sheet, record)
    if standing is None or why:
        return Piece(condition, False, why, standing=standing)
    rating, carried = (of.get(condition.item) for of in (standing.assessment.ratings, standing.evidenced))
    if rating is None or carried is None:
        return Piece(condition, False, NOT_RATED, standing=standing)
    item = standing.instrument.by_id[condition.item]
    carried = min(carried, _most(item, standing.assessment))
    if carried >= condition.at_least:
        until = min(standing.until, _last_day(condition, standing))
        return Piece(condition, True, "", until, {}, rating, carried, standing)
    ever = min(_ever(standing)[item.id], _most(item, standing.assessment))
    why = OLD_RATING if ever >= condition.at_least else LOW
    return Piece(condition, False, why, standing.until, {}, rating, carried, standing)


def _ever(standing: Standing) -> Ratings:
    """The ratings as far as evidence carries them, however old it is."""
    return evidence.as_evidenced(standing.instrument, standing.assessment)


def _most(item: Item, assessment: Assessment) -> int:
    """The highest rating that the newest count allows; the lowest where the newest line says that nothing was found.

    Another line may carry a rating, but it does not outweigh what was counted. Of one day the lower word counts.
    """
    lines = [line for line in assessment.of(item.id) if not line.removed_at]
    newest = max((_seen_on(line, assessment) for line in lines), default="")
    if any(line.finding == "not found" and _seen_on(line, assessment) == newest for line in lines):
        return item.ratings[0]
    limits = [(_seen_on(line, assessment), evidence.limit(item, line)) for line in lines]
    counted = max((on for on, top in limits if top is not None), default="")
    return min((top for on, top in limits if top is not None and on == counted), default=item.ratings[-1])


def _last_day(condition: Rated, standing: Standing) -> str:
    """Until when there is a line that is not too old and carries the rating this far."""
    instrument, assessment = standing.instrument, standing.assessment
    alone = (
        (_until(line, assessment), evidence.as_evidenced(instrument, replace(assessment, evidence=(line,))))
        for line in assessment.of(condition.item)
    )
    days = (until for until, carried in alone if carried[condition.item] >= condition.at_least)
    return max(days, default=standing.until)


def _counted(condition: Counted, sheet: Sheet, record: Record) -> Piece:
    standing, why = _found(condition, sheet, record)
    if standing is None or why:
        return Piece(condition, False, why, standing=standing)
    if not (line := _newest_count(condition, standing.assessment)):
        return Piece(condition, False, UNCOUNTED, standing=standing)
    until = min(standing.until, _until(line, standing.assessment))
    if until < record.today:
        return Piece(condition, False, OLD_RATING, standing=standing)
    if condition.some and not line.counts[condition.count]:
        return Piece(condition, False, UNCOUNTED, standing=standing)
    said = (str(line.counts[condition.count]), str(line.n), display.day(_seen_on(line, standing.assessment)))
    names = (condition.count, f"{condition.count}-of", f"{condition.count}-day")
    return Piece(condition, True, "", until, dict(zip(names, said, strict=True)), standing=standing)


def _newest_count(condition: Counted, assessment: Assessment) -> Evidence | None:
    """The newest count of that name; of those of one day the lowest."""
    lines = (
        line
        for line in assessment.of(condition.item)
        if line.finding == "count" and line.n and condition.count in line.counts and not line.removed_at
    )
    return max(
        lines,
        key=lambda line: (_seen_on(line, assessment), -line.counts[condition.count] / (line.n or 1)),
        default=None,
    )


def _seen_on(line: Evidence, assessment: Assessment) -> str:
    return line.seen_on or assessment.assessed_on


def _until(line: Evidence, assessment: Assessment) -> str:
    """The last day on which a line is not too old."""
    return months_after(_seen_on(line, assessment), MONTHS_OF_RATING)


def _told(condition: Told, sheet: Sheet, record: Record) -> Piece:
    known = record.known[condition.fact]
    value = known.values.get(condition.field)
    if value is None:
        return Piece(condition, False, UNKNOWN, known=known)
    if not known.is_vouched or known.is_old:
        return Piece(condition, False, OLD_FACT if known.is_old else UNVOUCHED, known=known)
    said = _said(condition, value, sheet, known)
    if not said:
        return Piece(condition, False, NOT_THAT, known=known)
    until = months_after(known.as_of, MONTHS_OF_FACT)
    return Piece(condition, True, "", until, {} if condition.code else {condition.place: said}, known=known)


def _said(condition: Told, value: object, sheet: Sheet, known: Known) -> str:
    """What is known of it in words, as far as the condition names it; "" where that is nothing."""
    kept = next(one for one in known.fact.fields if one.name == condition.field)
    if kept.choices is None:
        number = display.fact({kept.name: value}, kept)
        numbered = sheet.words.get(condition.field, {})
        return numbered.get(number, numbered.get(MANY, "%(n)s")).replace("%(n)s", number)
    codes = _codes(condition, value)
    if condition.code:
        return condition.code if condition.code in codes else ""
    words = sheet.words.get(condition.field, {})
    told = [words[code] for code in kept.choices if code in codes and code in words]
    return display.listed(told) if told else ""


def _codes(condition: Told, value: object) -> list[str]:
    """The codes that the condition names: those with or without somebody trained, those but "none", or all."""
    if isinstance(value, Mapping):
        kept = {str(code): n for code, n in value.items() if code not in condition.but}
        wanted = {
            "trained": [code for code, n in kept.items() if n],
            "untrained": [c for c, n in kept.items() if not n],
        }
        return wanted.get(condition.of or "", list(kept))
    named = [str(code) for code in value] if isinstance(value, list | tuple) else [str(value)]
    codes = [code for code in named if code not in condition.but]
    return [code for code in codes if code != NONE] if condition.of else codes
