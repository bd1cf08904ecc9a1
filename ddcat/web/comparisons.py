"""Programs beside each other."""

from flask import Blueprint

bp = Blueprint("comparisons", __name__)
