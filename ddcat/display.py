"""How values read: scores, dates, bands, facts. Dresses a Jinja environment, for screen and paper alike."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from typing import Any, Literal

from babel import UnknownLocaleError
from babel.dates import format_date, format_time
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ddcat import charts, deeds, evidence, facts, paths, planning, sampling, scoring, shelf
from ddcat.change import Change
from ddcat.instrument import Instrument, Item
from ddcat.records import Assessment, Evidence
from ddcat.words import _, language, later, n_, own_name

_LOCALES = {"en": "en_US", "es": "es_US"}

FINDINGS = {"found": later("Found"), "not found": later("Not found"), "count": later("Counted: so many of so many")}
_SOURCES = {
    "document/brochure": later("Document: agency brochure"),
    "document/manual": later("Document: program manual"),
    "document": later("Document: another one"),
    "chart review": later("Chart review"),
    "observation/team-meeting": later("Observation: team meeting"),
    "observation/supervision": later("Observation: supervision"),
    "observation/session": later("Observation: group or individual session"),
    "observation/tour": later("Observation: tour of the site"),
    "observation": later("Observation: something else"),
    "interview/director": later("Interview: program director"),
    "interview/clinicians": later("Interview: clinicians"),
    "interview/clients": later("Interview: clients"),
    "interview/other-providers": later("Interview: other service providers"),
    "interview": later("Interview: somebody else"),
    "count/charts": later("Count: charts or other records"),
    "count": later("Count: staff, or anything else"),
}


def dress(env: Environment) -> Environment:
    """Gives the environment our words, filters and tests; called for the web's and for the paper's."""
    env.trim_blocks = env.lstrip_blocks = True
    env.filters |= {
        "day": day,
        "moment": moment,
        "clock": clock,
        "number": number,
        "gain": gain,
        "apart": apart,
        "two": two,
        "percent": percent,
        "fact": fact,
        "described": described,
        "kind": kind,
        "whom": whom,
        "period": period,
        "listed": listed,
        "languages": languages,
        "source": source,
        "how": how,
        "cover": evidence.cover,
        "finding": finding,
        "ceiling": lambda line, item: evidence.limit(item, line),
        "role": deeds.role,
        "deed": deeds.deed,
        "state": deeds.state,
        "stands": deeds.stands,
        "action_state": deeds.action_state,
        "verdict": deeds.verdict,
        "decision": deeds.decision,
    }
    env.globals |= {
        "_": _,
        "n_": n_,
        "spoken_language": language,
        "is_reviewed": shelf.is_reviewed,
        "score_text": score,
        "score_told": told,
        "carries": carries,
        "headline": headline,
        "disagreement": disagreement,
        "count_rule": count_rule,
        "band_of": scoring.band,
        "point_on": scoring.point_on,
        "level_of": planning.level_of,
        "place": charts.place,
        "run_chart": charts.run_chart,
        "zip": zip,
    }
    return env


def languages(instrument: Instrument) -> str:
    """In which languages an instrument can be read, its own first; of the others also whether they were reviewed."""
    told = [_own_name(instrument.language)]
    for words in shelf.translations(instrument.name):
        name = _own_name(words.language)
        told.append(name if words.reviewed else _("%(language)s (not yet reviewed by a clinician)", language=name))
    return ", ".join(told)


def _own_name(code: str) -> str:
    """What a language calls itself; its code where nobody knows that."""
    try:
        return own_name(code.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return code


def locale() -> str:
    """How days and numbers are written in the language now spoken, in the United States."""
    return _LOCALES.get(language(), language())


@cache
def bare() -> Environment:
    """Our templates without the web, for paper and documents; a value that is missing there is a fault."""
    return dress(Environment(loader=FileSystemLoader(paths.TEMPLATES), autoescape=True, undefined=StrictUndefined))


def score(instrument: Instrument, value: Fraction | None) -> str:
    """A score as people read it: two decimals, and never a cut-off that it does not reach.

    2.996 would read as 3.00; it reads "2.996" instead, cut after as many decimals as it takes to stay apart.
    """
    if value is None:
        return "–"
    places = 2
    while any(value < band.floor == _rounded(value, places) for band in instrument.bands):
        places += 1
    shown = _rounded(value, places) if places == 2 else _cut(value, places)
    return f"{float(shown):.{places}f}"


def below(instrument: Instrument, value: Fraction | None) -> Fraction | None:
    """The cut-off that a score falls short of by so little that two decimals hide it; else None."""
    if value is None:
        return None
    hidden = (band.floor for band in instrument.bands if value < band.floor == _rounded(value, 2))
    return next(hidden, None)


def told(instrument: Instrument, value: Fraction | None) -> str:
    """A score in a sentence: where two decimals would hide it, with the cut-off that it falls short of."""
    shown, short = score(instrument, value), below(instrument, value)
    return shown if short is None else _("%(score)s, just below %(cut)s", score=shown, cut=number(short))


def number(value: Fraction | float) -> str:
    """A cut-off or count without needless zeros: 3, 3.5."""
    return f"{float(value):g}"


def gain(value: Fraction) -> str:
    """A small difference of scores, with three decimals wherever it stands: two would hide most of a small one."""
    return f"{float(_rounded(value, 3)):.3f}"


def apart(change: Change) -> str:
    """The noise of a change: two decimals, more where these would contradict the difference as it is shown."""
    for places in (2, 3, 4, 5):
        shown = f"{change.noise:.{places}f}"
        if (
            change.difference is None
            or (Fraction(gain(abs(change.difference))) > Fraction(shown)) == change.is_larger
        ):
            return shown
    return f"{change.noise:.3f}"


def two(value: Fraction) -> str:
    """A mean that is never put into a band: two decimals."""
    return f"{float(_rounded(value, 2)):.2f}"


def percent(part: int, whole: int) -> str:
    """A share in percent with at most one decimal; one that does not reach a whole percent never reads as it."""
    share = Fraction(100 * part, whole)
    shown = _rounded(share, 1)
    if shown > share and shown.denominator == 1:
        shown = _cut(share, 1)
    return f"{float(shown):.1f}".removesuffix(".0") + " %"


def day(text: str, format: Literal["long", "medium", "MMMM y"] = "long") -> str:
    """An ISO day as people write it: November 3, 2026; "medium" where there is little room: Nov 3, 2026.

    "MMMM y" is its month: November 2026.
    """
    return format_date(date.fromisoformat(text), format=format, locale=locale())


def moment(text: str) -> str:
    """An ISO moment in the time zone of this machine."""
    return f"{format_date(_local(text), format='long', locale=locale())}, {clock(text)}"


def clock(text: str) -> str:
    """The time of day of an ISO moment: 14:02."""
    return format_time(_local(text), format="HH:mm", locale=locale())


def kind(code: str | None) -> str:
    """The kind of rating in words."""
    return _(facts.KINDS[code]) if code else _("Kind of rater not stated")


def whom(is_self_rated: bool) -> str:
    """Which of the two groups that never mix rated a program; where nobody said who, it counts as a self-rating."""
    return _("the program itself") if is_self_rated else _("people from outside")


def period(count: int | None) -> str:
    """Baseline, first follow-up, ..."""
    if count is None:
        return ""
    names = {
        1: _("Baseline"),
        2: _("First follow-up"),
        3: _("Second follow-up"),
        4: _("Third follow-up"),
    }
    return names.get(count) or _("Follow-up %(n)s", n=count - 1)


def listed(words: Iterable[object]) -> str:
    """IIA, IIB and VIIA."""
    *first, last = map(str, words)
    return _("%(first)s and %(last)s", first=", ".join(first), last=last) if first else last


def fact(values: Mapping[str, object], field: facts.Field) -> str:
    """A fact in words; empty where it is not known."""
    value = values.get(field.name)
    if value in (None, "", [], ()):
        return ""
    if field.kind in _TOLD:
        return _TOLD[field.kind](value, field)
    if field.choices is not None:
        codes = value if isinstance(value, list | tuple) else [value]
        return ", ".join(_(field.choices[str(code)]) for code in codes if str(code) in field.choices)
    if isinstance(value, float):
        return number(value)
    return _("Yes") if value is True else str(value)


def _weeks(value: Any, _field: facts.Field) -> str:
    n = number(round(value / 7, 1))
    return _("1 week") if n == "1" else _("%(n)s weeks", n=n)


def _month(value: Any, _field: facts.Field) -> str:
    return format_date(date.fromisoformat(f"{value}-01"), "MMMM y", locale=locale())


def _part_of(value: Any, field: facts.Field) -> str:
    said = {"count": value["count"], "of": value["of"], "what": _(field.unit)}
    return _("%(count)s of %(of)s %(what)s (%(share)s)", **said, share=percent(value["count"], value["of"]))


def _each(value: Any, field: facts.Field) -> str:
    """Codes with what is said of each: a number of people, or a day."""
    return "; ".join(_one_of(field, code, value[code]) for code in field.choices or {} if code in value)


def _one_of(field: facts.Field, code: str, said: Any) -> str:
    words = {"what": _((field.choices or {})[code]), "unit": _(field.unit)}
    if said is None:
        return _("%(what)s (%(unit)s: not said)", **words) if field.kind == "counts" else words["what"]
    if field.kind == "days":
        return _("%(what)s (%(unit)s %(day)s)", **words, day=day(said))
    return _("%(what)s (%(unit)s: %(n)s)", **words, n=said)


_TOLD: Mapping[str, Callable[[Any, facts.Field], str]] = {
    "weeks": _weeks,
    "day": lambda value, _field: day(value),
    "month": _month,
    "share": _part_of,
    "counts": _each,
    "days": _each,
}
"""How the kinds of facts read that hold more than a text, a number or codes."""


def how(assessment: Assessment) -> str:
    """How many rated, and whether each alone, together or in consensus."""
    if assessment.is_alone:
        return _("raters rate alone; not all have submitted")
    if assessment.is_consensus:
        n = len(assessment.rated_alone)
        return n_("%(num)s rater alone", "consensus of %(num)s raters who rated alone", n)
    if not assessment.ref:
        return _("number of raters not stated")
    if assessment.carried:
        return _("begun with the ratings of an earlier assessment")
    n = len({origin.by for origin in assessment.origins.values()})
    return (
        n_("one set of ratings, saved by one person", "one set of ratings, saved by %(num)s people", n)
        if n
        else _("nobody has rated yet")
    )


def source(code: str) -> str:
    """A source of evidence in words."""
    return _(_SOURCES.get(code, code))


def carries(rating: int | None, evidenced: int | None) -> str:
    """How far evidence carries a rating."""
    if rating is None:
        return _("Not yet rated.")
    if rating == evidenced:
        return _("Rated %(rating)s; the evidence carries it.", rating=rating)
    return _("Rated %(rating)s; the evidence carries %(evidenced)s.", rating=rating, evidenced=evidenced)


def finding(line: Evidence, item: Item) -> str:
    """What a line came to, in words, and what that supports: "6 of 10 (60 %, ...)"."""
    if line.finding != "count" or not line.n:
        said = _("Found.") if line.finding == "found" else _("Not found.")
        named = _("Supports %(rating)s.", rating=line.supports) if line.supports and line.finding == "found" else ""
        return f"{said} {named}".strip()
    counts = item.share.counts if item.share else {}
    parts = [_share(count, line.n, counts.get(name, ""), line.is_everybody) for name, count in line.counts.items()]
    who = _("Everybody was counted.") if line.is_everybody else ""
    ceiling = evidence.limit(item, line)
    allows = _("Allows at most %(rating)s.", rating=ceiling) if ceiling is not None else ""
    return " ".join(filter(None, (f"{'; '.join(parts)}.", who, allows)))


def _share(count: int, n: int, what: str, is_everybody: bool) -> str:
    """A count with its share, and for a sample with the 95 % Wilson interval."""
    said = _("%(count)s of %(n)s %(what)s", count=count, n=n, what=what).rstrip()
    low, high = (f"{100 * end:.0f}" for end in sampling.wilson(count, n))
    if is_everybody:
        return _("%(said)s (%(share)s)", said=said, share=percent(count, n))
    return _(
        "%(said)s (%(share)s; 95 %% interval %(low)s to %(high)s %%)",
        said=said,
        share=percent(count, n),
        low=low,
        high=high,
    )


def described(field: Any) -> Markup:
    """The attributes that tie a field to its hint and to what was wrong with it."""
    ids = [f"{field.id}-hint"] if field.description else []
    ids += [f"{field.id}-error-{n}" for n, _error in enumerate(field.errors, 1)]
    invalid = Markup(' aria-invalid="true"') if field.errors else Markup("")
    return invalid + (Markup(' aria-describedby="{}"').format(" ".join(ids)) if ids else "")


def count_rule(floors: Mapping[str, int | str], counts: Mapping[str, str]) -> str:
    """What counts allow a rating: "at least 70 % …", "at least one …"."""
    parts = [
        _("at least one %(what)s", what=counts[count])
        if least == "some"
        else _("at least %(least)s %% %(what)s", least=least, what=counts[count])
        for count, least in floors.items()
    ]
    return listed(parts)


def headline(instrument: Instrument, result: scoring.Result) -> str:
    """One sentence in plain words: where the program stands."""
    if result.bounds is None:
        return _by_dimension(instrument, result)
    if result.overall is None or result.band is None:
        low, high = (instrument.level_title(code) for code in result.bounds.band)
        if low == high:
            return _("Whatever the missing ratings become, the program is in the band “%(band)s”.", band=low)
        return n_(
            "%(num)s item is not yet rated; the program may end anywhere from “%(low)s” to “%(high)s”.",
            "%(num)s items are not yet rated; the program may end anywhere from “%(low)s” to “%(high)s”.",
            result.n_items - result.n_rated,
            low=low,
            high=high,
        )
    said = (
        _("This program is in the band “%(band)s”, with an overall score of %(score)s out of %(top)s.")
        if result.is_complete
        else _("So far this program is in the band “%(band)s”, with an overall score of %(score)s out of %(top)s.")
    )
    shown = told(instrument, result.overall)
    values = {"band": instrument.level_title(result.band), "score": shown, "top": instrument.rating.highest}
    return said % values


def _by_dimension(instrument: Instrument, result: scoring.Result) -> str:
    """The same without an overall score: from which dimension score to which."""
    known = [(one.value, one.title) for one in result.dimensions if one.value is not None]
    if not known:
        return _("Nothing is rated yet.")
    low, high = (end(value for value, _title in known) for end in (min, max))
    said = (
        _("The dimension scores lie between %(low)s (%(lowest)s) and %(high)s (%(highest)s), out of %(top)s.")
        if result.is_complete
        else _("So far the dimension scores lie between %(low)s (%(lowest)s) and %(high)s (%(highest)s).")
    )
    if low == high:
        said = (
            _("Every dimension score is %(low)s out of %(top)s.")
            if result.is_complete
            else _("So far every dimension score that is known is %(low)s.")
        )
    lowest, highest = (listed(title for value, title in known if value == end) for end in (low, high))
    values = {"lowest": lowest, "highest": highest, "top": instrument.rating.highest}
    return said % (values | {"low": score(instrument, low), "high": score(instrument, high)})


def disagreement(instrument: Instrument, result: scoring.Result) -> str:
    """Why the two methods differ here, in one sentence; empty where they say the same."""
    method, criterion = instrument.scoring.criterion, result.criterion
    if method is None or criterion is None or result.overall is None or result.band == criterion.level:
        return ""
    levels, level = method.levels, criterion.level
    by_scale = planning.level_of(instrument, result.overall)
    if by_scale == level:
        return _(
            "Both methods see the level “%(level)s”; only the scale method has bands in between, and the overall"
            " score lies in one of them.",
            level=instrument.level_title(level),
        )
    order = list(levels)
    lower_by_criterion = order.index(level) < order.index(by_scale)
    looked_at = by_scale if lower_by_criterion else level
    part, whole = method.share
    values = {
        "count": criterion.counts[looked_at],
        "n": result.n_items,
        "rating": levels[looked_at],
        "percent": percent(criterion.counts[looked_at], result.n_items),
        "needed": _(
            "%(share)s, that is %(items)s items",
            share=percent(part, whole),
            items=-(-part * result.n_items // whole),
        ),
        "title": instrument.level_title(looked_at),
        "floor": number(next(band.floor for band in instrument.bands if band.code == looked_at)),
        "score": score(instrument, result.overall),
    }
    if not result.is_complete and lower_by_criterion:
        said = _(
            "The methods differ because the overall score is the mean of what is rated so far, while the criterion"
            " method counts every item that is not yet rated as the lowest: %(count)s of %(n)s items (%(percent)s)"
            " are rated %(rating)s or more, and “%(title)s” needs %(needed)s."
        )
    elif lower_by_criterion:
        said = _(
            "The methods differ because a mean lets high ratings make up for low ones: the overall score reaches"
            " %(floor)s, but only %(count)s of %(n)s items (%(percent)s) are rated %(rating)s or more, and"
            " “%(title)s” by the criterion method needs %(needed)s."
        )
    else:
        said = _(
            "The methods differ because one counts and the other averages: %(count)s of %(n)s items (%(percent)s) are"
            " rated %(rating)s or more, which is enough for “%(title)s” by the criterion method, but the others are"
            " rated so low, or weigh so much, that the overall score is %(score)s, under %(floor)s."
        )
    return said % values


def readable(instrument: Instrument, assessment: Assessment, result: scoring.Result) -> str:
    """A result as a table of text, for the command line."""
    about = [assessment.program, day(assessment.assessed_on), kind(assessment.kind), assessment.rater]
    lines = [" · ".join(part for part in about if part), headline(instrument, result)]
    if why := disagreement(instrument, result):
        lines.append(why)
    width = max(len(dimension.title) for dimension in instrument.dimensions) + 6
    lines.append("")
    for dimension, scored in zip(instrument.dimensions, result.dimensions, strict=True):
        title = f"{dimension.number:>4} {dimension.title}"
        lines.append(f"{title:<{width}}{score(instrument, scored.value):>7}  {_rated(scored)}")
    lines += _by_both(instrument, result, width)
    for focus in result.focus:
        lines.append(f"     {focus.title:<{width - 5}}{score(instrument, focus.value):>7}  {_rated(focus)}")
    return "\n".join(lines)


def _by_both(instrument: Instrument, result: scoring.Result, width: int) -> Iterator[str]:
    """The overall score, the criterion level, and what missing ratings still allow; or that there is none of it."""
    if result.criterion is None or result.bounds is None:
        yield ""
        yield _("This instrument has no overall score and no band.")
        return
    yield f"{'     ' + _('Overall (scale method)'):<{width}}{score(instrument, result.overall):>7}"
    yield ""
    levels = "  ".join(
        f"{level} {percent(count, result.n_items)}" for level, count in result.criterion.counts.items()
    )
    yield _("Criterion method: %(level)s (%(levels)s)", level=result.criterion.level, levels=levels)
    if not result.is_complete:
        low, high = (score(instrument, value) for value in result.bounds.overall)
        first, last = result.bounds.band
        yield _(
            "Provisional: the missing ratings allow %(low)s to %(high)s, bands %(first)s to %(last)s.",
            low=low,
            high=high,
            first=first,
            last=last,
        )


def _rated(scored: scoring.Score) -> str:
    return _("%(rated)s of %(all)s rated", rated=scored.n_rated, all=scored.n_items)


def _rounded(value: Fraction, places: int) -> Fraction:
    """Half up, exactly."""
    scale = 10**places
    return Fraction((2 * value.numerator * scale + value.denominator) // (2 * value.denominator), scale)


def _cut(value: Fraction, places: int) -> Fraction:
    scale = 10**places
    return Fraction(value.numerator * scale // value.denominator, scale)


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone()
