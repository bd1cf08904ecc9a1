"""The answer sheet of a program: what a patient would read, on what it rests, on paper, and as a file to host."""

from collections.abc import Iterable
from datetime import date

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ddcat import actions, answers, report, shelf, words
from ddcat.answers import Piece, Told
from ddcat.answers.address import FIELD
from ddcat.answers.leaflet import Leaflet, confirmed, leaflet, told
from ddcat.facts_sheet import FACTS
from ddcat.faults import Faulty
from ddcat.instrument import Instrument
from ddcat.records import Assessment, Program
from ddcat.store import assessments, programs, records
from ddcat.web import overruled, press
from ddcat.web.forms.answers import address_form
from ddcat.web.forms.fields import HouseForm, wanted
from ddcat.web.session import db, person
from ddcat.web.volumes import instrument_of
from ddcat.words import _

bp = Blueprint("answers", __name__)

Row = tuple[str, str, str]
"""A condition for the staff: its name, where it comes from ("" where there is no such place), what is known of it."""


@bp.get("/programs/<ref>/answers")
def show(ref: str) -> ResponseReturnValue:
    """What a patient would read, and beside each answer what it rests on or lacks."""
    program = programs.get(db(), person(), ref)
    return _page(program, address_form(program))


@bp.post("/programs/<ref>/answers")
def address(ref: str) -> ResponseReturnValue:
    """Keep where the program hosts its sheet."""
    program = programs.get(db(), person(), ref)
    form = address_form(program)
    if form.validate_on_submit():
        said = {FIELD: form.answers_address.data} if form.answers_address.data else {}
        programs.tell(db(), person(), ref, said, program.facts, [FIELD])
        overruled.log(form, "program", ref)
        flash(_("Saved. Download the sheet again: the address stands on it."))
        return redirect(url_for(".show", ref=ref, language=_language()))
    return _page(program, form), 409 if form.shown.errors else wanted(form)


@bp.get("/programs/<ref>/answers.pdf")
def pdf(ref: str) -> ResponseReturnValue:
    """One sheet in large print."""
    program = programs.get(db(), person(), ref)
    with words.speaking(_language()):
        paper = report.leaflet(_leaflet(program))
    name = report.file_name(program.name, "answers", _language())
    return press.answer(paper, name, instead=url_for(".html", ref=ref, language=_language()))


@bp.get("/programs/<ref>/answers.html")
def html(ref: str) -> ResponseReturnValue:
    """One file that the program can host."""
    program = programs.get(db(), person(), ref)
    with words.speaking(_language()):
        page = report.hosted(_leaflet(program))
    name = report.file_name(program.name, "answers", _language())
    return Response(page, headers={"Content-Disposition": f'attachment; filename="{name}.html"'})


def _page(program: Program, form: HouseForm) -> str:
    with words.speaking(_language()):
        sheet = _leaflet(program)
    press.warm()
    return render_template(
        "pages/answers.html",
        program=program,
        sheet=sheet,
        rows=[(each, _rows(each.missing, program), _rows(each.rests_on, program)) for each in sheet.answers],
        confirmed=confirmed(sheet),
        form=form,
        codes=[(code, words.own_name(code)) for code in answers.shipped()],
    )


def _language() -> str:
    """The language of the sheet: that of the link, else that of whoever asks; English where neither speaks it."""
    wished = words.known(request.args.get("language")) or words.language()
    return wished if wished in answers.shipped() else words.OURS


def _leaflet(program: Program) -> Leaflet:
    sealed = _sealed(program.ref)
    changed = {each.ref for _instrument, each in sealed if not records.is_intact(db(), each.ref)}
    return leaflet(program, sealed, date.today(), changed=changed)


def _sealed(program_ref: str) -> list[tuple[Instrument, Assessment]]:
    """Of each instrument what was assessed last and not replaced."""
    standing = actions.standing(assessments.of_program(db(), person(), program_ref))
    newest = {instrument_of(each).id: each for each in standing}
    return [(instrument_of(each), each) for each in newest.values()]


def _rows(pieces: Iterable[Piece], program: Program) -> list[Row]:
    """Each once, though several conditions may ask for one fact."""
    return list(dict.fromkeys((*_called(piece, program), told(piece)) for piece in pieces))


def _called(piece: Piece, program: Program) -> tuple[str, str]:
    """What a condition is called in the staff's language, and where it comes from."""
    asked = piece.condition
    if isinstance(asked, Told):
        fact = FACTS[asked.fact]
        return f"{fact.code} {_(fact.title)}", url_for("facts.show", ref=program.ref, _anchor=fact.code)
    if piece.standing is None:
        return _absent(asked.instrument, asked.item), ""
    instrument, ref = instrument_of(piece.standing.assessment), piece.standing.assessment.ref
    return _item(instrument, asked.item), url_for("plans.plan", ref=ref)


def _absent(instrument_id: str, item_id: str) -> str:
    """An item of an instrument that the program was never rated with."""
    try:
        instrument = shelf.find(instrument_id).instrument
    except (shelf.Unknown, Faulty):
        return instrument_id
    return _item(instrument, item_id)


def _item(instrument: Instrument, item_id: str) -> str:
    """An item beside its instrument; one of somebody's own may lack it."""
    item = instrument.by_id.get(item_id)
    return f"{instrument.short}, {item.code} {item.title}" if item else instrument.short
