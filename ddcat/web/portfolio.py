"""Programs chosen by agency, state, level of care, kind or tag, or picked by hand, and sets of them to keep."""

from flask import Blueprint

bp = Blueprint("portfolio", __name__)
