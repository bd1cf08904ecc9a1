"""One program over time, and a group of programs."""

from flask import Blueprint

bp = Blueprint("trends", __name__)
