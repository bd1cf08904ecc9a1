"""Passwords: which will do, and how they are kept. Argon2id, with the settings that its library keeps current."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ddcat.words import _

LEAST, MOST = 10, 200
# No password is longer, however it is spelled. Normalizing a megabyte of accents would take minutes.
_READ = 4 * MOST
_COMMON = ("password", "passwort", "qwertyuiop", "1234567890", "letmein", "iloveyou", "welcome", "admin", "ddcat")

_hasher = PasswordHasher()
# Compared with where there is no such account, so that the answer takes as long: the hash of a password that
# nobody has, written down because making it would hold up every start.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$fErRipQmVdLyQ6WkGqm9mQ$JR023EV4uIvYuIe2LiBdR0+lz4a27kmCiwD/qgTJtaE"


def problem(password: str, *known: str) -> str:
    """Why this password will not do, "" where it will; `known` is what anybody would guess of this person."""
    text = _same(password)
    plain = text.casefold()
    if len(text) < LEAST:
        return _(
            "Choose a password of at least %(least)s characters; three words that do not belong together will do.",
            least=LEAST,
        )
    if len(text) > MOST or len(password) > _READ:
        return _("Choose a password of at most %(most)s characters.", most=MOST)
    rest = plain
    for guess in (*_COMMON, *(part for name in known for part in name.casefold().replace("@", " ").split())):
        rest = rest.replace(guess, "") if len(guess) > 2 else rest
    if len(set(plain)) < 5 or len(rest) < 6:
        return _("Choose a password that is harder to guess: not a name, not a common word with a few digits.")
    return ""


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _hasher.hash(_same(password))


def fits(kept: str | None, password: str) -> bool:
    """Whether this is the password; takes as long where there is none."""
    try:
        found = _hasher.verify(kept or _NOBODY, _same(password))
    except (VerificationError, InvalidHashError):
        return False
    return found and kept is not None


def is_old(kept: str) -> bool:
    """Whether it was kept under settings that are no longer today's."""
    return _hasher.check_needs_rehash(kept)


def _same(password: str) -> str:
    """The same password however a keyboard writes its signs; halves of signs are dropped."""
    return unicodedata.normalize("NFKC", password[:_READ]).encode("utf-8", errors="ignore").decode("utf-8")
