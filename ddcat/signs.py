"""Signs that must not stand in a text a person typed: nobody sees them, yet they change what is shown."""

import re

# Controls but for tab and line ends, halves of a surrogate pair, and what turns the direction of writing around.
_STRANGE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]|\r(?!\n)")

# What XML 1.0 cannot hold in any way, so neither can the documents and workbooks that are made of it.
_UNHELD = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def strange(text: str) -> str:
    """The first sign that must not stand in this text, "" when there is none; tabs and line ends may."""
    found = _STRANGE.search(text)
    return found.group() if found else ""


def held(text: str) -> str:
    """This text as a document of XML can hold it: one kind of line ending, a plain mark for every forbidden sign."""
    return _UNHELD.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
