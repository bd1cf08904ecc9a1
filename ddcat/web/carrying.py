"""Ratings carried forward from the last sealed assessment, until somebody rates them anew."""

from flask import Blueprint

bp = Blueprint("carrying", __name__)
