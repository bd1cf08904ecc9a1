"""Addresses of our own that whoever comes back is sent on to: after a login, after a change of language."""

import re

from flask import current_app, request
from werkzeug.exceptions import HTTPException

LONGEST = 2000

# Our own addresses need no other signs; whatever a browser might read otherwise has one of them.
_OURS = re.compile(r"(/[A-Za-z0-9._@-]+)*/?(\?[A-Za-z0-9._@%&=+,*-]*)?")


def here() -> str:
    """The address of this page, with what it asks for, to come back to it."""
    return request.full_path.rstrip("?")


def local(address: str | None) -> str:
    """An address of this application that a browser can open; the first page for everything else."""
    if not address or len(address) >= LONGEST or not address.startswith("/") or not _OURS.fullmatch(address):
        return "/"
    try:
        current_app.url_map.bind("").match(address.partition("?")[0], method="GET")
    except HTTPException:
        return "/"
    return address
