"""Forms made from the cover sheet: an agency, a program, an assessment as it begins and as it goes on."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from wtforms import (
    BooleanField,
    DateField,
    Field,
    Form,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Optional, ValidationError

from ddcat import facts
from ddcat.display import day, period
from ddcat.instrument import Instrument
from ddcat.records import Agency, Assessment, Program
from ddcat.web.forms.fields import LINE, HouseForm, NumberField, over, text, tidy
from ddcat.words import _

PERIODS = range(1, 13)


def agency_form(agency: Agency | None = None) -> HouseForm:
    """Name and facts of an agency."""
    return _facts_form(facts.AGENCY, _("Enter the name of the agency."), agency)


def program_form(program: Program | None = None) -> HouseForm:
    """Name and facts of a program."""
    return _facts_form(facts.PROGRAM, _("Enter the name of the program."), program)


def known(form: Form, blocks: tuple[facts.Block, ...]) -> dict[str, object]:
    """The facts that were filled in, as the store keeps them."""
    values = {field.name: form[field.name].data for field in facts.fields(blocks)}
    known = {name: value for name, value in values.items() if value is not None and value is not False}
    return {name: _plain(value) for name, value in known.items() if value not in ("", [])}


def start_form(
    instruments: Iterable[Instrument],
    period: int,
    today: date,
    kinds: Sequence[str],
    last: Mapping[str, Assessment] | None = None,
) -> HouseForm:
    """What must be known to begin an assessment; `last` is the one to carry ratings from, by name of instrument."""
    shelved = tuple(instruments)
    offered = [SelectChoice(instrument.name, instrument.title) for instrument in shelved]
    earlier = last or {}

    class StartForm(HouseForm):
        instrument = RadioField(_("Instrument"), choices=offered, default=offered[0].value)
        assessed_on, kind, rater, period = _cover_fields(today, kinds)

        def validate_carry(self, field: Field) -> None:
            """Ratings are carried within one instrument, and from an earlier day."""
            source = next((one for one in earlier.values() if one.ref == field.data), None)
            if source and earlier.get(self.instrument.data) != source:
                raise ValidationError(
                    _("That assessment was rated with another instrument: choose it, or start with nothing rated.")
                )
            if source and self.assessed_on.data and self.assessed_on.data.isoformat() <= source.assessed_on:
                raise ValidationError(
                    _(
                        "Ratings are carried to a later day: enter a date after %(day)s, or start with nothing"
                        " rated.",
                        day=day(source.assessed_on),
                    )
                )

    if earlier:
        StartForm.carry = _carry_field(shelved, earlier)
    return StartForm(data={"period": period, "assessed_on": today, "kind": kinds[0]})


def _carry_field(instruments: Iterable[Instrument], last: Mapping[str, Assessment]) -> Field:
    """Whether to begin with nothing rated, or with the ratings of the last assessment by one of these instruments."""
    choices = [SelectChoice("", _("Start with nothing rated"))]
    for instrument in instruments:
        if earlier := last.get(instrument.name):
            said = _(
                "Start from the last sealed assessment of %(day)s (%(instrument)s): ratings are carried and marked"
                " until you touch them",
                day=day(earlier.assessed_on),
                instrument=instrument.short,
            )
            choices.append(SelectChoice(earlier.ref, said))
    hint = _(
        "Only ratings are carried; evidence and reasons stay with the assessment they were written for. What nobody"
        " touches is counted as “carried, not re-rated” in every report. Not for raters who rate alone: they begin"
        " with nothing."
    )
    return RadioField(_("What to begin with"), choices=choices, default="", description=hint)


def cover_form(assessment: Assessment, today: date, kinds: Sequence[str]) -> HouseForm:
    """The cover sheet of an assessment that has begun."""

    class CoverForm(HouseForm):
        assessed_on, kind, rater, period = _cover_fields(today, kinds)

    for field in facts.fields(facts.COVER):
        setattr(CoverForm, field.name, _fact_field(field))
    begun = {
        "assessed_on": date.fromisoformat(assessment.assessed_on),
        "kind": assessment.kind,
        "rater": assessment.rater,
        "period": assessment.period,
    }
    return over(CoverForm, {**assessment.cover, **begun})


def amend_form() -> HouseForm:
    """Why a sealed assessment is amended."""

    class AmendForm(HouseForm):
        reason = TextAreaField(
            _("Reason for the amendment"),
            filters=[tidy],
            validators=[DataRequired(_("Enter the reason for the amendment.")), *text(1000)],
        )

    return AmendForm()


def _facts_form(blocks: tuple[facts.Block, ...], unnamed: str, standing: Agency | Program | None) -> HouseForm:
    class FactsForm(HouseForm):
        name = StringField(_("Name"), filters=[tidy], validators=[DataRequired(unnamed), *text(LINE)])

    for field in facts.fields(blocks):
        setattr(FactsForm, field.name, _fact_field(field))
    return over(FactsForm, {"name": standing.name, **standing.facts} if standing else {})


def _fact_field(field: facts.Field) -> Field:
    label, hint = _(field.label), _(field.hint) if field.hint else ""
    codes = [SelectChoice(code, _(said)) for code, said in (field.choices or {}).items()]
    match field.kind:
        case "choice":
            return RadioField(label, choices=[SelectChoice("", _("Not known")), *codes], default="", description=hint)
        case "choices":
            return SelectMultipleField(label, choices=codes, description=hint)
        case "number":
            return NumberField(int, 10_000_000, label, validators=[Optional()], description=hint)
        case "hours":
            return NumberField(Decimal, 10_000, label, validators=[Optional()], description=hint)
        case "yes":
            return BooleanField(label, description=hint)
        case "lines":
            return TextAreaField(label, filters=[tidy], validators=text(1000), description=hint)
        case _:
            return StringField(label, filters=[tidy], validators=text(LINE), description=hint)


def _cover_fields(today: date, kinds: Sequence[str]) -> tuple[Field, Field, Field, Field]:
    def not_later(_form: Form, field: Field) -> None:
        if field.data and field.data > today:
            raise ValidationError(_("Enter a date that is not in the future."))

    def not_ancient(_form: Form, field: Field) -> None:
        if field.data and field.data.year < 2000:
            raise ValidationError(_("Enter a date from 2000 on."))

    day = DateField(
        _("Date of the assessment"),
        validators=[InputRequired(_("Enter the date of the assessment.")), not_later, not_ancient],
    )
    offered = [SelectChoice(code, _(said)) for code, said in facts.KINDS.items() if code in kinds]
    kind = RadioField(_("Who rates"), choices=offered)
    rater = StringField(
        _("Name of the rater, or of the raters"),
        filters=[tidy],
        validators=[DataRequired(_("Enter the name of whoever rates.")), *text(LINE)],
    )
    counts = [SelectChoice(n, period(n)) for n in PERIODS]
    return day, kind, rater, SelectField(_("Time period"), choices=counts, coerce=int)


def _plain(value: object) -> object:
    """A value as JSON keeps it: 6.5, 7, text, a list of codes."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
