"""A text that looks like patient data was kept with a reason: the trail says so."""

from ddcat import store
from ddcat.store import roles, trail
from ddcat.web.forms.fields import HouseForm
from ddcat.web.session import db, person


def log(form: HouseForm, kind: str, ref: str) -> None:
    """Log what was kept in a form about this record, if anything was."""
    if form.suspected:
        note(kind, ref, dict.fromkeys(form.suspected, form.overrule.data))


def note(kind: str, ref: str, reasons: dict[str, str]) -> None:
    """Log the reason for each name of a text that was kept."""
    agency, program = roles.lies_in(db(), kind, ref)
    with store.writing(db()):
        changes = {name: (None, reason) for name, reason in reasons.items()}
        trail.add(db(), person(), "overrule", kind, ref, agency=agency, program=program, changes=changes)
