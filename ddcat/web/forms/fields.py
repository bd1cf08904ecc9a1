"""What every form shares: its token, its sentences, its kinds of field, and how it tells what was refused."""

import re
from decimal import Decimal
from hashlib import sha256
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field, Form, HiddenField, RadioField, SelectMultipleField, StringField
from wtforms.validators import Length, ValidationError

from ddcat import identifiers
from ddcat.signs import strange
from ddcat.words import _
from ddcat.words import later as _later

LINE = 200
_PLAIN = re.compile(r"[+-]?[0-9]*\.?[0-9]*")
_THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+")


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


class HouseForm(FlaskForm):
    """The token is checked once for the whole application, by CSRFProtect."""

    shown = HiddenField()
    overrule = StringField(filters=[lambda text: tidy(text)[:LINE]])
    standing = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.suspected: list[str] = []

    class Meta:
        csrf = False

        def wrap_formdata(self, _form: Form, _formdata: object) -> Any:
            """What a browser's form sends, which is text: no files, no JSON with values of other kinds."""
            return request.form if request.method == "POST" else None

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


def over(form: type[HouseForm], data: dict[str, Any]) -> HouseForm:
    """The form over what is saved now, by which it can tell later whether that has changed."""
    form.standing = sha256(repr(sorted(data.items())).encode()).hexdigest()[:16]
    return form(data=data | {"shown": form.standing})


class NumberField(StringField):
    """A number from 0 to `most`; what is none stays in the field as it was typed, with one sentence."""

    def __init__(self, number: type[int] | type[Decimal], most: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.number, self.most = number, most

    def process_formdata(self, valuelist: list[str]) -> None:
        text = (valuelist or [""])[0].strip()
        self.data = None
        if not text:
            return
        plain = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
        try:
            value = self.number(plain if _PLAIN.fullmatch(plain) else "")
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


def text(most: int) -> list[Any]:
    """What every text that a person types is held to: its length, its signs, and no patient data unless explained."""

    def printable(_form: Form, field: Field) -> None:
        if strange(field.data or ""):
            raise ValidationError(_("Remove the signs that cannot be printed."))

    def harmless(form: Form, field: Field) -> None:
        said = warning(field.data or "") if field.data != field.object_data else ""
        if said and isinstance(form, HouseForm):
            form.suspected.append(field.name)
            if not form.overrule.data:
                raise ValidationError(said)

    return [Length(max=most, message=_("Shorten this to %(most)s characters.", most=most)), printable, harmless]


def warning(text: str) -> str:
    """What in this text looks like patient data, and what to do; "" where nothing does."""
    found = identifiers.suspicions(text)
    if not found:
        return ""
    return _(
        "“%(words)s” looks like %(what)s. Take it out; if it is none, say why it may stay.",
        words=text[found[0].start : found[0].end],
        what=_(identifiers.KINDS[found[0].kind]),
    )


def tidy(text: str | None) -> str:
    """No blanks around, one kind of line ending."""
    return (text or "").replace("\r\n", "\n").strip()


def _anchor(field: Field) -> str:
    """Where a link to a field goes: the first radio button, not the group."""
    return f"{field.id}-0" if isinstance(field, RadioField | SelectMultipleField) else str(field.id)
