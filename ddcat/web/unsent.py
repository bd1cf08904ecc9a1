"""A form that could not be taken in is kept for whoever typed it."""

from flask import request

from ddcat.store import typed
from ddcat.web.session import db


def keep(person_ref: str) -> bool:
    """Keep the form of this request for this person; whether there was something to keep."""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    return typed.keep(db(), person_ref, request.path, fields)
