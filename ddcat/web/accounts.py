"""One's own account: logging in, joining by a link, password, second factor, what was typed when a login ended."""

import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from ddcat import deeds, factors, passwords, store
from ddcat.records import Person
from ddcat.store import feeds, links, people, roles, typed
from ddcat.store.people import LoginTaken
from ddcat.web.forms.fields import HouseForm, wanted
from ddcat.web.forms.people import code_form, join_form, login_form, password_form, plain_login
from ddcat.web.local import local
from ddcat.web.session import asker, begin, clear, db, end, person
from ddcat.web.tries import Tries
from ddcat.words import _

bp = Blueprint("accounts", __name__)

CODE_SECONDS = 600


@bp.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """Log in; an account with a second factor is asked for its code next."""
    form = login_form(local(request.args.get("next")))
    if request.method == "POST":
        found = _recognized(form)
        if found is not None and found.has_factor:
            clear()
            session["half"] = [found.ref, found.epoch, int(time.time()), local(form.next.data)]
            return redirect(url_for(".code"))
        if found is not None:
            return let_in(found, form.next.data)
    elif asker() is not None:
        return redirect(url_for("home.home"))
    page = render_template(
        "pages/login.html",
        form=form,
        is_new=people.is_new(db()),
        is_plain=not request.is_secure and not _is_loopback(),
        needs_tls=current_app.config["SESSION_COOKIE_SECURE"] and not request.is_secure,
        invented=_invented(),
        sso=current_app.config["OIDC_NAME"] if current_app.config["OIDC_ISSUER"] else "",
    )
    return page, wanted(form)


@bp.route("/login/code", methods=["GET", "POST"])
def code() -> ResponseReturnValue:
    """The second factor of a login that has begun."""
    ref, epoch, since, back = session.get("half") or ("", 0, 0, "")
    if not ref or time.time() - since > CODE_SECONDS:
        return redirect(url_for(".login"))
    form = code_form()
    if form.validate_on_submit():
        found = people.get(db(), ref)
        is_able = found.epoch == epoch and not found.disabled_at
        if _is_right_code(form.code, found, is_able=is_able):
            return let_in(found, back)
    return render_template("pages/code.html", form=form), wanted(form)


@bp.post("/logout")
def logout() -> ResponseReturnValue:
    """Log out here."""
    end()
    flash(_("You are logged out."))
    return redirect(url_for(".login"))


@bp.route("/join/<token>", methods=["GET", "POST"])
def join(token: str) -> ResponseReturnValue:
    """Open a one-time link: become the first administrator, join, or set a new password."""
    link = links.find(db(), token)
    if link.purpose == links.RESET:
        return _reset(token, people.get(db(), link.person))
    if request.method == "POST" and asker() is not None and "accept" in request.form:
        links.accept(db(), token, person())
        flash(_("You now have the role that you were invited to."))
        return redirect(url_for("home.home"))
    form = join_form(link.name, link.login)
    if asker() is None and form.validate_on_submit():
        kept = passwords.hashed(form.password.data)
        try:
            joined = links.join(db(), token, name=form.name.data, login=form.login.data, password=kept)
            return let_in(joined, "")
        except LoginTaken:
            said = _("Somebody has this login already. If it is you, log in first, then open the link again.")
            form.login.errors = [said]
    page = render_template("pages/join.html", form=form, link=link)
    return page, wanted(form)


@bp.get("/account")
def show(address: str = "") -> ResponseReturnValue:
    """One's own account; `address` is that of a calendar which was made just now."""
    given, kept = roles.of_person(db(), person()), typed.all(db(), person())
    calendar = {"address": address, "made_at": feeds.made_at(db(), person())}
    return render_template("pages/account.html", person=person(), given=given, kept=kept, calendar=calendar)


@bp.route("/account/password", methods=["GET", "POST"])
def password() -> ResponseReturnValue:
    """Another password; every other session ends."""
    form = password_form(person().name, str(person().login), old=True)
    if form.validate_on_submit() and _is_hers(form.old):
        with store.writing(db()):
            people.set_password(db(), person(), person(), passwords.hashed(form.password.data))
        begin(people.get(db(), person().ref))
        flash(_("The new password is set. You are logged out everywhere else."))
        return redirect(url_for(".show"))
    return render_template("pages/password.html", form=form, title=_("New password"), person=person()), wanted(form)


@bp.post("/account/sessions")
def sessions() -> ResponseReturnValue:
    """Log out on every other device."""
    people.end_sessions(db(), person())
    begin(people.get(db(), person().ref))
    flash(_("You are logged out everywhere else."))
    return redirect(url_for(".show"))


@bp.route("/account/factor", methods=["GET", "POST"])
def factor() -> ResponseReturnValue:
    """Switch the second factor on: show its picture, and believe it only when a code from the app is right."""
    if person().has_factor:
        return redirect(url_for(".show"))
    secret = session.setdefault("factor", factors.new_secret())
    form = code_form(password=True)
    if form.validate_on_submit() and _is_hers(form.password):
        step = factors.step_of(secret, form.code.data)
        if step is not None:
            codes = factors.new_recovery()
            people.set_factor(db(), person(), person(), secret, [factors.recovery_digest(code) for code in codes])
            people.use_step(db(), person(), step)
            begin(people.get(db(), person().ref))
            return render_template("pages/recovery.html", codes=codes)
        form.code.errors = [_("This code is not right. Check the clock of the phone, and wait for the next one.")]
    picture = Markup(factors.picture(secret, str(person().login), _("QR code for the app")))
    return render_template("pages/factor.html", form=form, picture=picture, secret=secret), wanted(form)


@bp.route("/account/factor/off", methods=["GET", "POST"])
def factor_off() -> ResponseReturnValue:
    """Switch the second factor off: only with a code, so that an open screen is not enough."""
    if not person().has_factor:
        return redirect(url_for(".show"))
    form = code_form()
    if form.validate_on_submit() and _is_right_code(form.code, person()):
        people.set_factor(db(), person(), person(), None)
        begin(people.get(db(), person().ref))
        flash(_("The second factor is off: your password alone lets you in."))
        return redirect(url_for(".show"))
    return render_template("pages/factor_off.html", form=form), wanted(form)


@bp.get("/account/typed")
def typed_forms() -> ResponseReturnValue:
    """What was typed when a login ended, form by form."""
    return render_template("pages/typed.html", kept=typed.all(db(), person()))


@bp.post("/account/typed/send")
def send_typed() -> ResponseReturnValue:
    """Send a form that was kept where it was to go: the browser repeats what the page of kept forms sent."""
    kept = typed.get(db(), person(), request.args.get("path", ""))
    session["sent"] = kept.path
    return redirect(kept.path, 307)


@bp.after_app_request
def forget_what_arrived(response: Response) -> Response:
    """A kept form is thrown away once the page that it was for has taken it in."""
    if request.method == "POST" and session.get("sent") == request.path:
        session.pop("sent")
        if response.status_code < 400 and asker() is not None:
            typed.forget(db(), person(), request.path)
    return response


@bp.post("/account/typed/forget")
def forget_typed() -> ResponseReturnValue:
    """Throw a kept form away."""
    typed.forget(db(), person(), request.args.get("path", ""))
    flash(_("It is thrown away."))
    return redirect(url_for(".typed_forms"))


def _recognized(form: HouseForm) -> Person | None:
    """The person with this login and password; else the form says, the same for every reason, that it is wrong."""
    login = plain_login(form.login.data)[:200]
    if _tries().is_too_many(login, _address()):
        form.login.errors = [_too_many()]
        return None
    try:
        account = people.account(db(), people.by_login(db(), login))
    except store.Missing:
        account = None
    right = passwords.fits(account.password if account else None, form.password.data or "")
    if account is None or not right or account.person.disabled_at:
        form.login.errors = [_("This login and this password do not belong together. Check both and try again.")]
        return None
    _tries().forget(login, _address())
    if account.password and passwords.is_old(account.password):
        people.rehash(db(), account, passwords.hashed(form.password.data))
    return account.person


def let_in(found: Person, back: str | None) -> ResponseReturnValue:
    """Log somebody in, and on to what was kept for her, or to where she wanted to go."""
    begin(found)
    if typed.all(db(), found):
        return redirect(url_for("accounts.typed_forms"))
    return redirect(local(back))


def _reset(token: str, found: Person) -> ResponseReturnValue:
    form = password_form(found.name, str(found.login))
    if form.validate_on_submit():
        links.set_password(db(), token, passwords.hashed(form.password.data))
        end()
        flash(_("The new password is set. Log in with it."))
        return redirect(url_for(".login"))
    page = render_template("pages/password.html", form=form, title=_("New password"), person=found)
    return page, wanted(form)


def _invented() -> list[tuple[Person, list[str]]]:
    """In the demo: everybody there is, with what she is to whom."""
    if not current_app.config["DEMO_PASSWORD"]:
        return []
    return [(one, list(dict.fromkeys(map(_told, roles.of_person(db(), one))))) for one in people.all(db())]


def _told(given: roles.Given) -> str:
    role = deeds.role(given.role)
    return _("%(role)s, %(where)s", role=role, where=given.name) if given.name else role


def _is_hers(field: Any) -> bool:
    """Whether this is the present password of whoever is logged in."""
    kept = people.account(db(), person()).password
    wrong = _("This is not your present password.")
    return _is_guessed(field, str(person().login), lambda: passwords.fits(kept, field.data or ""), wrong)


def _is_right_code(field: Any, found: Person, *, is_able: bool = True) -> bool:
    """Whether this is a code of this person's second factor, or a recovery code, and she may come in with it."""
    wrong = _("This code is not right, or was used already. Wait for the next one.")
    return _is_guessed(field, f"code {found.ref}", lambda: is_able and _is_code(found, field.data), wrong)


def _is_guessed(field: Any, key: str, is_right: Callable[[], bool], wrong: str) -> bool:
    """Whether a secret is right, counted as one try before it is looked at; else the field says what is wrong."""
    if _tries().is_too_many(key, _address()):
        field.errors = [_too_many()]
    elif is_right():
        _tries().forget(key, _address())
        return True
    else:
        field.errors = [wrong]
    return False


def _is_code(found: Person, code: str) -> bool:
    secret = people.account(db(), found).factor
    if not secret:
        return False
    step = factors.step_of(secret, code)
    if step is not None:
        return people.use_step(db(), found, step)
    return people.use_recovery(db(), found, factors.recovery_digest(code))


def _tries() -> Tries:
    return current_app.extensions["tries"]  # type: ignore[no-any-return]


def _address() -> str:
    return request.remote_addr or ""


def _is_loopback() -> bool:
    return _address() in ("127.0.0.1", "::1")


def _too_many() -> str:
    return _("There were too many tries. Wait a quarter of an hour, then try again.")
