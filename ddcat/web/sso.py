"""Single sign-on by OpenID Connect, off unless it is set up: it opens accounts that exist and makes none.

The library that speaks with the provider is imported only where it is needed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, redirect, render_template, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from ddcat import store
from ddcat.records import Person
from ddcat.store import people
from ddcat.web.accounts import let_in
from ddcat.web.local import local
from ddcat.web.session import asker, db
from ddcat.words import _

_ASKING = BoundedSemaphore(2)

bp = Blueprint("sso", __name__, url_prefix="/sso")

SECONDS = 10
# Signed with a key that the provider alone holds: neither unsigned nor with a secret that both know.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]

_STATE = "_state_sso_"  # where the library keeps, in this browser's session, a login that has begun
_STALE = ("mismatching_state", "invalid_grant")


class NotSetUp(Exception):
    """Single sign-on is asked for but cannot work; says what to do."""


class _NotIn(Exception):
    """Nobody was logged in; what the page says, and its status."""

    def __init__(self, said: str, status: int) -> None:
        super().__init__(said)
        self.status = status


def _check(state: BlueprintSetupState) -> None:
    """Refuse, before anything is served, settings that could never let anybody in. Raises NotSetUp."""
    config = state.app.config
    if not config["OIDC_ISSUER"]:
        return
    issuer = urlsplit(str(config["OIDC_ISSUER"]))
    if not config["OIDC_CLIENT"]:
        raise NotSetUp(_("DDCAT_OIDC_ISSUER is set and DDCAT_OIDC_CLIENT is not: set both, or neither."))
    if issuer.scheme != "https" and issuer.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise NotSetUp(_("DDCAT_OIDC_ISSUER must begin with https://."))
    try:
        import authlib.integrations.flask_client  # noqa: F401
    except ImportError as error:
        raise NotSetUp(_("Single sign-on needs more packages. Run: pip install ddcat[sso]")) from error
    config["OIDC_NAME"] = config["OIDC_NAME"] or issuer.hostname


bp.record(_check)


@bp.before_request
def _only_where_set_up() -> None:
    if not current_app.config["OIDC_ISSUER"]:
        abort(404)


@bp.get("/login")
def login() -> ResponseReturnValue:
    """To the provider."""
    if asker() is not None:
        return redirect(url_for("home.home"))
    _forget()
    session["sso"] = local(request.args.get("next"))
    with _answering():
        return _provider().authorize_redirect(url_for(".back", _external=True))  # type: ignore[no-any-return]


@bp.get("/back")
def back() -> ResponseReturnValue:
    """From the provider, with a code that it gives to this browser once."""
    begun = session.get(f"{_STATE}{request.args.get('state')}")
    if begun is None or "code" not in request.args:
        why = request.args.get("error", "no such state")
        current_app.logger.warning("Single sign-on was not finished: %a", why)
        raise _unfinished()
    with _answering():
        claims = _claims(begun["data"]["nonce"])
    found, path = _person(claims), session.get("sso")
    return let_in(found, path)


@bp.errorhandler(_NotIn)
def _show(error: _NotIn) -> ResponseReturnValue:
    _forget()
    return render_template("errors/sso.html", said=str(error)), error.status


@contextmanager
def _answering() -> Iterator[None]:
    """Whatever a provider answers, or does not, is no fault of ours: a page says so, the log says what.

    A slow one holds at most two threads of the server; the others stay free for pages.
    """
    if not _ASKING.acquire(timeout=1):
        raise _NotIn(_("Others are signing on right now. Try again in a moment."), 503)
    try:
        yield
    except Exception as error:
        current_app.logger.warning("Single sign-on failed: %s: %a", type(error).__name__, str(error))
        if getattr(error, "error", "") in _STALE:
            raise _unfinished() from error
        said = _("%(name)s could not be reached, or did not answer as it should.", name=_setting("OIDC_NAME"))
        raise _NotIn(said, 502) from error
    finally:
        _ASKING.release()


def _unfinished() -> _NotIn:
    return _NotIn(_("Signing on was cancelled, took too long, or was begun in another window."), 400)


def _forget() -> None:
    """One login at a time: several would outgrow the cookie."""
    for key in [key for key in session if key == "sso" or key.startswith(_STATE)]:
        session.pop(key)


def _provider() -> Any:
    """The provider as it now describes itself; asked anew each time, so that nothing it once said grows old."""
    import requests
    from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App

    issuer = _setting("OIDC_ISSUER")
    answer = requests.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", timeout=SECONDS)
    answer.raise_for_status()
    said = answer.json()
    if said["issuer"] != issuer:
        raise ValueError(f"the provider calls itself {said['issuer']!a}, DDCAT_OIDC_ISSUER says {issuer!a}")
    return FlaskOAuth2App(
        FlaskIntegration("sso"),
        "sso",
        client_id=_setting("OIDC_CLIENT"),
        client_secret=_setting("OIDC_SECRET"),
        authorize_url=said["authorization_endpoint"],
        access_token_url=said["token_endpoint"],
        jwks_uri=said["jwks_uri"],
        id_token_signing_alg_values_supported=ALGORITHMS,
        client_kwargs={"scope": "openid email", "code_challenge_method": "S256", "default_timeout": SECONDS},
    )


def _claims(nonce: str) -> dict[str, Any]:
    """What the provider says of who signed on: signed by it, for us, for this very login, and not expired."""
    wanted = {
        "iss": {"essential": True, "value": _setting("OIDC_ISSUER")},
        "aud": {"essential": True, "value": _setting("OIDC_CLIENT")},
    }
    claims: dict[str, Any] = _provider().authorize_access_token(claims_options=wanted)["userinfo"]
    if claims["nonce"] != nonce:
        raise ValueError("the ID token belongs to another login")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise ValueError("the ID token names nobody")
    return claims


def _person(claims: dict[str, Any]) -> Person:
    """Whose account this is. Raises _NotIn, which says the same for every reason."""
    subject, email = f"{_setting('OIDC_ISSUER')} {claims['sub']}", _verified(claims)
    found: Person | None
    try:
        found = people.by_sso(db(), subject)
    except store.Missing:
        found = _linked(email, subject)
    if found is None or found.disabled_at:
        current_app.logger.warning("Single sign-on opens no account for %a, verified e-mail %a", subject, email)
        raise _NotIn(_("Signing on with %(name)s opens no account here.", name=_setting("OIDC_NAME")), 403)
    return found


def _linked(email: str, subject: str) -> Person | None:
    """The account with this login, from now on known by subject; None where nobody may have it."""
    try:
        found = people.by_login(db(), email)
    except store.Missing:
        return None
    return found if not found.disabled_at and people.link_sso(db(), found, subject) else None


def _verified(claims: dict[str, Any]) -> str:
    """The e-mail address that the provider vouches for, as logins are written, else "".

    Only plain letters are made small: others become equal to letters that they merely resemble.
    """
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str):
        return ""
    return email.casefold() if email.isascii() else email


def _setting(name: str) -> str:
    return str(current_app.config[name])
