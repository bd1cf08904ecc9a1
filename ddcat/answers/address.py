"""Where a program hosts its answer sheet: an address that begins with https, or none."""

from urllib.parse import urlsplit

from ddcat.facts import Facts

FIELD = "answers_address"
LONGEST = 200


def address(said: Facts) -> str:
    """The address among these facts of a program; "" where there is none, or none that may be printed."""
    value = said.get(FIELD)
    return value if isinstance(value, str) and is_web(value) else ""


def is_web(text: str) -> bool:
    """Whether this is a whole https address of a named place, with no name or password in it."""
    if not text.isascii() or len(text) > LONGEST or any(sign.isspace() or not sign.isprintable() for sign in text):
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    named = "." in (parts.hostname or "").strip(".") and "@" not in parts.netloc and port != 0
    return parts.scheme == "https" and named and not set(text) & set("<>\"'`\\{}|^")
