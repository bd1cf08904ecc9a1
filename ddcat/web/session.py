"""Who asks, whether her login has ended, and the database connection that answers."""

import time
from contextlib import suppress
from pathlib import Path
from threading import local

from flask import Flask, current_app, g, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import generate_csrf

from ddcat import store
from ddcat.records import Person
from ddcat.store import people

IDLE_SECONDS = 12 * 3600
_SEEN_EVERY = 300


class _Open:
    """A connection to the file as it now is; closed when nobody holds it any more."""

    def __init__(self, path: Path, inode: int) -> None:
        self.db = store.connect(path)
        self.inode = inode

    def __del__(self) -> None:
        # When the interpreter ends, the last to let go may be another thread; then closing is refused.
        with suppress(Exception):
            self.db.conn.close()


class _OfThread(local):
    """Each thread's own connection, kept from request to request: opening one costs more than asking it."""

    kept: _Open | None = None

    def db(self, path: Path) -> store.Database:
        """The kept connection, or a new one where another file has taken the place of the old."""
        try:
            inode = path.stat().st_ino
        except OSError as error:
            raise store.Busy(str(error)) from error
        if self.kept is None or self.kept.inode != inode:
            self.kept = _Open(path, inode)
        return self.kept.db


class _LoggedIn(UserMixin):  # type: ignore[misc]
    """A person as Flask-Login keeps her; the epoch ends her sessions everywhere at once."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def get_id(self) -> str:
        return f"{self.person.ref}.{self.person.epoch}"


class _Logins(LoginManager):  # type: ignore[misc]
    """Nobody is remembered: a cookie that claims so is not read."""

    def _load_user_from_remember_cookie(self, _cookie: str) -> None:
        return None


def prepare(app: Flask) -> None:
    """Give the application its connections and its logins."""
    app.extensions["connections"] = _OfThread()
    logins = _Logins()
    logins.init_app(app, add_context_processor=False)  # error pages are drawn without asking the database
    logins.session_protection = None  # people move between networks; the cookie is theirs alone
    logins.user_loader(_load)
    app.before_request(_end_idle)


def db() -> store.Database:
    """This thread's connection."""
    connections: _OfThread = current_app.extensions["connections"]
    return connections.db(current_app.config["DATABASE"])


def asker() -> Person | None:
    """Who asks, None where nobody is logged in."""
    return current_user.person if current_user.is_authenticated else None


def person() -> Person:
    """Who asks; only pages for people who are logged in may want to know."""
    found = asker()
    assert found is not None, "the guard lets nobody here who is not logged in"
    return found


def was() -> str:
    """The ref of the person whose login in this browser has ended, "" where there was none."""
    return str(g.get("was", ""))


def begin(person: Person) -> None:
    """Log this person in; nothing of the session before stays but the language."""
    clear()
    if person.language:
        session["language"] = person.language
    login_user(_LoggedIn(person))
    session["at"] = int(time.time())
    # Forms of pages from before this login are known as such from now on, and not taken for forged ones.
    g.pop("csrf_token", None)
    generate_csrf()


def end() -> None:
    """Log out, and keep nothing but the language."""
    logout_user()
    clear()


def clear() -> None:
    """Forget everything but the language that this browser is spoken to in."""
    kept = {"language": session["language"]} if "language" in session else {}
    session.clear()
    session.update(kept)


def _load(id: str) -> _LoggedIn | None:
    """The person of a session, unless she is disabled or all her sessions were ended."""
    ref, _dot, epoch = str(id).partition(".")
    g.was = ref
    try:
        found = people.get(db(), ref)
    except store.Missing:
        return None
    return _LoggedIn(found) if str(found.epoch) == epoch and not found.disabled_at else None


def _end_idle() -> None:
    """A login ends twelve hours after the last page."""
    if "_user_id" not in session:
        return
    now, at = int(time.time()), int(session.get("at", 0))
    if now - at > IDLE_SECONDS:
        g.was = str(session["_user_id"]).partition(".")[0]
        logout_user()
        session["was"] = g.was
    elif now - at > _SEEN_EVERY:
        session["at"] = now
