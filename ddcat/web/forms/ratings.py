"""Ratings as a page shows them and as a form sends them back."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from wtforms import Field, Form, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from ddcat.evidence import above, limit
from ddcat.instrument import Item
from ddcat.records import Assessment, Evidence, Rating
from ddcat.web.forms.fields import LINE, text, tidy, warning
from ddcat.words import _

WHY = 4000
SENTENCE = 10  # characters at least, where a reason is needed: one word convinces nobody
_REVISION = re.compile("[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as its page shows it: what stands in the fields, the stamp of what is saved, what was refused.

    `mark` says, as markup, that its rating was carried and not given anew.
    """

    item: Item
    value: int | None
    why: str
    stamp: str
    rating_errors: tuple[str, ...] = ()
    why_errors: tuple[str, ...] = ()
    warning: str = ""
    reason: str = ""
    mark: str = ""

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """What was refused, each with the id of the field to go to: the first choice, or the reason."""
        first_choice = f"{self.item.id}-rating-{self.item.ratings[0]}"
        return [(first_choice, error) for error in self.rating_errors] + [
            (f"{self.item.id}-why", error) for error in (*self.why_errors, self.warning) if error
        ]


@dataclass(frozen=True, slots=True)
class Posted:
    """One item as a page sent it, over what is saved: a field that did not arrive says what is saved."""

    item: Item
    form: Form
    saved: Rating
    lines: tuple[Evidence, ...] = ()
    is_differing: bool = False

    @property
    def said(self) -> Rating:
        """What the form now says; its revision is the one that the page showed."""
        rating, why = self.form.rating, self.form.why
        value = rating.data if isinstance(rating.data, int) else None
        said = (
            value if rating.raw_data else self.saved.value,
            why.data if why.raw_data else self.saved.why,
        )
        revision, _dot, _content = (self.form.stamp.data or "0.").partition(".")
        return Rating(*said, int(revision) if _REVISION.fullmatch(revision) else 0)

    @property
    def warning(self) -> str:
        """What in a new reason looks like patient data; "" where nothing does."""
        return warning(self.said.why) if self.said.why != self.saved.why else ""

    @property
    def reason(self) -> str:
        """Why it may stay all the same."""
        return str(self.form.reason.data or "")

    @property
    def refusal(self) -> str:
        """Why this rating cannot be saved although it exists; "" where it can, and where nothing was changed."""
        said = self.said
        if (said.value, said.why) == (self.saved.value, self.saved.why):
            return ""
        if self.is_differing and said.value is not None and len(said.why) < SENTENCE:
            return _(
                "The raters did not all give the same here: write below, in a sentence, why this rating was agreed."
            )
        over = above(self.item, said.value, self.lines)
        if not over:
            return ""
        ceiling = limit(self.item, over[0])
        if over[0].is_everybody:
            return _("Everybody was counted, and the count allows at most %(ceiling)s.", ceiling=ceiling)
        if len(said.why) >= SENTENCE:
            return ""
        return _(
            "The sample allows at most %(ceiling)s. Write below, in a sentence, why %(rating)s is right all the"
            " same.",
            ceiling=ceiling,
            rating=said.value,
        )

    def is_fit(self) -> bool:
        """Whether it can be saved: it exists, counts allow it, and what looks like patient data is explained."""
        return bool(self.form.validate()) and (bool(self.reason) or not self.warning) and not self.refusal

    @property
    def is_touched(self) -> bool:
        """Whether somebody changed what the page showed, and did not choose to keep what was saved."""
        return bool(self.form.keep.data != "saved" and self.form.stamp.data != stamp(self.said))

    @property
    def shown(self) -> Shown:
        """The same fields again, with what was refused in them; in place of a refused rating the saved one."""
        wrong, too_much = tuple(self.form.rating.errors), tuple(self.form.why.errors)
        counted = (self.refusal,) if self.refusal and not wrong else ()
        value = self.saved.value if wrong else self.said.value
        stamp = self.form.stamp.data or ""
        return Shown(self.item, value, self.said.why, stamp, wrong + counted, too_much, self.warning, self.reason)


def stamp(rating: Rating) -> str:
    """Revision and content as a page shows them, so that it can tell later whether it was touched."""
    content = sha256(f"{rating.value}\n{rating.why}".encode()).hexdigest()[:16]
    return f"{rating.revision}.{content}"


def shown_items(items: Iterable[Item], assessment: Assessment) -> list[Shown]:
    """These items with what was said so far."""
    said = ((item, assessment.said(item.id)) for item in items)
    return [Shown(item, rating.value, rating.why, stamp(rating)) for item, rating in said]


def posted_items(
    items: Iterable[Item], assessment: Assessment, data: Mapping[str, Any], differing: Collection[str] = ()
) -> list[Posted]:
    """Those of these items that a form sent; `differing` are the ids of items on which raters differed."""
    return [
        Posted(
            item,
            _item_form(item)(data, prefix=f"{item.id}-"),
            assessment.said(item.id),
            assessment.of(item.id),
            item.id in differing,
        )
        for item in items
        if f"{item.id}-stamp" in data
    ]


@lru_cache(maxsize=512)
def _item_form_class(ratings: tuple[int, ...], unanchored: str) -> type[Form]:
    choices = [SelectChoice("", ""), *(SelectChoice(value, str(value)) for value in ratings)]

    class RatingForm(Form):
        rating = RadioField(choices=choices, coerce=_rating, default="", validate_choice=False)
        why = TextAreaField(filters=[tidy], validators=text(WHY))
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
