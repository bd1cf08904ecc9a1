"""The form of a part of the fact sheet: each fact with its fields, its date and its source."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, DateField, Field, Form, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, ValidationError

from ddcat import facts
from ddcat.facts import Facts
from ddcat.facts_sheet import NONE, Part, mistakes
from ddcat.facts_sheet.judging import DAYS, MOST
from ddcat.web.forms.fields import LINE, HouseForm, NumberField, over, text, tidy
from ddcat.words import _

_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
_EACH = ("counts", "days")


def sheet_form(part: Part, said: Facts, today: date) -> HouseForm:
    """The facts of this part, over what is known of them."""

    class SheetForm(HouseForm):
        def validate(self, extra_validators: Any = None) -> bool:
            """Each field by itself, and then what the facts say."""
            is_sound = super().validate(extra_validators)
            if is_sound:
                _judge(self, part, today)
            return not self.errors

    for field in part.every:
        for name, made in _made(field).items():
            setattr(SheetForm, name, made)
    data = {name: value for field in part.every for name, value in _spread(field, said.get(field.name)).items()}
    return over(SheetForm, data)


def told(form: Form, part: Part) -> dict[str, object]:
    """The facts that were filled in, as the store keeps them."""
    values = {field.name: _gathered(form, field) for field in part.every}
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def _made(field: facts.Field) -> dict[str, Field]:
    """The fields of a form for one field of the sheet, by name."""
    label, hint = _(field.label), _(field.hint) if field.hint else ""
    most = field.most or MOST
    match field.kind:
        case "choice" | "choices":
            return {field.name: _choosing(field, label, hint)}
        case "number":
            return {field.name: NumberField(int, most, label, validators=[Optional()], description=hint)}
        case "hours" | "weeks":
            hint = hint or (_("In weeks, such as 12.") if field.kind == "weeks" else "")
            return {field.name: NumberField(Decimal, most, label, validators=[Optional()], description=hint)}
        case "day":
            return {field.name: DateField(label, validators=[Optional()], description=hint)}
        case "month":
            return {field.name: StringField(label, filters=[tidy], validators=[_is_month], description=hint)}
        case "share":
            of = NumberField(int, MOST, _("Of how many %(what)s", what=_(field.unit)), validators=[Optional()])
            return {
                f"{field.name}-count": NumberField(int, MOST, label, validators=[Optional()], description=hint),
                f"{field.name}-of": of,
            }
        case "counts" | "days":
            return dict(pair for code in field.choices or {} for pair in _one(field, code).items())
        case "lines":
            return {field.name: TextAreaField(label, filters=[tidy], validators=text(1000), description=hint)}
        case _:
            return {field.name: StringField(label, filters=[tidy], validators=text(LINE), description=hint)}


def _choosing(field: facts.Field, label: str, hint: str) -> Field:
    codes = [SelectChoice(code, _(said)) for code, said in (field.choices or {}).items()]
    if field.kind == "choice":
        return RadioField(label, choices=[SelectChoice("", _("Not known")), *codes], default="", description=hint)
    return SelectMultipleField(label, choices=codes, description=hint)


def _one(field: facts.Field, code: str) -> dict[str, Field]:
    """A code to be ticked, and what is said of it."""
    label = _((field.choices or {})[code])
    ticked: dict[str, Field] = {f"{field.name}-{code}": BooleanField(label)}
    if code != NONE:
        of = f"{label}: {_(field.unit)}"
        number = NumberField(int, field.most or MOST, of, validators=[Optional()])
        ticked[f"{field.name}-{code}-n"] = (
            number if field.kind == "counts" else DateField(of, validators=[Optional()])
        )
    return ticked


def _is_month(_form: Form, field: Field) -> None:
    if field.data and not _MONTH.fullmatch(field.data):
        raise ValidationError(_("Enter the month as year-month, such as 2026-05."))


def _judge(form: Form, part: Part, today: date) -> None:
    """What is wrong with the facts as they were sent, said at one of the fields of each."""
    for field in part.every:
        if field.kind == "share":
            _judge_share(form, field)
    if not form.errors:
        at = {field.name: _where(field) for field in part.every}
        for name, said in mistakes(part.facts, told(form, part), today):
            _say(form, at[name], said)


def _judge_share(form: Form, field: facts.Field) -> None:
    count, of = form[f"{field.name}-count"], form[f"{field.name}-of"]
    if (count.data is None) != (of.data is None):
        _say(form, of.name, _("Enter both: how many, and of how many."))


def _where(field: facts.Field) -> str:
    """The field of the form at which it is said what is wrong with a field of the sheet."""
    if field.kind in _EACH:
        return f"{field.name}-{NONE if NONE in (field.choices or {}) else next(iter(field.choices or {}))}"
    return f"{field.name}-of" if field.kind == "share" else field.name


def _say(form: Form, name: str, said: str) -> None:
    form[name].errors = [*form[name].errors, said]


def _gathered(form: Form, field: facts.Field) -> Any:
    """What was sent for one field of the sheet, as it is kept; nothing is None or empty."""
    match field.kind:
        case "share":
            count, of = form[f"{field.name}-count"].data, form[f"{field.name}-of"].data
            return None if count is None or of is None else {"count": count, "of": of}
        case "counts" | "days":
            return {code: said for code in field.choices or {} for said in _said(form, f"{field.name}-{code}")}
        case "weeks":
            weeks = form[field.name].data
            return None if weeks is None else round(weeks * DAYS)
        case "day":
            return form[field.name].data.isoformat() if form[field.name].data else None
    value = form[field.name].data
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _said(form: Form, name: str) -> list[Any]:
    """What is said of a code, in a list; the list is empty where it is not ticked and nothing stands beside it."""
    value = form[f"{name}-n"].data if f"{name}-n" in form else None
    if value is None and not form[name].data:
        return []
    return [value.isoformat() if isinstance(value, date) else value]


def _spread(field: facts.Field, value: Any) -> Mapping[str, Any]:
    """What is kept of one field of the sheet, by the names that the form has for it."""
    if value is None:
        return {}
    match field.kind:
        case "share":
            return {f"{field.name}-{part}": value[part] for part in ("count", "of")}
        case "counts" | "days":
            ticked = {f"{field.name}-{code}": True for code in value}
            beside = {f"{field.name}-{code}-n": said for code, said in value.items() if said is not None}
            if field.kind == "days":
                beside = {name: date.fromisoformat(said) for name, said in beside.items()}
            return ticked | beside
        case "weeks":
            return {field.name: f"{round(value / DAYS, 1):g}"}
        case "day":
            return {field.name: date.fromisoformat(value)}
    return {field.name: value}
