"""Ratings as a page shows them and as a form sends them back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from wtforms import Field, Form, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from ddcat.instrument import Dimension, Item
from ddcat.records import Assessment, Rating
from ddcat.web.forms.fields import LINE, text, tidy, warning
from ddcat.words import _

EVIDENCE = 4000
_REVISION = re.compile("[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as its page shows it: what stands in the fields, the stamp of what is saved, what was refused."""

    item: Item
    value: int | None
    evidence: str
    stamp: str
    rating_errors: tuple[str, ...] = ()
    evidence_errors: tuple[str, ...] = ()
    warning: str = ""
    reason: str = ""

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """What was refused, each with the id of the field to go to: the first choice, or the evidence."""
        first_choice = f"{self.item.id}-rating-{self.item.ratings[0]}"
        return [(first_choice, error) for error in self.rating_errors] + [
            (f"{self.item.id}-evidence", error) for error in (*self.evidence_errors, self.warning) if error
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
    def warning(self) -> str:
        """What in new evidence looks like patient data; "" where nothing does."""
        return warning(self.said.evidence) if self.said.evidence != self.saved.evidence else ""

    @property
    def reason(self) -> str:
        """Why it may stay all the same."""
        return str(self.form.reason.data or "")

    def is_fit(self) -> bool:
        """Whether it can be saved: what was chosen exists, and what looks like patient data is explained."""
        return bool(self.form.validate()) and (bool(self.reason) or not self.warning)

    @property
    def is_touched(self) -> bool:
        """Whether somebody changed what the page showed, and did not choose to keep what was saved."""
        return bool(self.form.keep.data != "saved" and self.form.stamp.data != stamp(self.said))

    @property
    def shown(self) -> Shown:
        """The same fields again, with what was refused in them; in place of a refused rating the saved one."""
        wrong, too_much = tuple(self.form.rating.errors), tuple(self.form.evidence.errors)
        value = self.saved.value if wrong else self.said.value
        stamp = self.form.stamp.data or ""
        return Shown(self.item, value, self.said.evidence, stamp, wrong, too_much, self.warning, self.reason)


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
        evidence = TextAreaField(filters=[tidy], validators=text(EVIDENCE))
        stamp = HiddenField()
        keep = HiddenField()
        reason = StringField(filters=[tidy], validators=text(LINE))

        def validate_rating(self, field: Field) -> None:
            if field.data != "" and field.data not in ratings:
                raise ValidationError(unanchored)

    return RatingForm


def _item_form(item: Item) -> type[Form]:
    offered = ", ".join(map(str, item.ratings))
    return _item_form_class(item.ratings, _("Choose one of %(ratings)s, or “not yet rated”.", ratings=offered))


def _rating(value: Any) -> int | str:
    sent = str(value).strip()
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 3 else sent
