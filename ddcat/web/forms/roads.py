"""The form on the page of the road: where to, by which method, and of each item how high it goes at what cost.

It is asked by following a link, read from the address, and changes nothing; posted, it saves the plan.
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask import request
from wtforms import Field, Form, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation, ValidationError

from ddcat import roads
from ddcat.instrument import Instrument, Item
from ddcat.records import Plan
from ddcat.scoring import Ratings
from ddcat.web.forms.fields import HouseForm
from ddcat.words import _

NEVER = "never"
COSTS = ("1", "2", "3", "4", "5")
NO_REVISION = -1


class RoadForm(HouseForm):
    """Read from the address, or from what was posted; whatever else stands in an address is no part of it."""

    revision = HiddenField()

    class Meta(HouseForm.Meta):
        def wrap_formdata(self, _form: Form, _formdata: object) -> Any:
            return request.form if request.method == "POST" else request.args


def road_form(instrument: Instrument, ratings: Ratings, usual: Plan, saved: Plan) -> RoadForm:
    """The form over the saved plan, or, where anything is asked for, over the usual one.

    An item at its highest anchor has no fields: nothing can be asked of it.
    """

    class OfInstrument(RoadForm):
        to = _one_of(_("Target"), _targets(instrument), _is_known_by(instrument))
        by = _one_of(_("Granted by"), _methods())

    names = {"to", "by"}
    for item in to_raise(instrument, ratings):
        to, cost = f"{item.id}-to", f"{item.id}-cost"
        above = {str(anchored): str(anchored) for anchored in item.ratings if anchored > ratings[item.id]}
        prices = dict.fromkeys(COSTS) | {NEVER: _("not possible now")}
        label, price = _("Raise %(code)s to", code=item.code), _("Cost of a step on %(code)s", code=item.code)
        setattr(OfInstrument, to, _one_of(label, {"": _("leave as it is")} | above, _is_possible(cost, item)))
        setattr(OfInstrument, cost, _one_of(price, {each: said or each for each, said in prices.items()}))
        names |= {to, cost}
    is_asked = request.method == "POST" or not names.isdisjoint(request.args)
    return OfInstrument(data=asked(usual if is_asked else saved) | {"revision": str(saved.revision)})


def to_raise(instrument: Instrument, ratings: Ratings) -> list[Item]:
    """The items that have an anchor above their rating."""
    return [item for item in instrument.items if item.next_rating(ratings[item.id])]


def asked(plan: Plan) -> dict[str, Any]:
    """A plan as the form and its address say it; what is as usual is left out."""
    return {
        "to": plan.target,
        "by": plan.by,
        "revision": str(plan.revision),
        **{f"{item}-cost": NEVER if cost is None else str(cost) for item, cost in plan.costs.items()},
        **{f"{item}-to": str(to) for item, to in plan.chosen.items()},
    }


def told(form: RoadForm, instrument: Instrument, usual: Plan) -> Plan:
    """The plan that the form asks for; what was refused counts as not asked."""
    said = {field.name: field.data for field in form if field.data and not field.errors}
    costs = {item.id: said.get(f"{item.id}-cost", "1") for item in instrument.items}
    chosen = {item.id: said.get(f"{item.id}-to") for item in instrument.items}
    target, by = said.get("to", usual.target), said.get("by", usual.by)
    return Plan(
        target=target if target in roads.targets(instrument, by) else usual.target,
        by=by,
        costs={item: None if cost == NEVER else int(cost) for item, cost in costs.items() if cost != "1"},
        chosen={item: int(rating) for item, rating in chosen.items() if rating},
        revision=_number(said.get("revision", "")),
    )


def _one_of(label: str, offered: Mapping[str, str], *checks: Callable[[Form, Field], None]) -> SelectField:
    """One of what is offered, said once; nothing said is as usual."""

    def check(_form: Form, field: Field) -> None:
        if len(set(field.raw_data or ())) > 1 or (field.data is not None and field.data not in offered):
            raise StopValidation(_("%(label)s: choose one of the choices that are offered.", label=field.label.text))

    choices = [SelectChoice(value, said) for value, said in offered.items()]
    return SelectField(label, choices=choices, validate_choice=False, validators=[check, *checks])


def _targets(instrument: Instrument) -> dict[str, str]:
    """Every band by its code; those in between say that only one method knows them."""
    levels = roads.targets(instrument, "both")
    only = _("%(title)s (%(code)s; scale method only)")
    usual = _("%(title)s (%(code)s)")
    return {
        band.code: (usual if band.code in levels else only) % {"title": band.title, "code": band.code}
        for band in instrument.bands
    }


def _methods() -> dict[str, str]:
    said = {"both": _("both methods"), "scale": _("the scale method"), "criterion": _("the criterion method")}
    assert said.keys() == set(roads.METHODS)
    return said


def _is_known_by(instrument: Instrument) -> Callable[[Form, Field], None]:
    """Refuse a band in between where the criterion method shall grant it too."""

    def check(form: Form, field: Field) -> None:
        by = form["by"].data
        if field.data and by in roads.METHODS and field.data not in roads.targets(instrument, by):
            raise ValidationError(
                _(
                    "Only the scale method knows the target “%(title)s”: choose that method, or another target.",
                    title=instrument.level_title(field.data),
                )
            )

    return check


def _is_possible(cost: str, item: Item) -> Callable[[Form, Field], None]:
    """Refuse to raise what is said not to be possible now."""

    def check(form: Form, field: Field) -> None:
        if field.data and form[cost].data == NEVER:
            raise ValidationError(
                _(
                    "%(code)s is marked as not possible now: leave it as it is, or say what a step costs.",
                    code=item.code,
                )
            )

    return check


def _number(text: str) -> int:
    """A revision; what is none is that of no plan."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else NO_REVISION
