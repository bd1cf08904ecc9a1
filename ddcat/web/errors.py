"""One handler for everything that goes wrong: what happened, what is safe, what to do."""

from flask import Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from jinja2 import TemplateNotFound
from werkzeug.exceptions import HTTPException, InternalServerError

from ddcat import store
from ddcat.store.actions import Unsealed
from ddcat.store.assessments import Taken
from ddcat.store.raters import Begun
from ddcat.store.reading import Frozen, Stale
from ddcat.store.roles import Fixed
from ddcat.store.saving import NotGiven
from ddcat.web import unsent
from ddcat.web.guard import ROUTES
from ddcat.web.hidden import Hidden
from ddcat.web.session import asker
from ddcat.words import _

_SIGNED_BY_US = ("The CSRF token has expired.", "The CSRF tokens do not match.")


def handle(app: Flask) -> None:
    """Give every fault its page."""
    app.register_error_handler(HTTPException, _page)
    app.register_error_handler(store.Missing, lambda _error: _show(404))
    app.register_error_handler(Frozen, lambda _error: _show(409, "frozen"))
    app.register_error_handler(NotGiven, lambda _error: _show(409, "not_given"))
    app.register_error_handler(Fixed, lambda _error: _show(409, "fixed"))
    app.register_error_handler(Begun, lambda _error: _show(409, "begun"))
    app.register_error_handler(Stale, _stale)
    app.register_error_handler(Hidden, lambda _error: _show(409, "hidden"))
    app.register_error_handler(Unsealed, lambda _error: _show(409, "unsealed"))
    app.register_error_handler(Taken, lambda _error: _show(409, "taken"))
    app.register_error_handler(store.InUse, lambda _error: _show(409, "in_use"))
    app.register_error_handler(store.Busy, _busy)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(store.Unusable, _page_of_our_fault)
    app.register_error_handler(InternalServerError, _page)


def _page(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    return _show(error.code)


def _expired(error: CSRFError) -> ResponseReturnValue:
    """The page is older than the login, or than twelve hours: what was typed on it is kept and offered again."""
    is_about_a_record = ROUTES[request.endpoint or "static"].place in ("agency", "program", "assessment", "action")
    me = asker() if error.description in _SIGNED_BY_US and is_about_a_record else None
    if me is None or wants_json() or not unsent.keep(me.ref):
        return _show(400, "expired")
    flash(_("This page was open for too long, so it was not saved. What you typed is kept: look at it and send it."))
    return redirect(url_for("accounts.typed_forms"))


def _page_of_our_fault(error: Exception) -> ResponseReturnValue:
    current_app.logger.error("A record cannot be read: %s", error)
    return _show(500)


def _stale(_error: Exception) -> ResponseReturnValue:
    """Somebody was faster: what was typed is kept, to be copied from or sent again."""
    if (me := asker()) and not wants_json():
        unsent.keep(me.ref)
    return _show(409, "stale")


def _busy(error: Exception) -> ResponseReturnValue:
    current_app.logger.error("The database could not be written: %s", error)
    return _show(503)


def _show(code: int, page: str | None = None) -> ResponseReturnValue:
    """`errors/{page or code}.html`, else `errors/error.html`; a script that saves gets the code alone."""
    if wants_json():
        return {"error": page or str(code)}, code
    for name in (f"errors/{page or code}.html", "errors/error.html"):
        try:
            return render_template(name, code=code), code
        except TemplateNotFound:
            continue
    raise AssertionError("errors/error.html is always there")


def wants_json() -> bool:
    """Whether the page's script asks, which reads a short answer instead of a page."""
    return request.accept_mimetypes.best == "application/json"
