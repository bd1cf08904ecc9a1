"""What is written to an action as forms: a note, a small test of change, a count."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from wtforms import DateField, Field, Form, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Optional, StopValidation, ValidationError

from ddcat.deeds import DECISIONS
from ddcat.records import Action, Cycle, Note, Point
from ddcat.web.forms.fields import LINE, HouseForm, NumberField, over, text, tidy
from ddcat.words import _

Line = Note | Cycle | Point

NOTE = 4000
TEXT = 2000
MOST = 1_000_000
PLACES = Decimal("0.0001")
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


def line_form(kind: type[Line], action: Action, today: date, line: Line | None = None) -> HouseForm:
    """A form for a line of this kind, new or over what it says now."""
    return _FORMS[kind](action, today, line)


def told(form: HouseForm, kind: type[Line], line: Line | None = None) -> Line:
    """The line that a form says."""
    said = {name: _kept(name, form[name].data) for name in _SAID[kind] if name in form}
    return replace(line, **said) if line else kind(**said)


def _note_form(_action: Action, _today: date, line: Line | None) -> HouseForm:
    class NoteForm(HouseForm):
        text = TextAreaField(_("Note"), filters=[tidy], validators=[DataRequired(_("Write something.")), *text(NOTE)])

    return _filled(NoteForm, Note, line)


def _cycle_form(_action: Action, today: date, line: Line | None) -> HouseForm:
    class CycleForm(HouseForm):
        tried = TextAreaField(
            _("Plan: what is tried"),
            filters=[tidy],
            validators=[DataRequired(_("Enter what is tried.")), *text(TEXT)],
            description=_("Small enough to learn from within days: one shift, five charts, one group."),
        )
        starts_on = DateField(_("From"), validators=[InputRequired(_("Enter the first day.")), _sane])
        ends_on = DateField(_("To (optional)"), validators=[Optional(), _sane])
        prediction = TextAreaField(
            _("Plan: what we expect"),
            filters=[tidy],
            validators=[DataRequired(_("Enter what you expect before it starts.")), *text(TEXT)],
            description=_("Before it starts, so that the result can surprise you."),
        )
        happened = TextAreaField(
            _("Do and study: what happened"), filters=[tidy], validators=text(TEXT), description=_("When it is over.")
        )
        decision = SelectField(
            _("Act: what we do now"),
            choices=[SelectChoice("", _("Not decided yet"))]
            + [SelectChoice(code, _(said)) for code, said in DECISIONS.items()],
        )

        def validate_ends_on(self, field: Field) -> None:
            if field.data and self.starts_on.data and field.data < self.starts_on.data:
                raise ValidationError(_("This is before it starts. Enter a later day, or change the first one."))

        def validate_happened(self, field: Field) -> None:
            if self.decision.data in DECISIONS and not field.data:
                raise ValidationError(_("Enter what happened: a decision rests on it."))

    return _filled(CycleForm, Cycle, line, starts_on=today)


def _point_form(action: Action, today: date, line: Line | None) -> HouseForm:
    is_share = action.measured_as == "share"

    class PointForm(HouseForm):
        counted_on = DateField(_("Day"), validators=[InputRequired(_("Enter the day.")), _not_later(today)])
        count = NumberField(
            int if is_share else Decimal,
            MOST,
            _("How many") if is_share else _("What it came to"),
            validators=[_is_measured(action)],
        )
        remark = StringField(_("Remark (optional)"), filters=[tidy], validators=text(LINE))

    if is_share:
        PointForm.n = NumberField(int, MOST, _("Of how many"), validators=[_some])
    return _filled(PointForm, Point, line, counted_on=today)


_FORMS: dict[type[Line], Callable[[Action, date, Line | None], HouseForm]] = {
    Note: _note_form,
    Cycle: _cycle_form,
    Point: _point_form,
}
_SAID = {
    Note: ("text",),
    Cycle: ("tried", "starts_on", "ends_on", "prediction", "happened", "decision"),
    Point: ("counted_on", "count", "n", "remark"),
}


def _filled(form: type[HouseForm], kind: type[Line], line: Line | None, **usual: Any) -> HouseForm:
    """The form with what is usual, or over what a line says."""
    if line is None:
        return form(data=usual)
    return over(form, {name: _shown(name, getattr(line, name)) for name in _SAID[kind]})


def _shown(name: str, value: Any) -> Any:
    """A value of a line as its field holds it."""
    return (date.fromisoformat(value) if value else None) if name.endswith("_on") else value


def _kept(name: str, value: Any) -> Any:
    """A value of a field as a line keeps it: days as ISO text, a count as decimal text without needless zeros."""
    match value:
        case None if name.endswith("_on"):
            return ""
        case int() if name == "count":
            return str(value)
        case date():
            return value.isoformat()
        case Decimal():
            return format(abs(value).quantize(PLACES).normalize(), "f")
        case _:
            return value


def _sane(_form: Form, field: Field) -> None:
    if field.data and not FIRST_DAY <= field.data <= LAST_DAY:
        raise ValidationError(_("Enter a day from 2000 to 2099."))


def _not_later(today: date) -> Callable[[Form, Field], None]:
    def fits(_form: Form, field: Field) -> None:
        if field.data and not FIRST_DAY <= field.data <= today:
            raise ValidationError(_("Enter a day from 2000 on that is not in the future."))

    return fits


def _is_measured(action: Action) -> Callable[[Form, Field], None]:
    def fits(form: Form, field: Field) -> None:
        """The action says what is measured, and the number is one of that kind."""
        if not action.measured:
            raise StopValidation(_("This action does not say yet what is measured. Name it in the action first."))
        if field.errors:
            return
        if field.data is None:
            raise ValidationError(_("Enter a number, 0 if there was none."))
        if isinstance(field.data, Decimal) and field.data != field.data.quantize(PLACES):
            raise ValidationError(_("Enter at most 4 decimals."))
        n = form.n.data if "n" in form else None
        if n and field.data > n:
            raise ValidationError(_("This cannot be more than %(most)s, the number under “Of how many”.", most=n))

    return fits


def _some(_form: Form, field: Field) -> None:
    if not field.errors and not field.data:
        raise ValidationError(_("Enter of how many, at least 1."))
