"""People: who may do what where, invitations by one-time link, accounts that end."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ddcat import access, store
from ddcat.access import Role
from ddcat.store import agencies, links, people, programs, roles
from ddcat.web import post
from ddcat.web.forms.fields import HouseForm, wanted
from ddcat.web.forms.people import ROLES, invite_form
from ddcat.web.session import db, person
from ddcat.words import _

bp = Blueprint("people", __name__)


@bp.get("/people")
def all() -> ResponseReturnValue:
    """Everybody with an account."""
    everybody = people.all(db())
    given = {one.ref: roles.of_person(db(), one) for one in everybody}
    return render_template("pages/people.html", people=everybody, given=given, roles=ROLES)


@bp.route("/people/invite", methods=["GET", "POST"])
def invite() -> ResponseReturnValue:
    """Invite another administrator."""
    form = invite_form([Role.ADMINISTRATOR])
    if form.validate_on_submit():
        return invited(form, "", "")
    return render_template("pages/invite.html", form=form), wanted(form)


@bp.post("/people/<ref>/disable")
def disable(ref: str) -> ResponseReturnValue:
    """End every session of somebody, and let her in no more."""
    one = people.get(db(), ref)
    if one.ref == person().ref:
        flash(_("You cannot disable your own account; another administrator can."))
    else:
        people.disable(db(), person(), one)
        flash(_("%(name)s can no longer log in. What she or he did stays.", name=one.name))
    return redirect(url_for(".all"))


@bp.post("/people/<ref>/enable")
def enable(ref: str) -> ResponseReturnValue:
    """Let somebody in again."""
    one = people.get(db(), ref)
    people.enable(db(), person(), one)
    flash(_("%(name)s can log in again.", name=one.name))
    return redirect(url_for(".all"))


@bp.post("/people/<ref>/reset")
def reset(ref: str) -> ResponseReturnValue:
    """A one-time link with which somebody sets a new password."""
    one = people.get(db(), ref)
    token = links.reset(db(), person(), one)
    return _show_link(token, one.name, str(one.login), links.RESET, url_for(".all"))


@bp.post("/people/<ref>/administrator")
def administrator(ref: str) -> ResponseReturnValue:
    """Make somebody an administrator, or no longer; the last one stays."""
    one = people.get(db(), ref)
    if not one.is_administrator:
        roles.give(db(), person(), one, Role.ADMINISTRATOR)
    elif one.ref == person().ref:
        flash(_("You cannot take this role from yourself; another administrator can."))
    else:
        roles.take(db(), person(), one.ref, Role.ADMINISTRATOR)
    return redirect(url_for(".all"))


@bp.route("/agencies/<ref>/people", methods=["GET", "POST"])
def of_agency(ref: str) -> ResponseReturnValue:
    """Who is what in an agency and its programs."""
    agency = agencies.get(db(), person(), ref)
    mine = [program for program in programs.all(db(), person()) if program.agency.ref == ref]
    places = [(f"agency/{ref}", _("All programs of %(name)s", name=agency.name))]
    places += [(f"program/{program.ref}", program.name) for program in mine]
    back = url_for("home.home")
    return _page("agency", ref, agency.name, places, back, url_for(".leave_agency", ref=ref))


@bp.route("/programs/<ref>/people", methods=["GET", "POST"])
def of_program(ref: str) -> ResponseReturnValue:
    """Who is what in a program."""
    program = programs.get(db(), person(), ref)
    places = [(f"program/{ref}", program.name)]
    back = url_for("programs.show", ref=ref)
    return _page("program", ref, program.name, places, back, url_for(".leave_program", ref=ref))


@bp.post("/agencies/<ref>/people/leave")
def leave_agency(ref: str) -> ResponseReturnValue:
    """Take a role back, in an agency or one of its programs."""
    return leave("agency", ref, url_for(".of_agency", ref=ref))


@bp.post("/programs/<ref>/people/leave")
def leave_program(ref: str) -> ResponseReturnValue:
    """Take a role back, in a program or one of its assessments."""
    return leave("program", ref, url_for(".of_program", ref=ref))


def _page(
    place: str, ref: str, name: str, places: list[tuple[str, str]], back: str, leave: str
) -> ResponseReturnValue:
    form = invite_form([role for role in ROLES if place in access.PLACES_OF[role]], places)
    if request.method == "POST" and form.validate():
        kind, _slash, at = (form.place.data if "place" in form else places[0][0]).partition("/")
        return invited(form, kind, at)
    page = render_template(
        "pages/people_here.html",
        form=form,
        name=name,
        given=roles.given(db(), place, ref),
        links=links.open_in(db(), place, ref),
        back=back,
        leave=leave,
        roles=ROLES,
    )
    return page, wanted(form)


def invited(form: HouseForm, place: str, ref: str) -> ResponseReturnValue:
    """Invite whom the form names to this place, and show the link."""
    name, login, role = form.name.data, form.login.data, form.role.data
    token = links.invite(db(), person(), name=name, login=login, role=role, place=place, ref=ref)
    return _show_link(token, name, login, links.INVITE, request.path if place else url_for(".all"))


def _show_link(token: str, name: str, login: str, purpose: str, back: str) -> ResponseReturnValue:
    """The link, once; it also goes by mail where mail is set up and the login is an address."""
    link = url_for("accounts.join", token=token, _external=True)
    sent = post.send_link(purpose, name, login, link)
    days = links.DAYS[purpose]
    return render_template("pages/link.html", link=link, name=name, days=days, sent=sent, back=back)


def leave(place: str, ref: str, back: str) -> ResponseReturnValue:
    """An invitation is withdrawn, or a role taken that is held in this place or inside it; never one's own."""
    if digest := request.form.get("link"):
        links.withdraw(db(), person(), digest, place, ref)
        flash(_("The invitation is withdrawn: its link no longer works."))
        return redirect(back)
    person_ref, role, kind, at = (request.form.get(name, "") for name in ("person", "role", "place", "at"))
    found = [
        given
        for given in roles.given(db(), place, ref)
        if (given.person.ref, given.role, given.place, given.ref) == (person_ref, role, kind, at)
    ]
    if not found:
        raise store.Missing(person_ref)
    if person_ref == person().ref and role == Role.DIRECTOR:
        flash(_("You cannot take this role from yourself; another director or an administrator can."))
    else:
        roles.take(db(), person(), person_ref, role, kind, at)
        flash(_("%(name)s no longer has this role here.", name=found[0].person.name))
    return redirect(back)
