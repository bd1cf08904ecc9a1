"""How roles and the trail read: what somebody is, what she did, what changed."""

import json
from typing import Any

from ddcat.words import _, later

_ROLES = {
    "administrator": later("Administrator"),
    "director": later("Director"),
    "rater": later("Rater"),
    "consultant": later("Consultant"),
    "quality": later("Quality team"),
    "reader": later("Reader"),
}
_DEEDS = {
    ("add", "agency"): later("added the agency"),
    ("change", "agency"): later("changed the facts of the agency"),
    ("remove", "agency"): later("removed the agency"),
    ("add", "program"): later("added the program"),
    ("change", "program"): later("changed the facts of the program"),
    ("remove", "program"): later("removed the program"),
    ("start", "assessment"): later("started an assessment"),
    ("carry", "assessment"): later("carried ratings forward from an earlier assessment"),
    ("cover", "assessment"): later("changed the cover sheet"),
    ("rate", "assessment"): later("rated"),
    ("seal", "assessment"): later("sealed the assessment"),
    ("amend", "assessment"): later("began an amendment"),
    ("delete", "assessment"): later("deleted the draft"),
    ("restore", "assessment"): later("brought the draft back"),
    ("overrule", "assessment"): later("kept a text that looks like patient data"),
    ("overrule", "program"): later("kept a text that looks like patient data"),
    ("overrule", "agency"): later("kept a text that looks like patient data"),
    ("restore", "database"): later("restored the database from a backup"),
    ("rate alone", "assessment"): later("chose that each rater rates alone"),
    ("rate together", "assessment"): later("chose one set of ratings that all share"),
    ("assign", "assessment"): later("gave items to a rater"),
    ("submit", "assessment"): later("submitted"),
    ("take back", "assessment"): later("took back what was submitted"),
    ("accept", "assessment"): later("accepted what was submitted"),
    ("request changes", "assessment"): later("requested changes"),
    ("agree", "assessment"): later("wrote down what raters agreed on"),
    ("add evidence", "assessment"): later("added a line of evidence"),
    ("change evidence", "assessment"): later("changed a line of evidence"),
    ("remove evidence", "assessment"): later("took a line of evidence away"),
    ("restore evidence", "assessment"): later("brought a line of evidence back"),
    ("answer", "assessment"): later("answered a check"),
    ("work alone", "assessment"): later("rated alone; what it was is told when every rater has submitted"),
    ("plan", "assessment"): later("chose what to raise"),
    ("add", "action"): later("planned an action"),
    ("change", "action"): later("changed an action"),
    ("remove", "action"): later("took an action away"),
    ("restore", "action"): later("brought an action back"),
    ("add note", "action"): later("added a note to an action"),
    ("change note", "action"): later("changed a note to an action"),
    ("remove note", "action"): later("took a note away"),
    ("restore note", "action"): later("brought a note back"),
    ("add cycle", "action"): later("added a test of change"),
    ("change cycle", "action"): later("changed a test of change"),
    ("remove cycle", "action"): later("took a test of change away"),
    ("restore cycle", "action"): later("brought a test of change back"),
    ("add point", "action"): later("entered a count"),
    ("change point", "action"): later("changed a count"),
    ("remove point", "action"): later("took a count away"),
    ("restore point", "action"): later("brought a count back"),
    ("overrule", "action"): later("kept a text that looks like patient data"),
    ("erase", "program"): later("erased a text"),
    ("add", "person"): later("created an account"),
    ("give role", "person"): later("gave a role"),
    ("take role", "person"): later("took a role back"),
    ("invite", "person"): later("invited an administrator"),
    ("invite", "agency"): later("invited somebody to the agency"),
    ("invite", "program"): later("invited somebody to the program"),
    ("invite", "assessment"): later("invited somebody to rate"),
    ("withdraw", "person"): later("withdrew an invitation"),
    ("withdraw", "agency"): later("withdrew an invitation to the agency"),
    ("withdraw", "program"): later("withdrew an invitation to the program"),
    ("withdraw", "assessment"): later("withdrew an invitation to rate"),
    ("reset", "person"): later("made a link for a new password"),
    ("set password", "person"): later("set a new password"),
    ("disable", "person"): later("disabled an account"),
    ("enable", "person"): later("let an account in again"),
    ("second factor on", "person"): later("switched a second factor on"),
    ("second factor off", "person"): later("switched a second factor off"),
    ("use recovery code", "person"): later("used a recovery code"),
    ("link single sign-on", "person"): later("linked single sign-on"),
    ("import", "assessment"): later("imported an assessment"),
    ("tag", "program"): later("changed the tags of the program"),
    ("save", "set"): later("saved a choice of programs"),
    ("remove", "set"): later("removed a saved choice"),
    ("restore", "set"): later("brought a saved choice back"),
    ("erase", "set"): later("erased a saved choice"),
    ("overrule", "set"): later("kept a text that looks like patient data"),
    ("make calendar", "person"): later("made a calendar address"),
    ("end calendar", "person"): later("ended a calendar address"),
}
STATES = {
    "draft": later("draft"),
    "in progress": later("in progress"),
    "submitted": later("submitted"),
    "changes requested": later("changes requested"),
    "accepted": later("accepted"),
}
ACTION_STATES = {
    "proposed": later("proposed"),
    "agreed": later("agreed"),
    "under way": later("under way"),
    "done": later("done"),
    "proven": later("proven"),
    "dropped": later("dropped"),
}
VERDICTS = {"hit": later("hit"), "miss": later("miss"), "too early": later("too early")}
DECISIONS = {"adopt": later("adopt it"), "adapt": later("change it and try again"), "abandon": later("leave it")}
# What the trail calls what changed of an action, its lines and its plan.
_FIELDS = {
    "assessment": later("planned from"),
    "item": later("item"),
    "rating": later("from the rating"),
    "expected": later("to the rating"),
    "what": later("what will be done"),
    "owner": later("owner"),
    "owner_ref": later("account of the owner"),
    "starts_on": later("from"),
    "ends_on": later("to"),
    "due_on": later("due"),
    "proof": later("evidence that will prove it"),
    "state": later("state"),
    "reason": later("why it was dropped"),
    "seen": later("evidence that proved it"),
    "effort": later("effort"),
    "measured": later("what is counted"),
    "measured_as": later("counted as"),
    "text": later("note"),
    "tried": later("what is tried"),
    "prediction": later("what is expected"),
    "happened": later("what happened"),
    "decision": later("decision"),
    "counted_on": later("day"),
    "count": later("count"),
    "n": later("of how many"),
    "remark": later("remark"),
    "target": later("target"),
    "by": later("method"),
    "costs": later("effort for each step"),
    "chosen": later("chosen to rise"),
}
_CODES = {
    "state": ACTION_STATES,
    "decision": DECISIONS,
    "measured_as": {"share": later("a share"), "number": later("a number")},
    "by": {"scale": later("scale method"), "criterion": later("criterion method"), "both": later("both methods")},
}
STANDS = {
    "leader": later("Leader"),
    "staff": later("Front-line staff"),
    "outside": later("From outside"),
    "": later("Not stated"),
}


def role(code: str) -> str:
    """A role in a word or two."""
    return _(_ROLES.get(code, code))


def state(code: str) -> str:
    """How far somebody is with what she was given."""
    return _(STATES.get(code, code))


def action_state(code: str) -> str:
    """How far an action has come."""
    return _(ACTION_STATES.get(code, code))


def verdict(code: str) -> str:
    """Whether an action delivered what it expected."""
    return _(VERDICTS.get(code, code))


def decision(code: str) -> str:
    """What was decided after a small test of change."""
    return _(DECISIONS.get(code, code))


def stands(code: str) -> str:
    """From where a rater looks at the program."""
    return _(STANDS.get(code, code))


def deed(act: str, kind: str) -> str:
    """What somebody did, as a sentence goes on: "rated in the assessment"."""
    return _(_DEEDS.get((act, kind), f"{act}: {kind}"))


def field(name: str) -> str:
    """What the trail calls something that changed of an action, its lines or its plan; "" for anything else."""
    return _(_FIELDS[name]) if name in _FIELDS else ""


def coded(name: str, code: str) -> str:
    """A value of such a field, in words where it is a code."""
    return _(_CODES.get(name, {}).get(code, code))


def side(value: Any) -> str:
    """One side of a change in the trail, for people: text as it is, everything else as JSON."""
    if value is None:
        return ""
    if value.is_erased:
        return _("(erased)")
    match value.value:
        case str(text):
            return text
        case [str(place), str(ref)]:
            return f"{place} {ref}".strip()
        case other:
            return json.dumps(other, ensure_ascii=False)
