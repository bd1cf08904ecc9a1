"""Forms about raters: what somebody is given, what should change, what she hands in."""

from collections.abc import Collection
from datetime import date

from wtforms import BooleanField, DateField, Field, Form, RadioField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Optional, ValidationError

from ddcat.deeds import STANDS
from ddcat.instrument import Instrument
from ddcat.records import Rater
from ddcat.web.forms.fields import HouseForm, over, text, tidy
from ddcat.words import _

YEARS = 5


def assignment_form(instrument: Instrument, rater: Rater, today: date) -> HouseForm:
    """What a rater is given, over what she is given now: whole dimensions, single items, a due date."""

    def not_past(_form: Form, field: Field) -> None:
        if field.data and field.data != field.object_data and field.data < today:
            raise ValidationError(_("Enter a day that is not in the past, or none."))

    def not_far(_form: Form, field: Field) -> None:
        if field.data and field.data.year > today.year + YEARS:
            raise ValidationError(_("Enter a day within the next %(n)s years.", n=YEARS))

    class AssignmentForm(HouseForm):
        dimensions = SelectMultipleField(
            _("Dimensions"), choices=[SelectChoice(part.id, part.title) for part in instrument.dimensions]
        )
        items = SelectMultipleField(
            _("Items"), choices=[SelectChoice(item.id, f"{item.code} {item.title}") for item in instrument.items]
        )
        due_on = DateField(_("Due on (optional)"), validators=[Optional(), not_past, not_far])
        stands = RadioField(
            _("From where this rater looks at the program"),
            choices=[SelectChoice(code, _(said)) for code, said in STANDS.items()],
            description=_("Good practice: two raters or more from different roles, a leader and front-line staff."),
        )

    whole, single = split(instrument, rater.items)
    due_on = date.fromisoformat(rater.due_on) if rater.due_on else None
    return over(AssignmentForm, {"dimensions": whole, "items": single, "due_on": due_on, "stands": rater.stands})


def split(instrument: Instrument, items: Collection[str]) -> tuple[list[str], list[str]]:
    """The dimensions that these items fill, and the items beside them, in paper order."""
    whole = [part.id for part in instrument.dimensions if set(part.item_ids) <= set(items)]
    single = [id for part in instrument.dimensions if part.id not in whole for id in part.item_ids if id in items]
    return whole, single


def chosen(form: HouseForm, instrument: Instrument) -> list[str]:
    """The items that a form gives: a dimension that is ticked is all of its items; all there are is none named."""
    items = [
        id
        for part in instrument.dimensions
        for id in part.item_ids
        if part.id in form.dimensions.data or id in form.items.data
    ]
    return items if len(items) < len(instrument.items) else []


def request_form() -> HouseForm:
    """What a rater should change in what she handed in."""

    class RequestForm(HouseForm):
        note = TextAreaField(
            _("What should change"),
            filters=[tidy],
            validators=[DataRequired(_("Enter what should change.")), *text(1000)],
        )

    return RequestForm()


def submit_form(n_open: int) -> HouseForm:
    """Handing in; what is not rated is left out knowingly."""

    class SubmitForm(HouseForm):
        cannot = BooleanField(_("I cannot rate these; I submit without them"))

        def validate_cannot(self, field: Field) -> None:
            if n_open and not field.data:
                raise ValidationError(_("Rate what is missing, or tick that you cannot."))

    return SubmitForm()
