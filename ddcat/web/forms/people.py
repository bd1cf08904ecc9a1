"""Forms about people: logging in, joining, passwords, second factor, invitations."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import Field, Form, HiddenField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, ValidationError

from ddcat import passwords
from ddcat.access import Role
from ddcat.web.forms.fields import LINE, HouseForm, text, tidy
from ddcat.words import _, later

LOGIN = re.compile(r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*@[a-z0-9-]+(\.[a-z0-9-]+)*|[a-z0-9._+-]{2,}")
_READ = 400
_FILLERS = "\u115f\u1160\u3164\uffa0"

ROLES = {
    Role.DIRECTOR: later("Director: everything in it, people too"),
    Role.RATER: later("Rater: rates the assessments that name her or him"),
    Role.CONSULTANT: later("Consultant: sees it, rates as an external rater"),
    Role.QUALITY: later("Quality team: reads sealed results, plans the work and works on actions, rates nothing"),
    Role.READER: later("Reader: reads sealed results and plans"),
    Role.ADMINISTRATOR: later("Administrator: people and agencies of the whole installation"),
}


class SecretField(StringField):
    """A password: never shown again."""


def plain_login(typed: str | None) -> str:
    """A login as it is compared: small letters, no blanks around. Of a megabyte only the beginning is read."""
    return unicodedata.normalize("NFKC", (typed or "")[:_READ]).strip().casefold()


def one_line(typed: str | None) -> str:
    """A name as it is kept: on one line, with single blanks."""
    return " ".join((typed or "").split())


def login_form(back: str) -> HouseForm:
    """Login and password; what is wrong with them is never said apart. `back` is where to go then."""

    class LoginForm(HouseForm):
        pass

    fields = {
        "login": StringField(_("E-mail address or login name"), render_kw={"autocomplete": "username"}),
        "password": _secret(_("Password"), "current-password"),
        "next": HiddenField(),
    }
    return _with(LoginForm, fields)(data={"next": back})


def code_form(*, password: bool = False) -> HouseForm:
    """The second factor, or a recovery code; `password`: the present one is asked for too."""

    class CodeForm(HouseForm):
        pass

    missing = DataRequired(_("Enter the code."))
    render = {"autocomplete": "one-time-code"}
    fields = {"code": StringField(_("Code"), filters=[tidy], validators=[missing], render_kw=render)}
    if password:
        fields["password"] = _secret(_("Present password"), "current-password")
    return _with(CodeForm, fields)()


def _secret(label: str, autocomplete: str = "new-password") -> Field:
    return SecretField(label, validators=[], render_kw={"autocomplete": autocomplete})


def _login_field(label: str) -> Field:
    return StringField(
        label,
        filters=[plain_login],
        validators=[DataRequired(_("Enter an e-mail address or a login name.")), *text(100), _is_login],
        render_kw={"autocomplete": "username"},
    )


def _is_login(_form: Form, field: Field) -> None:
    if not LOGIN.fullmatch(field.data or ""):
        said = _("Use letters from a to z, digits and . _ + - only: an e-mail address, or at least two signs.")
        raise ValidationError(said)


def _name_field(missing: str) -> Field:
    return StringField(
        _("Name"),
        filters=[one_line],
        validators=[DataRequired(missing), *text(LINE), _is_seen],
        render_kw={"autocomplete": "name"},
    )


def _is_seen(_form: Form, field: Field) -> None:
    if not any(sign.isalnum() and sign not in _FILLERS for sign in field.data or ""):
        raise ValidationError(_("Enter a name with letters."))


class _NewPassword(HouseForm):
    """A password typed twice; `known` is what anybody would guess."""

    known: tuple[str, ...] = ()

    def validate_password(self, field: Field) -> None:
        """Refuse what is too easy."""
        known = [self[name].data or "" for name in ("name", "login") if name in self]
        if said := passwords.problem(field.data or "", *self.known, *known):
            raise ValidationError(said)

    def validate_again(self, field: Field) -> None:
        """Refuse what was mistyped."""
        if field.data != self["password"].data:
            raise ValidationError(_("The two passwords are not the same. Type the second one again."))


def join_form(name: str, login: str) -> HouseForm:
    """Name, login and password of a new account."""

    class JoinForm(_NewPassword):
        pass

    fields = {
        "name": _name_field(_("Enter your name, as others shall read it.")),
        "login": _login_field(_("E-mail address or login name")),
        "password": _secret(_("Password")),
        "again": _secret(_("Password again")),
    }
    return _with(JoinForm, fields)(data={"name": name, "login": login})


def password_form(*known: str, old: bool = False) -> HouseForm:
    """A new password; `old`: the present one is asked for too."""

    class PasswordForm(_NewPassword):
        pass

    PasswordForm.known = known
    fields = {"old": _secret(_("Present password"), "current-password")} if old else {}
    fields |= {"password": _secret(_("New password")), "again": _secret(_("New password again"))}
    return _with(PasswordForm, fields)()


def invite_form(roles: Sequence[Role], places: Iterable[tuple[str, str]] = ()) -> HouseForm:
    """Whom to invite, as what, and where; `places` are codes with names, where there is a choice."""

    class InviteForm(HouseForm):
        pass

    offered = [SelectChoice(role.value, _(ROLES[role])) for role in roles]
    where = [SelectChoice(code, name) for code, name in places]
    usual = Role.READER if Role.READER in roles else roles[0]
    fields: dict[str, Any] = {
        "name": _name_field(_("Enter the name of the person.")),
        "login": StringField(
            _("E-mail address (optional)"), filters=[plain_login], validators=[*text(100), _is_login_or_nothing]
        ),
        "role": RadioField(_("Role"), choices=offered, default=usual.value),
    }
    if len(where) > 1:
        fields["place"] = SelectField(_("Where"), choices=where)
    return _with(InviteForm, fields)()


def erase_form() -> HouseForm:
    """The very text to erase, and why."""

    class EraseForm(HouseForm):
        pass

    return _with(
        EraseForm,
        {
            "text": StringField(
                _("The whole text to erase, exactly as it stands"),
                filters=[tidy],
                validators=[DataRequired(_("Enter the text."))],
            ),
            "reason": StringField(
                _("Reason"), filters=[tidy], validators=[DataRequired(_("Enter the reason.")), *text(LINE)]
            ),
        },
    )()


def _is_login_or_nothing(form: Form, field: Field) -> None:
    if field.data:
        _is_login(form, field)


def _with(form: type[HouseForm], fields: dict[str, Any]) -> type[HouseForm]:
    for name, field in fields.items():
        setattr(form, name, field)
    return form
