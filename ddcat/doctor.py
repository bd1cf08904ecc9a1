"""Looks over an installation and names every weak setting, each with what to do about it."""

import json
import os
import pwd
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from shlex import quote
from typing import Any

from ddcat import paths, report, shelf, store
from ddcat.store import backups, health
from ddcat.words import _, n_

BACKUP_AGE = timedelta(days=7)
LINK_AGE = timedelta(days=2)
FREE = 500 * 1000 * 1000
KEY_LENGTH = 32
# What guards every form and the cookie that says who asks; on unless somebody switched it off.
GUARDS = ("DDCAT_WTF_CSRF_ENABLED", "DDCAT_WTF_CSRF_CHECK_DEFAULT", "DDCAT_SESSION_COOKIE_HTTPONLY")
_HERE = r"(localhost|127[.]0[.]0[.]1|\[?::1\]?)"
_SAFE = re.compile(rf"https://|http://{_HERE}(:\d+)?(/|$)", re.I)
_NAME = re.compile(r"[.]?[\w-]+([.][\w-]+)*(:\d+)?")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is weak, and what to do about it: a sentence each."""

    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.what} {self.do}"


@dataclass(frozen=True)
class Installation:
    """What is looked over: a data folder, where its backups go, and the settings in the environment."""

    folder: Path
    backups: Path
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def database(self) -> Path:
        return store.file(self.folder)

    @property
    def key(self) -> Path:
        return self.folder / "secret.key"

    def said(self, name: str) -> Any:
        """A setting as the server reads it: a list, a whole number, true or false, else a text; None if not set."""
        text = self.environment.get(name)
        try:
            value = json.loads(text or "")
        except ValueError:
            return text
        return value if isinstance(value, int | list) else text


Check = Callable[[Installation], Iterator[Finding]]


def findings(installation: Installation) -> Iterator[Finding]:
    """All that is weak; a check that cannot look at its part says so."""
    for check in CHECKS:
        try:
            yield from check(installation)
        except OSError as error:
            yield Finding(
                _("%(file)s cannot be looked at: %(why)s.", file=error.filename, why=error.strerror),
                _("Run ddcat doctor as the one who runs the server."),
            )


def rights(here: Installation) -> Iterator[Finding]:
    """Data, key and backups are for their owner alone."""
    logs = [here.database.with_name(here.database.name + ending) for ending in ("-wal", "-shm")]
    for path in (here.folder, here.database, *logs, here.key, here.backups, *sorted(here.backups.glob("ddcat-*"))):
        if path.exists() and (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
            yield Finding(
                _("Others than its owner can get at %(file)s (mode %(mode)s).", file=path, mode=f"{mode:o}"),
                _("Run: chmod %(mode)s %(file)s", mode=700 if path.is_dir() else 600, file=quote(str(path))),
            )


def owners(here: Installation) -> Iterator[Finding]:
    """Who runs ddcat owns what it writes; otherwise the server and the commands are in each other's way."""
    for path in (here.folder, here.database, here.key):
        if path.exists() and path.stat().st_uid != os.geteuid():
            yield Finding(
                _("%(file)s belongs to %(owner)s, not to you.", file=path, owner=_name(path.stat().st_uid)),
                _("Run ddcat as that user, or give it to the one who runs the server with chown."),
            )


def key(here: Installation) -> Iterator[Finding]:
    """The key that signs sessions can be guessed by nobody."""
    if given := here.environment.get("DDCAT_SECRET_KEY"):
        if len(given) < KEY_LENGTH:
            yield Finding(
                _("DDCAT_SECRET_KEY is too short to be safe: %(num)s characters.", num=len(given)),
                _("Unset it, and ddcat makes a key of its own, or set 64 hexadecimal digits by chance."),
            )
    elif not here.key.exists():
        yield Finding(
            _("%(file)s is missing.", file=here.key),
            _("Start ddcat serve once, which makes it; everybody logs in again."),
        )
    elif len(here.key.read_bytes().strip()) < KEY_LENGTH:
        yield Finding(
            _("%(file)s is too short to be safe.", file=here.key),
            _("Remove it and restart ddcat serve, which makes another; everybody logs in again."),
        )


def switches(here: Installation) -> Iterator[Finding]:
    """What helps while developing gives too much away, or guards too little, in use."""
    for name in ("DDCAT_DEBUG", "DDCAT_TESTING"):
        if here.said(name):
            yield Finding(
                _("%(name)s is set in the environment.", name=name), _("Unset it: it is for developing ddcat.")
            )
    for name in GUARDS:
        if name in here.environment and not here.said(name):
            yield Finding(
                _("%(name)s switches a guard of every page off.", name=name),
                _("Unset it: the guard is on by itself."),
            )
    if "DDCAT_SESSION_COOKIE_DOMAIN" in here.environment:
        yield Finding(_("DDCAT_SESSION_COOKIE_DOMAIN shows the cookie of a login to other hosts."), _("Unset it."))
    if str(here.said("DDCAT_SESSION_COOKIE_SAMESITE") or "Lax").title() not in ("Lax", "Strict"):
        yield Finding(_("DDCAT_SESSION_COOKIE_SAMESITE lets other sites use a login."), _("Unset it."))


def reach(here: Installation) -> Iterator[Finding]:
    """The proxy that is believed is one address, and the names that are answered to are names."""
    proxy = here.environment.get("DDCAT_PROXY", "")
    if proxy and not _is_address(proxy):
        everybody = _("DDCAT_PROXY is *: everybody is believed about who asks, and whether it was encrypted.")
        nobody = _("DDCAT_PROXY is no address, so that no proxy is believed: %(given)s.", given=proxy)
        yield Finding(
            everybody if proxy == "*" else nobody,
            _("Set it to the IP address from which the proxy connects, such as 127.0.0.1."),
        )
    if "DDCAT_TRUSTED_HOSTS" in here.environment and not _are_names(here.said("DDCAT_TRUSTED_HOSTS")):
        yield Finding(
            _("DDCAT_TRUSTED_HOSTS is no list of names; an empty one trusts every name, * and commas match none."),
            _('Set it to the names under which people open ddcat: ["ddcat.example.org"].'),
        )


def letters(here: Installation) -> Iterator[Finding]:
    """Mail, with the one-time links in it, goes out, and encrypted."""
    if not (host := here.said("DDCAT_MAIL_HOST")):
        return
    security = str(here.said("DDCAT_MAIL_SECURITY") or "starttls").lower()
    if security == "none" and not re.fullmatch(_HERE, str(host)):
        yield Finding(
            _("Mail is handed to %(host)s unencrypted, with the one-time links that open accounts.", host=host),
            _("Set DDCAT_MAIL_SECURITY to starttls or tls."),
        )
    if security not in ("starttls", "tls", "none") or not here.said("DDCAT_MAIL_FROM"):
        yield Finding(
            _("DDCAT_MAIL_HOST is set, and no mail can be sent."),
            _("Set DDCAT_MAIL_FROM to an address, and DDCAT_MAIL_SECURITY to starttls or tls."),
        )


def provider(here: Installation) -> Iterator[Finding]:
    """What single sign-on says of a person cannot be forged on the way."""
    if (issuer := here.said("DDCAT_OIDC_ISSUER")) and not _SAFE.match(str(issuer)):
        yield Finding(
            _("DDCAT_OIDC_ISSUER does not begin with https://: on the way anybody could answer in its place."),
            _("Set it to the https address of the provider; ddcat serve refuses any other."),
        )


def database(here: Installation) -> Iterator[Finding]:
    """The database is there, whole, up to date and safe against a crash, and few can administer it."""
    if health.sqlite_is_too_old():
        yield Finding(
            _("The SQLite of this Python is older than 3.37 and cannot keep the database."),
            _("Install a newer Python."),
        )
    elif not here.database.exists():
        yield Finding(
            _("There is no database in %(folder)s.", folder=here.folder),
            _("Start ddcat serve once, name the right folder with --data, or restore a backup."),
        )
    else:
        try:
            yield from _database(here, health.look(here.database, LINK_AGE))
        except store.Unusable as error:
            yield Finding(_("The database cannot be read: %(why)s.", why=error), _("Restore a backup."))


def _database(here: Installation, seen: health.Health) -> Iterator[Finding]:
    if seen.faults:
        yield Finding(
            _("The database is damaged: %(faults)s.", faults="; ".join(seen.faults)), _("Restore a backup.")
        )
    if seen.pending:
        yield Finding(
            _("The database lacks %(steps)s.", steps=", ".join(seen.pending)),
            _("Run: ddcat migrate --data %(folder)s", folder=quote(str(here.folder))),
        )
    if seen.journal != "wal":
        yield Finding(
            _("The database has no write-ahead log: its journal mode is %(mode)s.", mode=seen.journal),
            _("Stop the server, make a backup and restore it: that switches the log on."),
        )
    if not (seen.faults or seen.pending):
        yield from _people(seen)


def _people(seen: health.Health) -> Iterator[Finding]:
    if not seen.administrators:
        yield Finding(
            _("Nobody can administer this installation."),
            _("Make the first administrator with the link that ddcat serve prints."),
        )
    for login in seen.without_factor:
        yield Finding(
            _("The administrator %(login)s has no second factor.", login=login),
            _("Let them switch it on under their account."),
        )
    if seen.open_links:
        yield Finding(
            n_(
                "%(num)s one-time link is older than two days and still open.",
                "%(num)s one-time links are older than two days and still open.",
                seen.open_links,
            ),
            _("Withdraw it, or remind whom it was made for."),
        )


def copies(here: Installation) -> Iterator[Finding]:
    """There is a backup, it is young, and it is whole."""
    make = _("Run: ddcat backup %(folder)s", folder=quote(str(here.backups)))
    found = backups.newest(here.backups)
    if not found:
        yield Finding(_("There is no backup in %(folder)s.", folder=here.backups), make)
        return
    newest, made_at = found
    if datetime.now(UTC) - made_at > BACKUP_AGE:
        yield Finding(_("The newest backup is older than 7 days: %(file)s.", file=newest), make)
    if faults := backups.faults(newest):
        yield Finding(
            _("The newest backup, %(file)s, is damaged: %(faults)s.", file=newest, faults="; ".join(faults)), make
        )


def space(here: Installation) -> Iterator[Finding]:
    """A full disk loses nothing, but nothing more can be saved."""
    if shutil.disk_usage(here.folder).free < FREE:
        yield Finding(_("Less than 500 MB are free where %(folder)s lies.", folder=here.folder), _("Make room."))


def own(here: Installation) -> Iterator[Finding]:
    """Every instrument file in the folder of this installation's own can be read and is offered."""
    folder = paths.own_instruments(here.environment)
    if folder is None:
        return
    for faulty in shelf.refused_in(folder):
        if faulty.file == paths.SETTING:
            yield Finding(
                _("%(setting)s names a folder that cannot be read: %(folder)s.", setting=faulty.file, folder=folder),
                _("Make it, or name another, and start ddcat serve again."),
            )
        else:
            yield Finding(
                n_(
                    "%(file)s is not used: it has %(num)s fault.",
                    "%(file)s is not used: it has %(num)s faults.",
                    len(faulty.faults),
                    file=folder / faulty.file,
                ),
                _("Run: ddcat check %(file)s", file=quote(str(folder / faulty.file))),
            )


def paper(_here: Installation) -> Iterator[Finding]:
    """Plans can be made as PDFs."""
    if not report.is_ready():
        yield Finding(
            _("PDFs cannot be made here: the system libraries Pango and HarfBuzz are missing."),
            _("Install them, or print the pages instead."),
        )


CHECKS: list[Check] = [rights, owners, key, switches, reach, letters, provider, database, copies, space, own, paper]


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _are_names(given: Any) -> bool:
    """One name as a text, or several in a list."""
    names = [given] if isinstance(given, str) else given
    return bool(names) and isinstance(names, list) and all(_NAME.fullmatch(str(name)) for name in names)
