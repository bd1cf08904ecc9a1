"""What in a text looks like patient data, asked by the page while somebody types."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from ddcat.web.forms.fields import warning

bp = Blueprint("warnings", __name__)


@bp.post("/warnings")
def check() -> ResponseReturnValue:
    """The warning about one text, empty where nothing looks like it; the text is not kept."""
    return {"warning": warning(request.form.get("text", ""))}
