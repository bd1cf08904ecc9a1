"""The cover sheet as data: which facts are kept of an agency, a program and an assessment, in which codes.

Codes are neutral and never change; labels are only how they read. A field is one of: `text`, `lines` (several
lines), `web` (an https address), `number` (whole, not negative), `hours`, `choice` (one code), `choices` (any number
of codes) and `yes`. On the fact sheet of a program also: `weeks` (kept as days), `day`, `month`, `share`
(`{"count": 34, "of": 50}`), `counts` (any number of codes, each with a number, or None where that is not known) and
`days` (the same with a day).
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from ddcat.words import later as _later

Facts = Mapping[str, object]
"""Field name -> value: text, a number, True, a code, a list of codes, or codes with what is said of each.

A fact not known is absent.
"""


@dataclass(frozen=True, slots=True)
class Field:
    """One fact: the name it is kept under, its kind, how it reads, and its codes where it has some.

    `most` is the largest number that it can be; `unit` says what is counted for each code.
    """

    name: str
    kind: str
    label: str
    choices: Mapping[str, str] | None = None
    hint: str = ""
    most: int | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the cover sheet."""

    title: str
    fields: tuple[Field, ...]


AGENCY = (
    Block(
        _later("What the agency does"),
        (
            Field(
                "primary_focus",
                "choice",
                _later("Primary focus"),
                {
                    "addiction": _later("Addiction treatment"),
                    "mental-health": _later("Mental health"),
                    "mix": _later("A mix of both"),
                    "general-health": _later("General health"),
                    "hospital": _later("Hospital"),
                },
            ),
            Field(
                "agency_type",
                "choices",
                _later("Type of agency"),
                {
                    "private": _later("Private"),
                    "public": _later("Public"),
                    "non-profit": _later("Non-profit"),
                    "for-profit": _later("For-profit"),
                    "government": _later("Government operated"),
                    "veterans": _later("Veterans Health Administration"),
                },
            ),
        ),
    ),
)

PROGRAM = (
    Block(
        _later("Where to find it"),
        (
            Field("address", "lines", _later("Address with ZIP code")),
            Field("state", "text", _later("State")),
            Field("region", "text", _later("Region")),
            Field(
                "program_id",
                "text",
                _later("Program ID"),
                hint=_later("The number your state or payer uses."),
            ),
            Field("contact_1", "text", _later("First contact person")),
            Field("contact_2", "text", _later("Second contact person")),
            Field("telephone", "text", _later("Telephone")),
            Field("fax", "text", _later("Fax")),
            Field("email", "text", _later("Email")),
            Field(
                "answers_address",
                "web",
                _later("Web address of the answer sheet"),
                hint=_later("Where you host it for patients. It begins with https://."),
            ),
        ),
    ),
    Block(
        _later("What it offers"),
        (
            Field(
                "level_addiction",
                "choices",
                _later("Level of care, addiction"),
                {
                    "1": _later("Outpatient (1)"),
                    "2.1": _later("Intensive outpatient (2.1)"),
                    "2.5": _later("Partial hospital (2.5)"),
                    "3": _later("Residential or inpatient (3)"),
                    "4": _later("Medically managed intensive inpatient (4)"),
                    "otp": _later("Opioid treatment program"),
                    "wm": _later("Withdrawal management"),
                },
            ),
            Field(
                "level_mental_health",
                "choices",
                _later("Level of care, mental health"),
                {
                    "outpatient": _later("Outpatient"),
                    "partial": _later("Partial hospital or day program"),
                    "inpatient": _later("Inpatient"),
                },
            ),
            Field(
                "only_admits",
                "choices",
                _later("Exclusive admission criteria"),
                {
                    "adolescents": _later("Adolescents"),
                    "co-occurring": _later("People with co-occurring disorders"),
                    "hiv": _later("People with HIV/AIDS"),
                    "lgbtq": _later("LGBTQ+ people"),
                    "older-adults": _later("Older adults"),
                    "pregnant": _later("Pregnant and post-partum women"),
                    "women": _later("Women"),
                    "parents": _later("Parents with children (residential)"),
                    "men": _later("Men"),
                    "dui": _later("People with a DUI or DWI"),
                    "justice": _later("People from the criminal justice system"),
                    "adult-general": _later("Adults in general"),
                },
                hint=_later("Tick a group only if the program admits nobody else."),
            ),
        ),
    ),
    Block(
        _later("Size"),
        (
            Field("admissions", "number", _later("Admissions in the last fiscal year")),
            Field("capacity", "number", _later("Capacity"), hint=_later("Places or beds.")),
            Field("clients_a_year", "number", _later("Different clients a year")),
            Field("stay_days", "number", _later("Average length of stay, in days")),
            Field("planned_stay_days", "number", _later("Planned length of stay, in days")),
        ),
    ),
    Block(
        _later("Who pays"),
        (
            Field(
                "payments",
                "choices",
                _later("Payments received"),
                {
                    "self-pay": _later("Self-pay"),
                    "private": _later("Private health insurance"),
                    "medicaid": _later("Medicaid"),
                    "medicare": _later("Medicare"),
                    "state": _later("State-financed insurance"),
                    "military": _later("Military insurance"),
                },
            ),
            Field(
                "other_funds",
                "choices",
                _later("Other money"),
                {"public": _later("Other public funds"), "other": _later("Other funds")},
            ),
        ),
    ),
)

KINDS = {
    "self": _later("Self-rating (the program’s own people)"),
    "peer": _later("Peer rating (people of another program)"),
    "external": _later("External rating (a consultant)"),
}

COVER = (
    Block(
        _later("Sources of information"),
        (
            Field(
                "sources",
                "choices",
                _later("What was looked at"),
                {
                    "charts": _later("Chart review"),
                    "brochure": _later("Agency brochure"),
                    "manual": _later("Program manual"),
                    "team-meeting": _later("Team meeting observed"),
                    "supervision": _later("Supervision observed"),
                    "session": _later("Group or individual session observed"),
                    "director": _later("Interview with the program director"),
                    "clinicians": _later("Interviews with clinicians"),
                    "clients": _later("Interviews with clients"),
                    "other-providers": _later("Interviews with other service providers"),
                    "tour": _later("Tour of the site"),
                },
            ),
            Field("charts_reviewed", "number", _later("Charts reviewed")),
            Field("clinicians_interviewed", "number", _later("Clinicians interviewed")),
            Field("clients_interviewed", "number", _later("Clients interviewed")),
        ),
    ),
    Block(
        _later("The visit"),
        (
            Field(
                "visit_dates",
                "text",
                _later("Other dates of the visit"),
                hint=_later("If it took several days."),
            ),
            Field("hours_spent", "hours", _later("Hours spent"), hint=_later("By everybody together.")),
            Field(
                "chart_agreement",
                "yes",
                _later("A written agreement allows the raters to read charts"),
                hint=_later(
                    "Peer and external raters need one before the first chart: an audit and evaluation agreement"
                    " (42 CFR 2.53) or a qualified service organization agreement, with any HIPAA agreement."
                ),
            ),
        ),
    ),
)


def fields(blocks: tuple[Block, ...]) -> Iterator[Field]:
    """Every field of these blocks, in the order of the sheet."""
    return (field for block in blocks for field in block.fields)


def only(blocks: tuple[Block, ...], names: Container[str]) -> tuple[Block, ...]:
    """These blocks with the fields of these names alone; a block that has none of them goes."""
    left = (Block(block.title, tuple(each for each in block.fields if each.name in names)) for block in blocks)
    return tuple(block for block in left if block.fields)
