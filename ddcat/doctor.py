"""Looks over an installation and names every weak setting, each with what to do about it."""

import json
import os
import pwd
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shlex import quote

from ddcat import report, store
from ddcat.store import backups, health
from ddcat.words import _, n_

BACKUP_AGE = timedelta(days=7)
LINK_AGE = timedelta(days=2)
FREE = 500 * 1000 * 1000
KEY_LENGTH = 32


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
        if _is_on(here.environment.get(name, "")):
            yield Finding(
                _("%(name)s is set in the environment.", name=name), _("Unset it: it is for developing ddcat.")
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


def paper(_here: Installation) -> Iterator[Finding]:
    """Plans can be made as PDFs."""
    if not report.is_ready():
        yield Finding(
            _("PDFs cannot be made here: the system libraries Pango and HarfBuzz are missing."),
            _("Install them, or print the pages instead."),
        )


CHECKS: list[Check] = [rights, owners, key, switches, database, copies, space, paper]


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _is_on(said: str) -> bool:
    """As Flask reads a setting from the environment: JSON where it is that, else a text."""
    try:
        return bool(json.loads(said))
    except ValueError:
        return bool(said)
