"""Forms made from the cover sheet: an agency, a program, an assessment as it begins and as it goes on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

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

from ddcat import facts, facts_sheet
from ddcat.answers import is_web
from ddcat.choosing import Suggestion, Why
from ddcat.display import day, period
from ddcat.instrument import Instrument
from ddcat.records import Agency, Assessment, Program
from ddcat.web.forms.fields import LINE, HouseForm, NumberField, over, text, tidy
from ddcat.words import _, n_
from ddcat.words import later as _later

PERIODS = range(1, 13)

_WHY = {
    Why.ALONE: "",
    Why.LAST: _later("What is chosen is what the last assessment of this program was rated with."),
    Why.FACTS: _later("What is chosen fits the facts of this program and its agency. Change it if that is wrong."),
}

_A_RATING = {
    "self": _later("a self-rating"),
    "peer": _later("a peer rating"),
    "external": _later("an external rating"),
    None: _later("one whose kind of rater is not stated"),
}


_LEVEL = facts_sheet.FACTS["F6"]
_PLACE = facts.only(facts_sheet.BESIDE, ("address", "state", "capacity"))
FIRST = (*_PLACE, facts.Block(_LEVEL.title, _LEVEL.every))
"""What is asked of a program as it is added; the level of care with date and source, as on its fact sheet."""

_Judge = Callable[[facts.Facts], Iterable[tuple[str, str]]]
"""What is wrong with facts as they were sent, each with the name of its field."""


def agency_form(agency: Agency | None = None) -> HouseForm:
    """Name and facts of an agency."""
    return _facts_form(facts.AGENCY, _("Enter the name of the agency."), agency)


def first_form(today: date) -> HouseForm:
    """Name and first facts of a program that is added."""
    wrong = partial(facts_sheet.mistakes, (_LEVEL,), today=today)
    return _facts_form(FIRST, _("Enter the name of the program."), None, wrong)


def program_form(program: Program) -> HouseForm:
    """Name and facts of a program, without what is told on its fact sheet."""
    return _facts_form(facts_sheet.BESIDE, _("Enter the name of the program."), program)


def known(form: Form, blocks: tuple[facts.Block, ...]) -> dict[str, object]:
    """The facts that were filled in, as the store keeps them."""
    values = {field.name: form[field.name].data for field in facts.fields(blocks)}
    known = {name: value for name, value in values.items() if value is not None and value is not False}
    return {name: _plain(value) for name, value in known.items() if value not in ("", [])}


def start_form(
    instruments: Iterable[Instrument],
    suggestion: Suggestion | None,
    follows: Mapping[str, int],
    today: date,
    kinds: Sequence[str],
    last: Mapping[str, Assessment] | None = None,
) -> HouseForm:
    """What must be known to begin an assessment; `last` is the one to carry ratings from, by name of instrument.

    `follows` is by name of instrument the time period that comes next. Where nobody chooses another one, the form
    says 0: which it is depends on the instrument that is chosen with it.
    """
    shelved = tuple(instruments)
    offered = [SelectChoice(instrument.name, instrument.title) for instrument in shelved]
    earlier = {name: one for name, one in (last or {}).items() if one.kind in kinds}
    why = next((_unlike(one.kind, kinds[0]) for one in (last or {}).values()), "") if not earlier else ""

    class StartForm(HouseForm):
        instrument = RadioField(
            _("Instrument") if len(offered) == 1 else _("What kind of program is it?"),
            choices=offered,
            default=suggestion and suggestion.name,
            description=_(_WHY[suggestion.why]) if suggestion else "",
            validators=[InputRequired(_("Choose what kind of program it is."))],
        )
        assessed_on, kind, rater, _any_period = _cover_fields(today, kinds, why)
        period = _next_period_field(shelved, follows)

        def validate_carry(self, field: Field) -> None:
            """Ratings are carried within one instrument and one kind of rater, and from an earlier day."""
            source = next((one for one in earlier.values() if one.ref == field.data), None)
            if source and earlier.get(self.instrument.data) != source:
                raise ValidationError(
                    _("That assessment was rated with another instrument: choose it, or start with nothing rated.")
                )
            if source and self.kind.data in kinds and source.kind != self.kind.data:
                raise ValidationError(_unlike(source.kind, self.kind.data))
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
    return StartForm(data={"period": 0, "assessed_on": today, "kind": kinds[0]})


def _unlike(was: str | None, now: str) -> str:
    """Why one kind of rater takes over nothing from another."""
    return _(
        "The last assessment is %(was)s; %(now)s begins with nothing.", was=_(_A_RATING[was]), now=_(_A_RATING[now])
    )


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
        "Only ratings are carried, and only for the same kind of rater; evidence and reasons stay with the assessment"
        " they were written for. What nobody touches is counted as “carried, not re-rated” in every report. Not for"
        " raters who rate alone: they begin with nothing."
    )
    return RadioField(_("What to begin with"), choices=choices, default="", description=hint)


def _next_period_field(instruments: Iterable[Instrument], follows: Mapping[str, int]) -> Field:
    """The time period: by itself the one that follows, which is told of each of these instruments."""
    told = "; ".join(f"{instrument.short}: {period(follows[instrument.name])}" for instrument in instruments)
    by_itself = SelectChoice(0, _("The next one"))
    said = _("The next one follows what was sealed with the instrument: %(periods)s.", periods=told)
    return _period_field([by_itself, *_periods()], said)


def cover_form(assessment: Assessment, today: date, kinds: Sequence[str]) -> HouseForm:
    """The cover sheet of an assessment that has begun."""

    class CoverForm(HouseForm):
        assessed_on, kind, rater, period = _cover_fields(today, kinds)

        def validate_kind(self, field: Field) -> None:
            """What one kind of rater gave does not become the rating of another."""
            if assessment.carried and field.data != assessment.kind:
                raise ValidationError(_as_it_was(len(assessment.carried)))

        def validate_assessed_on(self, field: Field) -> None:
            """Ratings are carried to a later day."""
            said = field.data.isoformat()
            if assessment.carried and assessment.carried_from[-1] >= said != assessment.assessed_on:
                raise ValidationError(
                    _(
                        "Ratings were carried here from %(day)s: enter a later date.",
                        day=day(assessment.carried_from[-1]),
                    )
                )

    for field in facts.fields(facts.COVER):
        setattr(CoverForm, field.name, _fact_field(field))
    begun = {
        "assessed_on": date.fromisoformat(assessment.assessed_on),
        "kind": assessment.kind,
        "rater": assessment.rater,
        "period": assessment.period,
    }
    return over(CoverForm, {**assessment.cover, **begun})


def _as_it_was(n: int) -> str:
    """Why a draft stays with its kind of rater."""
    return n_(
        "%(num)s rating is carried from an earlier assessment, and its kind of rater stays with it."
        " Leave the kind as it was and rate it anew first, or start another assessment with nothing rated.",
        "%(num)s ratings are carried from an earlier assessment, and its kind of rater stays with them."
        " Leave the kind as it was and rate them anew first, or start another assessment with nothing rated.",
        n,
    )


def amend_form() -> HouseForm:
    """Why a sealed assessment is amended."""

    class AmendForm(HouseForm):
        reason = TextAreaField(
            _("Reason for the amendment"),
            filters=[tidy],
            validators=[DataRequired(_("Enter the reason for the amendment.")), *text(1000)],
        )

    return AmendForm()


def _facts_form(
    blocks: tuple[facts.Block, ...], unnamed: str, standing: Agency | Program | None, wrong: _Judge = lambda _told: ()
) -> HouseForm:
    class FactsForm(HouseForm):
        name = StringField(_("Name"), filters=[tidy], validators=[DataRequired(unnamed), *text(LINE)])

        def validate(self, extra_validators: Any = None) -> bool:
            """Each field by itself, and then what the facts say."""
            if super().validate(extra_validators):
                for name, said in wrong(known(self, blocks)):
                    self[name].errors = [*self[name].errors, said]
            return not self.errors

    for field in facts.fields(blocks):
        setattr(FactsForm, field.name, _fact_field(field))
    told = {"name": standing.name, **standing.facts} if standing else {}
    names = ["name", *(field.name for field in facts.fields(blocks))]
    return over(FactsForm, {name: told[name] for name in names if name in told})


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
        case "day":
            return DateField(label, validators=[Optional()], description=hint)
        case "yes":
            return BooleanField(label, description=hint)
        case "lines":
            return TextAreaField(label, filters=[tidy], validators=text(1000), description=hint)
        case "web":
            return address_field(label, hint)
        case _:
            return StringField(label, filters=[tidy], validators=text(LINE), description=hint)


def address_field(label: str, hint: str) -> Field:
    """A web address that begins with https."""

    def is_address(_form: Form, field: Field) -> None:
        if field.data and not is_web(field.data):
            raise ValidationError(_("Enter a whole web address: it begins with https:// and names a site."))

    return StringField(label, filters=[tidy], validators=[*text(LINE), is_address], description=hint)


def _cover_fields(today: date, kinds: Sequence[str], hint: str = "") -> tuple[Field, Field, Field, Field]:
    def not_later(_form: Form, field: Field) -> None:
        if field.data and field.data > today:
            raise ValidationError(_("Enter a date that is not in the future."))

    def not_ancient(_form: Form, field: Field) -> None:
        if field.data and field.data.year < facts_sheet.judging.FIRST_YEAR:
            raise ValidationError(_("Enter a date from 2000 on."))

    day = DateField(
        _("Date of the assessment"),
        validators=[InputRequired(_("Enter the date of the assessment.")), not_later, not_ancient],
    )
    offered = [SelectChoice(code, _(said)) for code, said in facts.KINDS.items() if code in kinds]
    kind = RadioField(_("Who rates"), choices=offered, description=hint)
    rater = StringField(
        _("Name of the rater, or of the raters"),
        filters=[tidy],
        validators=[DataRequired(_("Enter the name of whoever rates.")), *text(LINE)],
    )
    return day, kind, rater, _period_field(_periods())


def _periods() -> list[SelectChoice]:
    return [SelectChoice(n, period(n)) for n in PERIODS]


def _period_field(choices: list[SelectChoice], hint: str = "") -> Field:
    return SelectField(_("Time period"), choices=choices, coerce=int, description=hint)


def _plain(value: object) -> object:
    """A value as JSON keeps it: 6.5, 7, text, a day as ISO text, a list of codes."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
