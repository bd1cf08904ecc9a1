"""The one table of who may do what. Pure: web, store and command line ask it.

A person holds roles: everywhere (administrator), in an agency with all its programs, in one program, or in one
assessment that names her. `Held` are the roles that reach one record; a role held in just this assessment reads
"rater here", and whoever owns an action is "owner here".
"""

from enum import StrEnum

Held = frozenset[str]

NOTHING: Held = frozenset()


class Role(StrEnum):
    """What a person is to an agency, a program or an assessment; the administrator to all people and agencies."""

    ADMINISTRATOR = "administrator"
    DIRECTOR = "director"
    RATER = "rater"
    CONSULTANT = "consultant"
    QUALITY = "quality"
    READER = "reader"


class Act(StrEnum):
    """What can be done; the last word names the kind of record."""

    ADMINISTER = "administer people"
    ADD_AGENCY = "add agency"
    CHANGE_AGENCY = "change agency"
    INVITE_AGENCY = "invite to agency"
    ADD_PROGRAM = "add program to agency"
    SEE_PROGRAM = "see program"
    CHANGE_PROGRAM = "change program"
    INVITE_PROGRAM = "invite to program"
    READ_TRAIL = "read the trail of program"
    ERASE = "erase a value of program"
    START = "start an assessment of program"
    SEE_DRAFT = "see draft assessment"
    SEE_SEALED = "see sealed assessment"
    EXPORT = "export assessment"
    RATE = "rate assessment"
    COVER = "fill the cover sheet of assessment"
    NAME_RATERS = "name raters of assessment"
    AGREE = "agree on ratings of assessment"
    SEAL = "seal assessment"
    AMEND = "amend assessment"
    DELETE = "delete assessment"
    PLAN = "plan the work on assessment"
    EXPORT_ACTIONS = "take the actions of program along"
    SEE_ACTION = "see action"
    WORK = "work on action"
    CHANGE_ACTION = "change action"


HERE = " here"

OWNER_HERE = "owner" + HERE
"""What somebody is to an action that she owns, beside the roles that reach its program."""

_NAMED = {Role.RATER + HERE, Role.CONSULTANT + HERE}
_INSIDE = {Role.DIRECTOR, Role.CONSULTANT, *_NAMED}
_READERS = {Role.QUALITY, Role.READER}
_PLANNERS = {Role.DIRECTOR, Role.QUALITY}

MAY: dict[Act, frozenset[str]] = {
    Act.ADMINISTER: frozenset({Role.ADMINISTRATOR}),
    Act.ADD_AGENCY: frozenset({Role.ADMINISTRATOR}),
    Act.CHANGE_AGENCY: frozenset({Role.ADMINISTRATOR, Role.DIRECTOR}),
    Act.INVITE_AGENCY: frozenset({Role.ADMINISTRATOR, Role.DIRECTOR}),
    Act.ADD_PROGRAM: frozenset({Role.DIRECTOR}),
    Act.SEE_PROGRAM: frozenset({Role.DIRECTOR, Role.CONSULTANT, Role.RATER, *_READERS}),
    Act.CHANGE_PROGRAM: frozenset({Role.DIRECTOR}),
    Act.INVITE_PROGRAM: frozenset({Role.DIRECTOR}),
    Act.READ_TRAIL: frozenset({Role.DIRECTOR}),
    Act.ERASE: frozenset({Role.DIRECTOR}),
    Act.START: frozenset({Role.DIRECTOR, Role.CONSULTANT}),
    Act.SEE_DRAFT: frozenset(_INSIDE),
    Act.SEE_SEALED: frozenset(_INSIDE | _READERS),
    Act.EXPORT: frozenset(_INSIDE | _READERS),
    Act.RATE: frozenset({Role.DIRECTOR, *_NAMED}),
    Act.COVER: frozenset({Role.DIRECTOR, Role.CONSULTANT + HERE}),
    Act.NAME_RATERS: frozenset({Role.DIRECTOR}),
    Act.AGREE: frozenset({Role.DIRECTOR, Role.CONSULTANT + HERE}),
    Act.SEAL: frozenset({Role.DIRECTOR, Role.CONSULTANT + HERE}),
    Act.AMEND: frozenset({Role.DIRECTOR, Role.CONSULTANT + HERE}),
    Act.DELETE: frozenset({Role.DIRECTOR, Role.CONSULTANT + HERE}),
    Act.PLAN: frozenset(_PLANNERS),
    Act.EXPORT_ACTIONS: frozenset({Role.DIRECTOR, Role.CONSULTANT, *_READERS}),
    Act.SEE_ACTION: frozenset({Role.DIRECTOR, Role.CONSULTANT, *_READERS, OWNER_HERE}),
    Act.WORK: frozenset({*_PLANNERS, OWNER_HERE}),
    Act.CHANGE_ACTION: frozenset(_PLANNERS),
}

# Where a role can be held; "" is everywhere.
PLACES_OF: dict[Role, tuple[str, ...]] = {
    Role.ADMINISTRATOR: ("",),
    Role.DIRECTOR: ("agency", "program"),
    Role.RATER: ("agency", "program", "assessment"),
    Role.CONSULTANT: ("agency", "program", "assessment"),
    Role.QUALITY: ("agency", "program"),
    Role.READER: ("agency", "program"),
}


def may(act: Act, held: Held) -> bool:
    """Whether one of these roles allows it."""
    return not MAY[act].isdisjoint(held)


def sees(held: Held, *, is_sealed: bool) -> bool:
    """Whether somebody with these roles may know of an assessment at all."""
    return may(Act.SEE_SEALED if is_sealed else Act.SEE_DRAFT, held)
