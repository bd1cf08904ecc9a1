"""Stands before every view: who asks, which record, and whether her roles there allow it.

`ROUTES` says of every address what it takes; a test walks them all, and one that is missing is refused.
"""

from typing import NamedTuple

from flask import Flask, abort, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from ddcat import access
from ddcat.access import Act, Held
from ddcat.store import actions, agencies, assessments, programs
from ddcat.web import unsent
from ddcat.web.local import here
from ddcat.web.session import asker, db, person, was
from ddcat.words import _


class Takes(NamedTuple):
    """What an address takes: something that may be done, in the kind of place that its `ref` names."""

    act: Act | None = None
    place: str = ""


ANYBODY = Takes()
LOGGED_IN = Takes(place="person")

ROUTES: dict[str, Takes] = {
    "static": ANYBODY,
    "home.favicon": ANYBODY,
    "home.paper_style": ANYBODY,
    "accounts.login": ANYBODY,
    "accounts.code": ANYBODY,
    "accounts.join": ANYBODY,
    "languages.choose": ANYBODY,
    "sso.login": ANYBODY,
    "sso.back": ANYBODY,
    "home.home": LOGGED_IN,
    "accounts.logout": LOGGED_IN,
    "accounts.show": LOGGED_IN,
    "accounts.password": LOGGED_IN,
    "accounts.sessions": LOGGED_IN,
    "accounts.factor": LOGGED_IN,
    "accounts.factor_off": LOGGED_IN,
    "accounts.typed_forms": LOGGED_IN,
    "accounts.send_typed": LOGGED_IN,
    "accounts.forget_typed": LOGGED_IN,
    "warnings.check": LOGGED_IN,
    "instruments.all": LOGGED_IN,
    "instruments.show": LOGGED_IN,
    "instruments.pdf": LOGGED_IN,
    "instruments.paper": LOGGED_IN,
    "samples.sample": LOGGED_IN,
    "people.all": Takes(Act.ADMINISTER),
    "people.invite": Takes(Act.ADMINISTER),
    "people.disable": Takes(Act.ADMINISTER),
    "people.enable": Takes(Act.ADMINISTER),
    "people.reset": Takes(Act.ADMINISTER),
    "people.administrator": Takes(Act.ADMINISTER),
    "trails.people": Takes(Act.ADMINISTER),
    "trails.export_people": Takes(Act.ADMINISTER),
    "agencies.new": Takes(Act.ADD_AGENCY),
    "agencies.edit": Takes(Act.CHANGE_AGENCY, "agency"),
    "agencies.remove": Takes(Act.CHANGE_AGENCY, "agency"),
    "people.of_agency": Takes(Act.INVITE_AGENCY, "agency"),
    "people.leave_agency": Takes(Act.INVITE_AGENCY, "agency"),
    "programs.new": Takes(Act.ADD_PROGRAM, "agency"),
    "programs.show": Takes(Act.SEE_PROGRAM, "program"),
    "programs.edit": Takes(Act.CHANGE_PROGRAM, "program"),
    "facts.show": Takes(Act.SEE_PROGRAM, "program"),
    "facts.edit": Takes(Act.CHANGE_PROGRAM, "program"),
    "facts.pdf": Takes(Act.SEE_PROGRAM, "program"),
    "facts.paper": Takes(Act.SEE_PROGRAM, "program"),
    "answers.show": Takes(Act.SEE_SEALED, "program"),
    "answers.address": Takes(Act.CHANGE_PROGRAM, "program"),
    "answers.pdf": Takes(Act.SEE_SEALED, "program"),
    "answers.html": Takes(Act.SEE_SEALED, "program"),
    "programs.remove": Takes(Act.CHANGE_PROGRAM, "program"),
    "people.of_program": Takes(Act.INVITE_PROGRAM, "program"),
    "people.leave_program": Takes(Act.INVITE_PROGRAM, "program"),
    "trails.program": Takes(Act.READ_TRAIL, "program"),
    "trails.export": Takes(Act.READ_TRAIL, "program"),
    "trails.erase": Takes(Act.ERASE, "program"),
    "assessments.new": Takes(Act.START, "program"),
    "assessments.show": Takes(Act.SEE_SEALED, "assessment"),
    "assessments.result": Takes(Act.SEE_SEALED, "assessment"),
    "assessments.cover": Takes(Act.COVER, "assessment"),
    "assessments.seal": Takes(Act.SEAL, "assessment"),
    "assessments.amend": Takes(Act.AMEND, "assessment"),
    "assessments.delete": Takes(Act.DELETE, "assessment"),
    "assessments.restore": Takes(Act.DELETE, "assessment"),
    "assessments.export": Takes(Act.EXPORT, "assessment"),
    "raters.all": Takes(Act.NAME_RATERS, "assessment"),
    "raters.leave": Takes(Act.NAME_RATERS, "assessment"),
    "raters.alone": Takes(Act.NAME_RATERS, "assessment"),
    "raters.together": Takes(Act.NAME_RATERS, "assessment"),
    "raters.assignment": Takes(Act.NAME_RATERS, "assessment"),
    "raters.accept": Takes(Act.NAME_RATERS, "assessment"),
    "raters.request_changes": Takes(Act.NAME_RATERS, "assessment"),
    "raters.submit": Takes(Act.RATE, "assessment"),
    "raters.take_back": Takes(Act.RATE, "assessment"),
    "ratings.dimension": Takes(Act.RATE, "assessment"),
    "ratings.save": Takes(Act.RATE, "assessment"),
    "evidence.item": Takes(Act.SEE_DRAFT, "assessment"),
    "evidence.add": Takes(Act.RATE, "assessment"),
    "evidence.line": Takes(Act.RATE, "assessment"),
    "evidence.change": Takes(Act.RATE, "assessment"),
    "evidence.remove": Takes(Act.RATE, "assessment"),
    "evidence.restore": Takes(Act.RATE, "assessment"),
    "checks.show": Takes(Act.SEE_DRAFT, "assessment"),
    "checks.answer": Takes(Act.RATE, "assessment"),
    "consensus.meeting": Takes(Act.SEE_DRAFT, "assessment"),
    "consensus.save": Takes(Act.AGREE, "assessment"),
    "consensus.same": Takes(Act.AGREE, "assessment"),
    "plans.plan": Takes(Act.SEE_SEALED, "assessment"),
    "plans.pdf": Takes(Act.SEE_SEALED, "assessment"),
    "plans.paper": Takes(Act.SEE_SEALED, "assessment"),
    "plans.word": Takes(Act.SEE_SEALED, "assessment"),
    "roads.road": Takes(Act.SEE_SEALED, "assessment"),
    "roads.choose": Takes(Act.PLAN, "assessment"),
    "roads.begin": Takes(Act.PLAN, "assessment"),
    "actions.of_program": Takes(Act.SEE_PROGRAM, "program"),
    "actions.new": Takes(Act.PLAN, "assessment"),
    "actions.show": Takes(Act.SEE_ACTION, "action"),
    "actions.edit": Takes(Act.CHANGE_ACTION, "action"),
    "actions.move": Takes(Act.WORK, "action"),
    "actions.remove": Takes(Act.CHANGE_ACTION, "action"),
    "actions.restore": Takes(Act.CHANGE_ACTION, "action"),
    "lines.add": Takes(Act.WORK, "action"),
    "lines.line": Takes(Act.WORK, "action"),
    "lines.change": Takes(Act.WORK, "action"),
    "lines.remove": Takes(Act.WORK, "action"),
    "lines.restore": Takes(Act.WORK, "action"),
    "sheets.csv": Takes(Act.EXPORT_ACTIONS, "program"),
    "sheets.workbook": Takes(Act.EXPORT_ACTIONS, "program"),
    "summaries.pdf": Takes(Act.SEE_SEALED, "assessment"),
    "summaries.paper": Takes(Act.SEE_SEALED, "assessment"),
    "deliveries.show": Takes(Act.SEE_SEALED, "assessment"),
    "deliveries.pdf": Takes(Act.SEE_SEALED, "assessment"),
    "deliveries.paper": Takes(Act.SEE_SEALED, "assessment"),
    "portfolio.show": LOGGED_IN,
    "portfolio.csv": LOGGED_IN,
    "portfolio.workbook": LOGGED_IN,
    "portfolio.save": LOGGED_IN,
    "portfolio.saved": LOGGED_IN,
    "portfolio.remove": LOGGED_IN,
    "sets.erase": LOGGED_IN,
    "portfolio.tags": Takes(Act.CHANGE_PROGRAM, "program"),
    "comparisons.show": LOGGED_IN,
    "comparisons.pdf": LOGGED_IN,
    "comparisons.paper": LOGGED_IN,
    "comparisons.workbook": LOGGED_IN,
    "rollups.show": LOGGED_IN,
    "rollups.csv": LOGGED_IN,
    "rollups.pdf": LOGGED_IN,
    "rollups.paper": LOGGED_IN,
    "trends.show": Takes(Act.SEE_PROGRAM, "program"),
    "trends.pdf": Takes(Act.SEE_PROGRAM, "program"),
    "trends.paper": Takes(Act.SEE_PROGRAM, "program"),
    "trends.group": LOGGED_IN,
    "trends.group_pdf": LOGGED_IN,
    "trends.group_paper": LOGGED_IN,
    "carrying.keep": Takes(Act.RATE, "assessment"),
    "pools.show": Takes(Act.SEE_PROGRAM, "program"),
    "calendars.feed": ANYBODY,
    "calendars.make": LOGGED_IN,
    "calendars.end": LOGGED_IN,
    "feedback.pdf": Takes(Act.SEE_SEALED, "assessment"),
    "feedback.paper": Takes(Act.SEE_SEALED, "assessment"),
}


def stand_before(app: Flask) -> None:
    """Let nobody through whom the table does not allow."""
    app.before_request(_judge)
    app.jinja_env.globals["may"] = may


def may(act: str, held: Held | None = None) -> bool:
    """Whether whoever asks may do this to the record of this page, or with these roles."""
    return access.may(Act(act), g.get("held", access.NOTHING) if held is None else held)


def _judge() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None  # no such address, or not this method: the page for it needs no judge
    takes = ROUTES.get(request.endpoint)
    if takes is None:
        abort(404)
    if takes == ANYBODY:
        return None
    if asker() is None:
        return _log_in_first()
    g.held = _held(takes.place, (request.view_args or {}).get("ref", ""))
    if takes.act is not None and not access.may(takes.act, g.held):
        # What she may not see is not there for her; what she may not do is refused.
        abort(404 if request.method in ("GET", "HEAD") else 403)
    return None


def _held(place: str, ref: str) -> Held:
    """The roles of whoever asks on this record. Raises store.Missing where she may not know of it."""
    match place:
        case "agency":
            return agencies.get(db(), person(), ref).held
        case "program":
            return programs.get(db(), person(), ref).held
        case "assessment":
            return assessments.held(db(), person(), ref)
        case "action":
            return actions.held(db(), person(), ref)
        case _:
            return frozenset({access.Role.ADMINISTRATOR}) if person().is_administrator else access.NOTHING


def _log_in_first() -> ResponseReturnValue:
    """To the login; a form that was on its way is kept for the person whose login has ended."""
    from ddcat.web.errors import wants_json

    whose = was() or str(session.get("was", ""))
    if request.method == "POST" and whose and unsent.keep(whose):
        flash(_("Your login had ended. What you typed is kept for 24 hours and given back when you log in."))
    if wants_json():
        return {"error": "login"}, 401
    return redirect(url_for("accounts.login", next=here() if request.method == "GET" else None))
