"""The actions of a program as a sheet, with everything that was written to them."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from ddcat import report, store
from ddcat.interchange import worklist
from ddcat.interchange.worklist import Entry
from ddcat.records import Program
from ddcat.store import actions, assessments, programs
from ddcat.web.session import db, person
from ddcat.web.volumes import instruments_of

bp = Blueprint("sheets", __name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/programs/<ref>/actions.csv")
def csv(ref: str) -> ResponseReturnValue:
    """One row an action, its notes and tests of change in cells of their own."""
    program, entries = _find(ref)
    return _file(worklist.separated(entries), "text/csv", f"{report.file_name(program.name, 'actions')}.csv")


@bp.get("/programs/<ref>/actions.xlsx")
def workbook(ref: str) -> ResponseReturnValue:
    """The same, with a sheet each for notes, tests of change and counts."""
    program, entries = _find(ref)
    book = worklist.book(program, entries, store.now())
    return _file(book, XLSX, f"{report.file_name(program.name, 'actions')}.xlsx")


def _find(ref: str) -> tuple[Program, tuple[Entry, ...]]:
    sealed = [each for each in assessments.of_program(db(), person(), ref) if each.is_sealed]
    found = actions.of_program(db(), person(), ref)
    return programs.get(db(), person(), ref), worklist.entries(found, sealed, instruments_of(sealed))


def _file(content: str | bytes, mimetype: str, name: str) -> Response:
    return Response(content, mimetype=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'})
