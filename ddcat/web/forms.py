"""Forms, made from the cover sheet and from the instrument. WTForms parses and validates; macros draw."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from ddcat import facts
from ddcat.instrument import Dimension, Instrument, Item
from ddcat.records import Agency, Assessment, Program, Rating
from ddcat.words import _
from ddcat.words import later as _later

LINE = 200
_THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+")
_REVISION = re.compile("[0-9]{1,9}")
EVIDENCE = 4000
PERIODS = range(1, 13)


class _Sentences:
    """What WTForms says by itself, in our words: a person is told what to do."""

    own = {
        "Not a valid date value.": _later("Enter the date as year-month-day, such as 2026-11-22."),
        "Not a valid choice.": _later("Choose one of the choices that are offered."),
        "Invalid Choice: could not coerce.": _later("Choose one of the choices that are offered."),
    }
    choice = _later("Choose only from what is offered.")

    def gettext(self, message: str) -> str:
        return _(self.own.get(message, message))

    def ngettext(self, singular: str, plural: str, num: int) -> str:
        return _(self.choice)


class _Form(FlaskForm):
    """The token is checked once for the whole application, by CSRFProtect."""

    shown = HiddenField()
    standing = ""

    class Meta:
        csrf = False

        def get_translations(self, form: Form) -> _Sentences:
            return _Sentences()

    def validate_shown(self, field: Field) -> None:
        """Refuse, once, to write over what another window saved after this page was opened."""
        sent, field.data = field.data, self.standing
        if sent and sent != self.standing:
            raise ValidationError(
                _(
                    "This was changed in another window after you opened the page. Nothing is written over yet: look"
                    " at the saved version in a new window, then save again to keep what stands here."
                )
            )


def _over(form: type[_Form], data: dict[str, Any]) -> Form:
    """The form over what is saved now, by which it can tell later whether that has changed."""
    form.standing = sha256(repr(sorted(data.items())).encode()).hexdigest()[:16]
    return form(data=data | {"shown": form.standing})


class _NumberField(StringField):
    """A number from 0 to `most`; what is none stays in the field as it was typed, with one sentence."""

    def __init__(self, number: type[int] | type[Decimal], most: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.number, self.most = number, most

    def process_formdata(self, valuelist: list[str]) -> None:
        text = (valuelist or [""])[0].strip()
        self.data = None
        if not text:
            return
        try:
            value = self.number(text.replace(",", "") if _THOUSANDS.fullmatch(text) else text)
            sound = 0 <= value <= self.most
        except (ValueError, ArithmeticError):
            sound = False
        if not sound:
            said = (
                _("%(label)s: enter a whole number from 0 to %(most)s.", label=self.label.text, most=f"{self.most:,}")
                if self.number is int
                else _("%(label)s: enter a number from 0 to %(most)s.", label=self.label.text, most=f"{self.most:,}")
            )
            raise ValueError(said)
        self.data = value

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)


def wanted(form: Form) -> int:
    """The status of a page with this form: 422 when it was refused."""
    return 422 if form.errors else 200


def mistakes(form: Form) -> list[tuple[str, str]]:
    """What was refused, each with the id of the field to go to."""
    return [(_anchor(field), str(error)) for field in form for error in field.errors]


def agency_form(agency: Agency | None = None) -> Form:
    """Name and facts of an agency."""
    return _facts_form(facts.AGENCY, _("Enter the name of the agency."), agency)


def program_form(program: Program | None = None) -> Form:
    """Name and facts of a program."""
    return _facts_form(facts.PROGRAM, _("Enter the name of the program."), program)


def known(form: Form, blocks: tuple[facts.Block, ...]) -> dict[str, object]:
    """The facts that were filled in, as the store keeps them."""
    values = {field.name: form[field.name].data for field in facts.fields(blocks)}
    known = {name: value for name, value in values.items() if value is not None and value is not False}
    return {name: _plain(value) for name, value in known.items() if value not in ("", [])}


def start_form(instruments: Iterable[Instrument], period: int, today: date) -> Form:
    """What must be known to begin an assessment."""
    offered = [SelectChoice(instrument.name, instrument.title) for instrument in instruments]

    class StartForm(_Form):
        instrument = RadioField(_("Instrument"), choices=offered, default=offered[0].value)
        assessed_on, kind, rater, period = _cover_fields(today)

    return StartForm(data={"period": period, "assessed_on": today, "kind": "self"})


def cover_form(assessment: Assessment, today: date) -> Form:
    """The cover sheet of an assessment that has begun."""

    class CoverForm(_Form):
        assessed_on, kind, rater, period = _cover_fields(today)

    for field in facts.fields(facts.COVER):
        setattr(CoverForm, field.name, _fact_field(field))
    begun = {
        "assessed_on": date.fromisoformat(assessment.assessed_on),
        "kind": assessment.kind,
        "rater": assessment.rater,
        "period": assessment.period,
    }
    return _over(CoverForm, {**assessment.cover, **begun})


def amend_form() -> Form:
    """Why a sealed assessment is amended."""

    class AmendForm(_Form):
        reason = TextAreaField(
            _("Reason for the amendment"),
            filters=[_tidy],
            validators=[DataRequired(_("Enter the reason for the amendment.")), *_text(1000)],
        )

    return AmendForm()


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as its page shows it: what stands in the fields, the stamp of what is saved, what was refused."""

    item: Item
    value: int | None
    evidence: str
    stamp: str
    rating_errors: tuple[str, ...] = ()
    evidence_errors: tuple[str, ...] = ()

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """What was refused, each with the id of the field to go to: the first choice, or the evidence."""
        first_choice = f"{self.item.id}-rating-{self.item.ratings[0]}"
        return [(first_choice, error) for error in self.rating_errors] + [
            (f"{self.item.id}-evidence", error) for error in self.evidence_errors
        ]


@dataclass(frozen=True, slots=True)
class Posted:
    """One item as a page sent it, over what is saved: a field that did not arrive says what is saved."""

    item: Item
    form: Form
    saved: Rating

    @property
    def said(self) -> Rating:
        """What the form now says; its revision is the one that the page showed."""
        rating, evidence = self.form.rating, self.form.evidence
        value = rating.data if isinstance(rating.data, int) else None
        said = (
            value if rating.raw_data else self.saved.value,
            evidence.data if evidence.raw_data else self.saved.evidence,
        )
        revision, _dot, _content = (self.form.stamp.data or "0.").partition(".")
        return Rating(*said, int(revision) if _REVISION.fullmatch(revision) else 0)

    @property
    def is_touched(self) -> bool:
        """Whether somebody changed what the page showed, and did not choose to keep what was saved."""
        return bool(self.form.keep.data != "saved" and self.form.stamp.data != stamp(self.said))

    @property
    def shown(self) -> Shown:
        """The same fields again, with what was refused in them; in place of a refused rating the saved one."""
        wrong, too_much = tuple(self.form.rating.errors), tuple(self.form.evidence.errors)
        value = self.saved.value if wrong else self.said.value
        return Shown(self.item, value, self.said.evidence, self.form.stamp.data or "", wrong, too_much)


def stamp(rating: Rating) -> str:
    """Revision and content as a page shows them, so that it can tell later whether it was touched."""
    content = sha256(f"{rating.value}\n{rating.evidence}".encode()).hexdigest()[:16]
    return f"{rating.revision}.{content}"


def shown_items(dimension: Dimension, assessment: Assessment) -> list[Shown]:
    """Every item of a dimension with what was said so far."""
    said = ((item, assessment.said(item.id)) for item in dimension.items)
    return [Shown(item, rating.value, rating.evidence, stamp(rating)) for item, rating in said]


def posted_items(dimension: Dimension, assessment: Assessment, data: Mapping[str, Any]) -> list[Posted]:
    """The items that a form sent, all of the page or a single one."""
    return [
        Posted(item, _item_form(item)(data, prefix=f"{item.id}-"), assessment.said(item.id))
        for item in dimension.items
        if f"{item.id}-stamp" in data
    ]


@lru_cache(maxsize=512)
def _item_form_class(ratings: tuple[int, ...], unanchored: str) -> type[Form]:
    choices = [SelectChoice("", ""), *(SelectChoice(value, str(value)) for value in ratings)]

    class RatingForm(Form):
        rating = RadioField(choices=choices, coerce=_rating, default="", validate_choice=False)
        evidence = TextAreaField(filters=[_tidy], validators=_text(EVIDENCE))
        stamp = HiddenField()
        keep = HiddenField()

        def validate_rating(self, field: Field) -> None:
            if field.data != "" and field.data not in ratings:
                raise ValidationError(unanchored)

    return RatingForm


def _item_form(item: Item) -> type[Form]:
    offered = ", ".join(map(str, item.ratings))
    return _item_form_class(item.ratings, _("Choose one of %(ratings)s, or “not yet rated”.", ratings=offered))


def _rating(value: Any) -> int | str:
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else text


def _facts_form(blocks: tuple[facts.Block, ...], unnamed: str, standing: Agency | Program | None) -> Form:
    class FactsForm(_Form):
        name = StringField(_("Name"), filters=[_tidy], validators=[DataRequired(unnamed), *_text(LINE)])

    for field in facts.fields(blocks):
        setattr(FactsForm, field.name, _fact_field(field))
    return _over(FactsForm, {"name": standing.name, **standing.facts} if standing else {})


def _fact_field(field: facts.Field) -> Field:
    label, hint = _(field.label), _(field.hint) if field.hint else ""
    codes = [SelectChoice(code, _(text)) for code, text in (field.choices or {}).items()]
    match field.kind:
        case "choice":
            return RadioField(label, choices=[SelectChoice("", _("Not known")), *codes], default="", description=hint)
        case "choices":
            return SelectMultipleField(label, choices=codes, description=hint)
        case "number":
            return _NumberField(int, 10_000_000, label, validators=[Optional()], description=hint)
        case "hours":
            return _NumberField(Decimal, 10_000, label, validators=[Optional()], description=hint)
        case "yes":
            return BooleanField(label, description=hint)
        case "lines":
            return TextAreaField(label, filters=[_tidy], validators=_text(1000), description=hint)
        case _:
            return StringField(label, filters=[_tidy], validators=_text(LINE), description=hint)


def _cover_fields(today: date) -> tuple[Field, Field, Field, Field]:
    from ddcat.display import period

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
    kinds = [SelectChoice(code, _(text)) for code, text in facts.KINDS.items()]
    kind = RadioField(_("Who rates"), choices=kinds)
    rater = StringField(
        _("Name of the rater, or of the raters"),
        filters=[_tidy],
        validators=[DataRequired(_("Enter the name of whoever rates.")), *_text(LINE)],
    )
    counts = [SelectChoice(n, period(n)) for n in PERIODS]
    return day, kind, rater, SelectField(_("Time period"), choices=counts, coerce=int)


def _text(most: int) -> list[Any]:
    def printable(_form: Form, field: Field) -> None:
        if any(ord(sign) < 32 and sign not in "\n\t" for sign in field.data or ""):
            raise ValidationError(_("Remove the signs that cannot be printed."))

    return [Length(max=most, message=_("Shorten this to %(most)s characters.", most=most)), printable]


def _plain(value: object) -> object:
    """A value as JSON keeps it: 6.5, 7, text, a list of codes."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _tidy(text: str | None) -> str:
    """No blanks around, one kind of line ending."""
    return (text or "").replace("\r\n", "\n").strip()


def _anchor(field: Field) -> str:
    """Where a link to a field goes: the first radio button, not the group."""
    return f"{field.id}-0" if isinstance(field, RadioField | SelectMultipleField) else str(field.id)


def wants_json() -> bool:
    """Whether the page's script asks, which reads a short answer instead of a page."""
    return request.accept_mimetypes.best == "application/json"
