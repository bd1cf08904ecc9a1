"""A text that looks like patient data was kept with a reason: the trail says so."""

from ddcat import store
from ddcat.store import roles, trail
from ddcat.web.forms.fields import HouseForm
from ddcat.web.session import db, person


def log(form: HouseForm, kind: str, ref: str) -> None:
    """Log what was kept in a form about this record, if anything was."""
    if form.suspected:
        agency, program = roles.lies_in(db(), kind, ref)
        changes = dict.fromkeys(form.suspected, (None, form.overrule.data))
        with store.writing(db()):
            trail.add(db(), person(), "overrule", kind, ref, agency=agency, program=program, changes=changes)
