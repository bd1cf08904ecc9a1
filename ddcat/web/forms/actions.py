"""An action as a form: what will be done, by whom, until when, and what will prove it; and how far it has come.

A field that did not arrive says what is saved, so that a board can send the state alone. `opened` says of each value
what it was when the page was opened, so that a page with two versions can tell who changed what.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import DateField, Field, Form, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Optional, ValidationError

from ddcat import actions as judged
from ddcat.deeds import ACTION_STATES
from ddcat.instrument import Instrument, Item
from ddcat.records import Action, Person
from ddcat.web.forms.fields import LINE, HouseForm, text, tidy
from ddcat.words import _, later

LONG = 4000
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
EFFORTS = range(1, 6)
MOVING = ("state", "seen", "reason")
"""What somebody may say who works on an action but does not change it."""

SETTLED = (judged.AGREED, judged.UNDER_WAY, judged.DONE, judged.PROVEN)
"""States that need somebody who does it, and a day."""

MEASURED_AS = {
    "": later("Nothing is counted"),
    "share": later("A share: so many out of so many"),
    "number": later("A number, such as days"),
}
_PARTS = {
    "what": (later("What will be done"), ("what",)),
    "rating": (later("Rating"), ("rating", "expected")),
    "owner": (later("Owner"), ("owner_ref", "owner")),
    "starts_on": (later("Starts on"), ("starts_on",)),
    "due_on": (later("Due on"), ("due_on",)),
    "proof": (later("Evidence that will prove it"), ("proof",)),
    "effort": (later("Effort"), ("effort",)),
    "measured": (later("What is counted over time"), ("measured", "measured_as")),
    "state": (later("State"), ("state",)),
    "seen": (later("What was seen that proves it"), ("seen",)),
    "reason": (later("Why it is dropped"), ("reason",)),
}
_REVISION = re.compile("[0-9]{1,9}")


class Version(NamedTuple):
    """A part of an action that was saved in one way and entered in another.

    `hers` and `theirs`: whether whoever asks, and whether somebody else, changed it since she opened the page.
    `fields` are what her browser sent for it.
    """

    part: str
    label: str
    hers: bool
    theirs: bool
    fields: Mapping[str, str]


def action_form(
    instrument: Instrument | None,
    owners: Sequence[Person],
    action: Action,
    *,
    ratings: Sequence[int] = (),
    only: Sequence[str] = (),
) -> HouseForm:
    """The form of an action over what it says now; `ratings` are those it may begin at, `only` what may change."""
    item = instrument.by_id.get(action.item) if instrument else None
    people = {person.ref: person.name for person in owners}
    if action.owner_ref not in people | {"": ""}:
        people[action.owner_ref] = _("%(name)s, who no longer reaches this program", name=action.owner)
    saved = values(action)

    class ActionForm(HouseForm):
        revision = HiddenField()
        opened = HiddenField()
        what = TextAreaField(
            _("What will be done"),
            filters=[tidy],
            validators=[DataRequired(_("Enter what will be done.")), *text(LONG)],
            description=_("One thing that somebody can begin on a Monday. Never who it is about."),
        )
        rating = SelectField(_("From"), choices=[_choice(each) for each in ratings or (action.rating,)])
        expected = SelectField(
            _("To which rating it shall rise"), choices=_anchors(instrument, item, action, ratings)
        )
        owner_ref = SelectField(
            _("Owner: a person with an account"),
            choices=[SelectChoice("", _("Nobody yet, or somebody else")), *_choices(people)],
            description=_("Sees this action, works on it, and finds its days among her own."),
        )
        owner = StringField(
            _("Owner: somebody else, by name"),
            filters=[tidy],
            validators=text(LINE),
            description=_("Only where the owner has no account: a name, a role or a team."),
        )
        starts_on = DateField(_("Starts on (optional)"), validators=[Optional(), _sensible])
        due_on = DateField(
            _("Due on"), validators=[Optional(), _sensible], description=_("Needed, with an owner, from “agreed” on.")
        )
        proof = TextAreaField(
            _("Evidence that will prove it"),
            filters=[tidy],
            validators=text(LONG),
            description=_("What somebody from outside could see, read or count when it is done."),
        )
        effort = SelectField(_("Effort (optional)"), choices=_efforts())
        measured = StringField(
            _("What is counted over time (optional)"),
            filters=[tidy],
            validators=text(LINE),
            description=_("For instance: charts audited with the field filled; days from admission to evaluation."),
        )
        measured_as = SelectField(
            _("What one count is"),
            choices=_choices({code: _(said) for code, said in MEASURED_AS.items()}),
            description=_("Settled before the first count is entered."),
        )
        state = SelectField(_("State"), choices=_choices({code: _(said) for code, said in ACTION_STATES.items()}))
        seen = TextAreaField(
            _("What was seen that proves it"),
            filters=[tidy],
            validators=text(LONG),
            description=_("Only when it is proven: what was seen, read or counted, where and when. Never who."),
        )
        reason = TextAreaField(
            _("Why it is dropped"), filters=[tidy], validators=text(LONG), description=_("Only when it is dropped.")
        )

        class Meta(HouseForm.Meta):
            def wrap_formdata(self, _form: Form, _formdata: object) -> Any:
                return MultiDict(saved | {"opened": ""} | _sent(only)) if request.method == "POST" else None

        def validate_measured_as(self, field: Field) -> None:
            if only:
                return
            self._refuse_uncounted(field)
            if field.data and not self.measured.data:
                raise ValidationError(_("Enter what is counted, or choose that nothing is."))
            if self.measured.data and not field.data:
                raise ValidationError(_("Say whether one count is a share or a number."))

        def _refuse_uncounted(self, field: Field) -> None:
            """Counts that were entered mean what they meant."""
            said = field.data if self.measured.data else ""
            if action.points and action.measured and said != action.measured_as:
                raise ValidationError(_("Counts are entered already: take them away first, or leave this as it is."))

        def validate(self, *more: Any, **named: Any) -> bool:
            """Each field by itself, then together; what no field of the page can mend stands at the state."""
            for name in self._fields.keys() - {*only, "revision", "overrule"} if only else ():
                self[name].validators = (Optional(),)  # what she cannot change is not hers to mend
            is_sound = bool(super().validate(*more, **named))
            lacking = [] if self.errors else list(_lacking(self))
            for name, said in lacking:
                field = self[name if not only or name in only else "state"]
                field.errors = [*field.errors, said]
            return is_sound and not lacking

    return ActionForm(data=_data(action) | {"revision": str(action.revision), "opened": _stamps(saved)})


def values(action: Action) -> dict[str, str]:
    """What a browser would send for an action that nobody touched."""
    names = [name for _label, part in _PARTS.values() for name in part]
    said = {name: str(getattr(action, name) or "") for name in names}
    return said | ({"owner": ""} if action.owner_ref else {})


def told(form: HouseForm, action: Action) -> Action:
    """The action that a form says, over the revision that its page showed."""
    owner_ref, revision = form.owner_ref.data, form.revision.data or ""
    names = {choice.value: choice.label for choice in form.owner_ref.choices} | {action.owner_ref: action.owner}
    said: dict[str, Any] = {
        **{name: form[name].data for name in ("what", "proof", "state", "seen", "reason", "measured")},
        **{name: form[name].data.isoformat() if form[name].data else "" for name in ("starts_on", "due_on")},
    }
    return replace(
        action,
        **said,
        rating=int(form.rating.data),
        expected=int(form.expected.data),
        owner_ref=owner_ref,
        owner=names[owner_ref] if owner_ref else form.owner.data,
        effort=int(form.effort.data) if form.effort.data else None,
        measured_as=form.measured_as.data or "" if form.measured.data else "",
        revision=int(revision) if _REVISION.fullmatch(revision) else 0,
    )


def versions(form: HouseForm, saved: Action, mine: Action) -> list[Version]:
    """Where what is saved now and what was entered differ, part by part."""
    stood = dict(re.findall(r"(\w+)=(\w+)", form.opened.data or ""))
    standing, entered = values(saved), values(mine)
    found = []
    for part, (label, names) in _PARTS.items():
        fields = {name: entered[name] for name in names}
        if fields != {name: standing[name] for name in names}:
            now, hers, then = _stamp(standing, part), _stamp(entered, part), stood.get(part)
            found.append(Version(part, _(label), hers=hers != then, theirs=now != then, fields=fields))
    return found


def opened(action: Action) -> str:
    """What a page that shows this action keeps, to tell later who changed what."""
    return _stamps(values(action))


def _sent(only: Sequence[str]) -> dict[str, str]:
    """What a browser sent, but for parts of which she chose to keep what is saved."""
    kept = [
        name for part, (_l, names) in _PARTS.items() if request.form.get(f"{part}-keep") == "saved" for name in names
    ]
    allowed = {*only, "revision", "opened", "overrule"} if only else request.form.keys()
    return {name: request.form[name] for name in request.form if name in allowed and name not in kept}


def _lacking(form: HouseForm) -> list[tuple[str, str]]:
    """What does not go together, each with the field where it is mended."""
    state = form.state.data
    start, due, has_owner = form.starts_on.data, form.due_on.data, form.owner_ref.data or form.owner.data
    named = {"state": _(ACTION_STATES[state])}
    wrong = {
        ("expected", _("Choose a rating above %(rating)s, where it begins.", rating=form.rating.data)): (
            int(form.expected.data) <= int(form.rating.data)
        ),
        ("owner", _("Choose a person or enter a name, not both.")): bool(form.owner_ref.data and form.owner.data),
        ("due_on", _("This is before the action starts. Enter a later day.")): bool(start and due and due < start),
        ("owner_ref", _("An action that is %(state)s needs an owner: choose a person or enter a name.", **named)): (
            state in SETTLED and not has_owner
        ),
        ("due_on", _("An action that is %(state)s needs a day on which it is due.", **named)): (
            state in SETTLED and not due
        ),
        ("seen", _("Enter what was seen that proves it.")): state == judged.PROVEN and not form.seen.data,
        ("reason", _("Enter why it is dropped.")): state == judged.DROPPED and not form.reason.data,
    }
    return [lack for lack, is_so in wrong.items() if is_so]


def _sensible(_form: Form, field: Field) -> None:
    if field.data and not EARLIEST <= field.data <= LATEST:
        raise ValidationError(_("Enter a day from 2000 to 2100."))


def _data(action: Action) -> dict[str, Any]:
    """The same as the fields hold it."""
    days = {name: getattr(action, name) for name in ("starts_on", "due_on")}
    return values(action) | {name: date.fromisoformat(day) if day else None for name, day in days.items()}


def _choice(value: int) -> SelectChoice:
    return SelectChoice(str(value), str(value))


def _choices(named: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice(code, said) for code, said in named.items()]


def _anchors(
    instrument: Instrument | None, item: Item | None, action: Action, ratings: Sequence[int]
) -> list[SelectChoice]:
    """The anchored ratings above the one it begins at, each with its name."""
    lowest = min(ratings or (action.rating,))
    names = instrument.rating.names if instrument else {}
    above = [rating for rating in item.ratings if rating > lowest] if item else [action.expected]
    return [
        SelectChoice(str(rating), f"{rating}: {names[rating]}" if rating in names else str(rating))
        for rating in above
    ]


def _efforts() -> list[SelectChoice]:
    ends = {1: _("1: least"), 5: _("5: most")}
    return [SelectChoice("", _("Not said")), *(SelectChoice(str(n), ends.get(n, str(n))) for n in EFFORTS)]


def _stamp(said: Mapping[str, str], part: str) -> str:
    content = repr([said[name] for name in _PARTS[part][1]])
    return sha256(content.encode()).hexdigest()[:8]


def _stamps(said: Mapping[str, str]) -> str:
    return " ".join(f"{part}={_stamp(said, part)}" for part in _PARTS)
