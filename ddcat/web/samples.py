"""A chart sample: which records to take, drawn by chance, and how sure a count of them is. Nothing is stored."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form

from ddcat import evidence, sampling, shelf, store
from ddcat.display import listed
from ddcat.instrument import Instrument, Item
from ddcat.web.forms.fields import mistakes, wanted
from ddcat.web.forms.samples import asked, count_form, draw_form
from ddcat.words import _

bp = Blueprint("samples", __name__, url_prefix="/instruments")


@bp.get("/<name>/sample")
def sample(name: str) -> ResponseReturnValue:
    """Draw, count, or both: `records` in the address asks for a draw, `counted` for the interval of a count."""
    instrument, sent = _instrument(name), request.args
    items = {item.id: item for item in instrument.items if item.share and not item.share.everybody}
    form = draw_form(items, sent if "records" in sent else None, sent.get("item", ""))
    item = items.get(form.item.data)
    drawn = None
    if "records" in sent and form.validate():
        if not form.seed.data:  # in the address, so that the same draw can be opened again
            return redirect(url_for(".sample", name=name, **asked(form), seed=sampling.new_seed()))
        drawn = _drawn(**asked(form))
    found = _found(item)
    count = count_form(found, sent if "counted" in sent else None, drawn.size if drawn else None)
    is_counted = "counted" in sent and count.validate()
    return render_template(
        "pages/sample.html",
        instrument=instrument,
        items=items,
        item=item,
        form=form,
        drawn=drawn,
        asked=asked(form) if drawn else {"item": item.id} if item else {},
        places=[(part, listed(map(_ordinal, part.positions))) for part in drawn.parts if part.size] if drawn else [],
        count=count,
        found=found,
        intervals={name: sampling.wilson(count[name].data, count.counted.data) for name in found if is_counted},
        allowed=_allowed(item, count) if is_counted else None,
        few=sampling.FEW,
        mistakes=mistakes(form) + mistakes(count),
    ), max(wanted(form), wanted(count))


def _instrument(name: str) -> Instrument:
    try:
        return shelf.find(name).instrument
    except shelf.Unknown as unknown:
        raise store.Missing(name) from unknown


def _drawn(*, records: int, size: int, seed: str, closed: int | None = None, item: str = "") -> sampling.Sample:
    return sampling.draw(records, size, n_closed=closed, seed=seed)


def _allowed(item: Item | None, count: Form) -> int | None:
    """The highest rating that a count allows; None where no item is counted."""
    if item is None or item.share is None:
        return None
    counts = {id: count[f"found-{id}"].data for id in item.share.counts}
    return evidence.ceiling(item, counts, count.counted.data)


def _found(item: Item | None) -> dict[str, str]:
    """What is looked for, by the name of the field that asks how many had it."""
    if item is None or item.share is None:
        return {"found": _("show what you look for")}
    return {f"found-{id}": what for id, what in item.share.counts.items()}


def _ordinal(position: int) -> str:
    """A place in a list: 1st, 2nd, 3rd, 4th, 11th."""
    last = 0 if position % 100 in (11, 12, 13) else position % 10
    said = {1: _("%(n)sst"), 2: _("%(n)snd"), 3: _("%(n)srd")}.get(last, _("%(n)sth"))
    return said % {"n": f"{position:,}"}
