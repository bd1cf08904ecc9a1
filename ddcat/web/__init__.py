"""The only room that knows Flask and WTForms: `create_app`, forms, one module a noun."""

import json
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from flask_wtf import CSRFProtect

from ddcat import __version__, display, paths, store
from ddcat.web import secret

HOURS = 3600

DEFAULTS = {
    "DATA": None,
    "DEMO": False,
    "DEMO_PASSWORD": "",
    "MAIL_FROM": "",
    "MAIL_HOST": "",
    "MAIL_PASSWORD": "",
    "MAIL_PORT": 0,
    "MAIL_SECURITY": "starttls",
    "MAIL_USER": "",
    "OIDC_ISSUER": "",
    "OIDC_NAME": "",
    "OIDC_CLIENT": "",
    "OIDC_SECRET": "",
    "PERMANENT_SESSION_LIFETIME": 7 * 24 * HOURS,
    "MAX_CONTENT_LENGTH": 1024 * 1024,
    "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
    "SESSION_COOKIE_NAME": "ddcat",
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SESSION_COOKIE_SECURE": False,
    "TRUSTED_HOSTS": ["127.0.0.1", "localhost"],
    "URL": "",
    "WTF_CSRF_TIME_LIMIT": 12 * HOURS,
    "SEND_FILE_MAX_AGE_DEFAULT": HOURS,
}

CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class NotMigrated(Exception):
    """The database lacks steps; `ddcat migrate` applies them."""


def create_app(**overrides: Any) -> Flask:
    """The application on the database in the folder `DATA`. Raises NotMigrated."""
    app = Flask("ddcat.web", template_folder=str(paths.TEMPLATES))
    app.config.from_mapping(DEFAULTS)
    app.config.from_prefixed_env("DDCAT", loads=_setting)
    app.config.from_mapping(overrides)
    if app.config["DEMO"]:
        # Cookies do not tell ports apart: demo and own data may stand open in one browser.
        app.config["SESSION_COOKIE_NAME"] = "ddcat-demo"
    folder = Path(str(app.config["DATA"] or paths.user_data()))
    app.config["DATABASE"] = store.file(folder)
    if missing := store.pending(app.config["DATABASE"]):
        raise NotMigrated(f"The database in {folder} lacks {', '.join(missing)}. Run: ddcat migrate --data {folder}")
    app.config["SECRET_KEY"] = app.config["SECRET_KEY"] or secret.key(folder)
    from ddcat.web.forms.fields import mistakes
    from ddcat.web.session import asker

    display.dress(app.jinja_env)
    app.jinja_env.filters |= {"mistakes": mistakes}
    app.jinja_env.globals |= {"asker": asker}
    _add_rooms(app)
    CSRFProtect(app)
    app.after_request(_protect)
    app.context_processor(lambda: {"version": __version__, "is_demo": app.config["DEMO"]})
    return app


def _setting(text: str) -> Any:
    """A setting from the environment: a list, a whole number, true or false; all else is text, as passwords are."""
    value = json.loads(text)
    if not isinstance(value, int | list):
        raise ValueError(text)
    return value


def _add_rooms(app: Flask) -> None:
    from ddcat.web import (
        accounts,
        actions,
        agencies,
        answers,
        assessments,
        calendars,
        carrying,
        checks,
        comparisons,
        consensus,
        deliveries,
        errors,
        evidence,
        facts,
        feedback,
        guard,
        home,
        instruments,
        languages,
        lines,
        people,
        plans,
        pools,
        portfolio,
        programs,
        raters,
        ratings,
        roads,
        rollups,
        samples,
        session,
        sets,
        sheets,
        sso,
        summaries,
        trails,
        trends,
        warnings,
    )
    from ddcat.web.tries import Tries

    # Who asks, and in which language, is known before anything is judged, and judged before a form is looked at.
    session.prepare(app)
    languages.listen(app)
    guard.stand_before(app)
    app.extensions["tries"] = Tries()
    rooms = (
        home,
        languages,
        accounts,
        sso,
        people,
        agencies,
        programs,
        facts,
        answers,
        assessments,
        raters,
        ratings,
        evidence,
        checks,
        consensus,
        plans,
        roads,
        actions,
        lines,
        sheets,
        deliveries,
        summaries,
        feedback,
        portfolio,
        sets,
        comparisons,
        rollups,
        trends,
        carrying,
        pools,
        calendars,
        trails,
        instruments,
        samples,
        warnings,
    )
    for room in rooms:
        app.register_blueprint(room.bp)
    errors.handle(app)


def _protect(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["X-Frame-Options"] = "DENY"
    if not request.path.startswith("/static/"):
        headers.setdefault("Cache-Control", "no-store")
    return response
