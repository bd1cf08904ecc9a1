"""In which language pages are said: the person's own, else this browser's choice, else what the browser asks for."""

from flask import Blueprint, Flask, abort, g, redirect, request, session
from flask.typing import ResponseReturnValue

from ddcat import words
from ddcat.store import people
from ddcat.web.guard import ANYBODY, ROUTES
from ddcat.web.local import here, local
from ddcat.web.session import asker, db

bp = Blueprint("languages", __name__)


def listen(app: Flask) -> None:
    """Speak to everybody in her language, before anything is judged, and as before when she has her answer."""
    app.before_request(_speak)
    app.teardown_request(lambda _error: words.speak(g.pop("spoke", words.spoken())))
    app.jinja_env.globals |= {"spoken_languages": _languages, "this_address": here}


@bp.post("/language")
def choose() -> ResponseReturnValue:
    """Another language, for this browser, and for everywhere else where whoever asks is logged in."""
    code = words.known(request.form.get("language"))
    if code is None:
        abort(400)
    session["language"] = code
    if me := asker():
        people.set_language(db(), me, code)
    return redirect(local(request.form.get("back")))


def _speak() -> None:
    g.spoke = words.spoken()
    if code := _wished():
        words.speak(words.catalogue(code))


def _wished() -> str | None:
    """The language of whoever asks, None where nobody wishes for one that we speak.

    Only a page for people who are logged in asks the database who she is: others are drawn without it.
    """
    is_hers = ROUTES.get(request.endpoint or "", ANYBODY) != ANYBODY
    me = asker() if is_hers else None
    chosen = words.known(me.language if me else None) or words.known(session.get("language"))
    return chosen or request.accept_languages.best_match(words.languages())


def _languages() -> list[tuple[str, str]]:
    """Every language there is: its code, and what it calls itself."""
    return [(code, words.own_name(code)) for code in words.languages()]
