"""About the instruments, and the empty form on paper."""

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue

from ddcat import report, shelf, store
from ddcat.shelf import Volume
from ddcat.web import press

bp = Blueprint("instruments", __name__, url_prefix="/instruments")


@bp.get("/")
def all() -> ResponseReturnValue:
    """Every instrument there is; to whoever administers, also what was refused."""
    volumes, refused = shelf.contents()
    own = {volume.instrument.name for volume in volumes if shelf.is_own(volume.instrument.name)}
    return render_template("pages/instruments.html", volumes=volumes, refused=refused, own=own)


@bp.get("/<name>")
def show(name: str) -> ResponseReturnValue:
    """About this instrument: source, licence, what is still to be compared with print, every word of it."""
    return render_template("pages/instrument.html", volume=_find(name))


@bp.get("/<name>/blank.pdf")
def pdf(name: str) -> ResponseReturnValue:
    """The empty form for a site visit."""
    instrument = _find(name).instrument
    file = report.file_name(instrument.id, instrument.version, "blank")
    return press.answer(report.blank(instrument), file, instead=url_for(".paper", name=name))


@bp.get("/<name>/blank/print")
def paper(name: str) -> ResponseReturnValue:
    """The empty form as a page that any browser prints."""
    style = url_for("home.paper_style")
    return Response(report.blank(_find(name).instrument, style=style))


def _find(name: str) -> Volume:
    try:
        return shelf.find(name)
    except shelf.Unknown as unknown:
        raise store.Missing(name) from unknown
