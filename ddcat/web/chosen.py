"""Which programs an address asks for, and what counts of each: the one reading of it for every page that compares.

`?program=REF&program=REF` names programs picked by hand; `agency`, `state`, `level`, `kind`, `tag`, `video`,
`language` and `medicine` narrow what is shown, each to one; `as_of` is a day; `set` a choice that was saved, which
the others may narrow further. Of programs that whoever asks may not see nothing is told, not even how many.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Protocol

from ddcat import facts, facts_sheet
from ddcat.display import day, kind
from ddcat.records import Program
from ddcat.store import portfolio, sets
from ddcat.store.portfolio import UNSTATED, Asked, Listed
from ddcat.store.sets import Saved
from ddcat.web import volumes
from ddcat.web.session import db, person
from ddcat.words import _, later

FILTERS = ("agency", "state", "level", "kind", "tag", "video", "language", "medicine")
MOST_PICKED = 1000
_LONGEST = 200

_CARE = {"level_addiction": later("Addiction"), "level_mental_health": later("Mental health")}

LEVELS_OF = {
    _CARE[field.name]: dict(field.choices or {}) for field in facts.fields(facts.PROGRAM) if field.name in _CARE
}
"""The levels of care of addiction and of mental health, each code with its words."""

LEVELS = {code: said for levels in LEVELS_OF.values() for code, said in levels.items()}
"""Every level of care with its words; no code stands for two."""

OFFERED = {
    name: {code: said for code, said in (facts_sheet.FIELDS[field].choices or {}).items() if code != facts_sheet.NONE}
    for name, field in (("video", "video_parts"), ("language", "languages_staff"), ("medicine", "medicines"))
}
"""What of the fact sheets programs are chosen by, each code with its words."""

KINDS = (*facts.KINDS, UNSTATED)


class Args(Protocol):
    """What an address, or a form, sent."""

    def get(self, name: str, /, default: str) -> str: ...

    def getlist(self, name: str, /) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Chosen:
    """The programs asked for that whoever asks may see results of, by agency and name, and how they were asked for.

    `said` is that in words, one phrase each; `query` is the same as an address says it, for `url_for`; `saved` the
    saved choice that it comes from, if any. What could not be followed is kept to be told: `wrong_day` is what stands
    where a day should, `n_cut` how many programs were picked beyond `MOST_PICKED`.
    """

    asked: Asked
    listed: tuple[Listed, ...]
    said: tuple[str, ...]
    query: dict[str, Any]
    saved: Saved | None = None
    wrong_day: str = ""
    n_cut: int = 0

    @property
    def programs(self) -> tuple[Program, ...]:
        """The programs, those without a sealed assessment too."""
        return tuple(each.program for each in self.listed)

    @property
    def assessed(self) -> tuple[Listed, ...]:
        """Those that have a sealed assessment."""
        return tuple(each for each in self.listed if each.newest)

    @property
    def refs(self) -> tuple[str, ...]:
        """The assessment that counts of each program that has one."""
        return tuple(each.newest.ref for each in self.listed if each.newest)

    @property
    def narrowed(self) -> tuple[str, ...]:
        """By what they were chosen, one phrase each: neither that they were picked by hand, nor the day."""
        return tuple(each for each in self.said if each not in (_("picked by hand"), *day_in_words(self.as_of)))

    @property
    def as_of(self) -> str:
        """The day as of which is asked, "" for today."""
        return self.asked.as_of


def chosen(args: Args, set_ref: str = "") -> Chosen:
    """What an address asks for, or one that says the saved choice in its path. Raises store.Missing."""
    ref = set_ref or args.get("set", "")
    saved = sets.get(db(), person(), ref) if ref else None
    given = read(args)
    # What was saved stands; whatever it leaves open can be narrowed.
    both = replace(given, **{name: value for name, value in asdict(saved.asked).items() if value}) if saved else given
    listed = tuple(portfolio.listed(db(), person(), both, volumes.apart()))
    name = listed[0].program.agency.name if listed else ""
    said = ([_("saved choice: %(name)s", name=saved.name)] if saved else []) + in_words(both, name)
    more = {name: value for name, value in query(both).items() if not (saved and name in query(saved.asked))}
    if wrong_day := "" if both.as_of else args.get("as_of", "").strip()[:_LONGEST]:
        more["as_of"] = wrong_day
    n_cut = max(len(_picked(args)) - MOST_PICKED, 0)
    return Chosen(both, listed, tuple(said), more | ({"set": saved.ref} if saved else {}), saved, wrong_day, n_cut)


def read(args: Args) -> Asked:
    """What an address asks for; a value that can be none is as if it were not there."""
    one = {name: args.get(name, "").strip()[:_LONGEST] for name in FILTERS}
    one["level"] = one["level"] if one["level"] in LEVELS else ""
    one["kind"] = one["kind"] if one["kind"] in KINDS else ""
    for name, codes in OFFERED.items():
        one[name] = one[name] if one[name] in codes else ""
    return Asked(_picked(args)[:MOST_PICKED], **one, as_of=as_day(args.get("as_of", "")))


def _picked(args: Args) -> tuple[str, ...]:
    """The programs picked by hand, each once."""
    return tuple(dict.fromkeys(filter(None, args.getlist("program"))))


def as_day(text: str) -> str:
    """A day as ISO text, "" where this is none."""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        return ""


def query(asked: Asked) -> dict[str, Any]:
    """What is asked for, as an address says it."""
    said = {name: value for name, value in asdict(asked).items() if value and name != "programs"}
    return ({"program": list(asked.programs)} if asked.programs else {}) | said


def in_words(asked: Asked, agency: str) -> list[str]:
    """What is asked for, one phrase each; the name of the agency is "" where whoever asks sees nothing of it."""
    named = agency or _("one of which nothing is shown to you")
    said = [
        (asked.programs, _("picked by hand")),
        (asked.agency, _("agency: %(name)s", name=named)),
        (asked.state, _("state: %(name)s", name=asked.state)),
        (asked.level, _("level of care: %(name)s", name=_(LEVELS.get(asked.level, "")))),
        (asked.kind, _("kind of rating: %(name)s", name=kind_words(asked.kind))),
        (asked.tag, _("tag: %(name)s", name=asked.tag)),
        (asked.video, _("by video: %(name)s", name=offered_words("video", asked.video))),
        (asked.language, _("language: %(name)s", name=offered_words("language", asked.language))),
        (asked.medicine, _("medicine offered: %(name)s", name=offered_words("medicine", asked.medicine))),
    ]
    return [words for is_asked, words in said if is_asked] + day_in_words(asked.as_of)


def day_in_words(as_of: str) -> list[str]:
    """As of which day is asked, as a phrase; none for today."""
    return [_("as of %(day)s", day=day(as_of))] if as_of else []


def level_words(program: Program) -> list[str]:
    """The levels of care of a program in words; those of mental health say so, for some sound alike."""
    addiction, mental_health = (
        [_(LEVELS[code]) for code in _codes(program.facts.get(name)) if code in LEVELS] for name in _CARE
    )
    if not mental_health:
        return addiction
    return [*addiction, _("Mental health: %(levels)s", levels=", ".join(mental_health))]


def offered_words(name: str, code: str) -> str:
    """What is asked of fact sheets, in words; "" where nothing is."""
    return _(OFFERED[name][code]) if code in OFFERED[name] else ""


def kind_words(code: str) -> str:
    """A kind of rating that can be asked for, in words."""
    return kind(None if code in ("", UNSTATED) else code)


def _codes(value: object) -> Iterable[str]:
    return [code for code in value if isinstance(code, str)] if isinstance(value, list) else []
