"""Forms of the portfolio: a name to keep a choice under, and the tags of a program."""

from collections.abc import Iterable

from wtforms import Field, Form, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, ValidationError

from ddcat.importing import LONGEST_TAG, MOST_TAGS
from ddcat.web.forms.fields import LINE, HouseForm, over, text, tidy
from ddcat.words import _

FILTERS, PROGRAMS = "filters", "programs"


def save_form(*, is_open: bool) -> HouseForm:
    """A name for a choice; `is_open`: it was made by filters, so that programs that fit later could come in."""

    class SaveForm(HouseForm):
        name = StringField(
            _("Name of this choice"),
            filters=[tidy],
            validators=[DataRequired(_("Enter a name for this choice.")), *text(LINE)],
            description=_(
                "Whoever opens it reads its name, who made it, and the words of its filters, such as tag and state."
                " Nobody sees more programs by it than before."
            ),
        )

    if is_open:
        SaveForm.how = RadioField(
            _("What is kept"),
            choices=[
                SelectChoice(FILTERS, _("The filters: programs that fit later come in by themselves")),
                SelectChoice(PROGRAMS, _("Exactly these programs")),
            ],
            default=FILTERS,
        )
    return SaveForm()


def erase_form() -> HouseForm:
    """Why a saved choice is erased."""

    class EraseForm(HouseForm):
        reason = StringField(
            _("Reason"), filters=[tidy], validators=[DataRequired(_("Enter the reason.")), *text(LINE)]
        )

    return EraseForm()


def tags_form(tags: Iterable[str]) -> HouseForm:
    """The tags of a program, in one line."""

    class TagsForm(HouseForm):
        tags = StringField(
            _("Tags"),
            filters=[tidy],
            validators=[*text(MOST_TAGS * (LONGEST_TAG + 2)), _few],
            description=_("Words to find this program by among others, with commas between: rural, pilot 2027."),
        )

    return over(TagsForm, {"tags": ", ".join(tags)})


def words(typed: str | None) -> list[str]:
    """The tags that were typed, each once."""
    every = (" ".join(word.split()) for word in (typed or "").split(","))
    return list({word.casefold(): word for word in every if word}.values())


def _few(_form: Form, field: Field) -> None:
    found = words(field.data)
    if len(found) > MOST_TAGS:
        raise ValidationError(_("Enter at most %(most)s tags.", most=MOST_TAGS))
    if any(len(word) > LONGEST_TAG for word in found):
        raise ValidationError(_("Shorten each tag to %(most)s characters.", most=LONGEST_TAG))
