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
}


def role(code: str) -> str:
    """A role in a word or two."""
    return _(_ROLES.get(code, code))


def deed(act: str, kind: str) -> str:
    """What somebody did, as a sentence goes on: "rated in the assessment"."""
    return _(_DEEDS.get((act, kind), f"{act}: {kind}"))


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
