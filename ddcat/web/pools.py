"""What peers within this installation come to, giving nobody away."""

from flask import Blueprint

bp = Blueprint("pools", __name__)
