"""What peers within this installation come to, giving nobody away."""

from dataclasses import dataclass
from fractions import Fraction

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ddcat import actions, charts, pooling, scoring
from ddcat.facts import Facts
from ddcat.instrument import Instrument
from ddcat.pooling import Peers
from ddcat.records import Assessment
from ddcat.scoring import Result
from ddcat.store import assessments, programs, releases
from ddcat.web.session import db, person
from ddcat.web.volumes import instrument_of

bp = Blueprint("pools", __name__)


@dataclass(frozen=True, slots=True)
class Group:
    """A group the program is in ("" where that cannot be told), and what was released of it last, if anything."""

    grouping: str
    title: str
    quarter: str | None = None
    peers: Peers | None = None


@bp.get("/programs/<ref>/peers")
def show(ref: str) -> ResponseReturnValue:
    """The program's newest result beside its groups of peers, or why there is nothing to show."""
    program = programs.get(db(), person(), ref)
    own = _newest(ref)
    instrument = instrument_of(own) if own else None
    result = scoring.score(instrument, own.ratings) if own and instrument else None
    return render_template(
        "pages/peers.html",
        program=program,
        assessment=own,
        instrument=instrument,
        result=result,
        groups=_groups(instrument, program.facts) if instrument else (),
        line=charts.line(instrument) if instrument else None,
        against=against,
        floor={"programs": pooling.FEWEST, "agencies": pooling.AGENCIES, "changed": pooling.CHANGED},
    )


def against(peers: Peers, result: Result, highest: int) -> str:
    """Whether a result lies "below", "within" or "above" where at least half of a group lies."""
    low, high = peers.half
    score = result.overall or Fraction(0)
    if score < low:
        return "below"
    # Where a step ends the next begins, but for the last one.
    return "above" if score >= high and high < highest else "within"


def _newest(ref: str) -> Assessment | None:
    """The newest sealed assessment of a program that whoever asks may see; one with an overall score goes first."""
    standing = actions.standing(assessments.of_program(db(), person(), ref))
    return max(reversed(standing), key=lambda each: instrument_of(each).has_overall, default=None)


def _groups(instrument: Instrument, facts: Facts) -> tuple[Group, ...]:
    own = pooling.groups(facts)
    return tuple(_group(instrument, grouping, own.get(grouping, "")) for grouping in pooling.GROUPINGS)


def _group(instrument: Instrument, grouping: str, code: str) -> Group:
    if not code:
        return Group(grouping, "")
    quarter, peers = releases.shown(db(), instrument.name, grouping, code) or (None, None)
    return Group(grouping, pooling.GROUPINGS[grouping][code], quarter, peers)
