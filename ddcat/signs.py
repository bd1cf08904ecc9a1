"""Signs that must not stand in a text a person typed: nobody sees them, yet they change what is shown."""

import re

# Controls but for tab and line ends, halves of a surrogate pair, and what turns the direction of writing around.
_STRANGE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]|\r(?!\n)")


def strange(text: str) -> str:
    """The first sign that must not stand in this text, "" when there is none; tabs and line ends may."""
    found = _STRANGE.search(text)
    return found.group() if found else ""
