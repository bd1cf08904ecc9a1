"""The two questions of the chart sampler: which records to take, and what a count of them says.

Both are asked by following a link and change nothing, so they are read from the address and carry no token.
"""

from collections.abc import Callable, Mapping
from typing import Any

from wtforms import Field, Form, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation, ValidationError

from ddcat import sampling
from ddcat.instrument import Item
from ddcat.web.forms.fields import NumberField, tidy
from ddcat.words import _

_OFF = {"autocomplete": "off"}


def draw_form(items: Mapping[str, Item], sent: Any, item: str = "") -> Form:
    """For which item, of how many records, how many; `items` are those that a count caps, by id.

    `sent` is what the address says, None where nothing was asked yet; then `item` is chosen beforehand.
    """
    choices = [SelectChoice("", _("None: any other charts"))]
    choices += [SelectChoice(id, f"{one.code} {one.title}") for id, one in items.items()]

    class DrawForm(Form):
        item = SelectField(_("For which item"), choices=choices, validate_choice=False)
        records = NumberField(
            int,
            sampling.MOST_RECORDS,
            _("How many records are there"),
            description=_("Only those that belong: for an item, those that its rule names."),
            validators=[_within(1, sampling.MOST_RECORDS)],
            render_kw=_OFF,
        )
        closed = NumberField(
            int,
            sampling.MOST_RECORDS,
            _("How many of them are closed"),
            description=_("If you know: half of the draw is then closed. Else leave it empty."),
            render_kw=_OFF,
        )
        size = NumberField(
            int,
            sampling.MOST,
            _("How many to draw"),
            validators=[_within(1, sampling.MOST, needed=False)],
            render_kw=_OFF,
        )
        seed = StringField(
            _("Seed"),
            description=_("Leave it empty for a new draw; the six digits of an earlier one repeat it."),
            filters=[tidy],
            render_kw=_OFF,
        )

        def validate_item(self, field: Field) -> None:
            if field.data and field.data not in items:
                raise ValidationError(_("Choose one of the choices that are offered."))

        def validate_closed(self, field: Field) -> None:
            records = self.records.data
            if field.data is not None and records is not None and field.data > records:
                raise ValidationError(
                    _("No more than all %(records)s records can be closed.", records=f"{records:,}")
                )

        def validate_seed(self, field: Field) -> None:
            if field.data and not sampling.SEED.fullmatch(field.data):
                raise ValidationError(_("Enter the six digits of the seed, or leave it empty for a new draw."))

    return DrawForm(sent, data={"item": item, "size": sampling.SIZE})


def asked(form: Form) -> dict[str, Any]:
    """What a draw was asked for, as an address says it; nothing that was left empty."""
    said = {name: form[name].data for name in ("item", "records", "closed", "size", "seed")}
    said["size"] = sampling.SIZE if said["size"] is None else said["size"]
    return {name: value for name, value in said.items() if value not in (None, "")}


def count_form(found: Mapping[str, str], sent: Any, counted: int | None = None) -> Form:
    """How many were counted, and how many of them held each of what is looked for; `found` is that by field.

    `sent` is what the address says, None where nothing was asked yet; then `counted` stands in the first field.
    """

    class CountForm(Form):
        counted = NumberField(
            int,
            sampling.MOST_RECORDS,
            _("How many records were counted"),
            validators=[_within(1, sampling.MOST_RECORDS)],
            render_kw=_OFF,
        )

    names = list(found)
    for name, what in found.items():
        label = _("How many of them %(what)s", what=what)
        before = names[names.index(name) - 1] if names.index(name) else "counted"
        checks = [_within(0, sampling.MOST_RECORDS), _no_more_than(before)]
        setattr(CountForm, name, NumberField(int, sampling.MOST_RECORDS, label, validators=checks, render_kw=_OFF))
    return CountForm(sent, data={"counted": counted})


def _within(least: int, most: int, *, needed: bool = True) -> Callable[[Form, Field], None]:
    """Refuse all but a whole number from `least` to `most`, or nothing where none is needed, with one sentence."""

    def check(_form: Form, field: Field) -> None:
        is_empty = not any(text.strip() for text in field.raw_data or ())
        if (is_empty and not needed) or (field.data is not None and field.data >= least):
            return
        field.errors = []
        said = {"label": field.label.text, "least": least, "most": f"{most:,}"}
        raise StopValidation(_("%(label)s: enter a whole number from %(least)s to %(most)s.", **said))

    return check


def _no_more_than(before: str) -> Callable[[Form, Field], None]:
    """Each count is part of the one before it."""

    def check(form: Form, field: Field) -> None:
        most = form[before].data
        if most is not None and field.data > most:
            raise ValidationError(_("Of %(n)s records no more than %(n)s can do so.", n=f"{most:,}"))

    return check
