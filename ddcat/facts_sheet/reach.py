"""The facts about getting in, about the place, and about what becomes of people."""

from ddcat.facts import Field
from ddcat.facts_sheet.care import MEDICINES
from ddcat.facts_sheet.fact import NONE, Fact, Part
from ddcat.words import later as _later

LANGUAGES = {
    "en": _later("English"),
    "es": _later("Spanish"),
    "ase": _later("American Sign Language"),
    "zh": _later("Chinese"),
    "vi": _later("Vietnamese"),
    "ko": _later("Korean"),
    "tl": _later("Tagalog"),
    "ar": _later("Arabic"),
    "ru": _later("Russian"),
    "fr": _later("French"),
    "ht": _later("Haitian Creole"),
    "pt": _later("Portuguese"),
    "hmn": _later("Hmong"),
    "so": _later("Somali"),
    "nv": _later("Navajo"),
}

REACH = Part(
    "reach",
    _later("Getting in"),
    (
        Fact(
            "F9",
            "video",
            _later("By video"),
            (
                Field(
                    "video_parts",
                    "choices",
                    _later("What can be done by video"),
                    {
                        "intake": _later("The first appointment"),
                        "groups": _later("Groups"),
                        "individual": _later("Individual sessions"),
                        "psychiatry": _later("Visits with the prescriber"),
                        "family": _later("Family sessions"),
                        NONE: _later("Nothing"),
                    },
                ),
                Field("video_forbidden", "lines", _later("Payers that do not allow video, one a line")),
            ),
        ),
        Fact(
            "F10",
            "wait",
            _later("Days from first call to first session"),
            (
                Field("wait_median", "number", _later("Median"), hint=_later("Half wait fewer days."), most=3650),
                Field(
                    "wait_90",
                    "number",
                    _later("90th percentile"),
                    hint=_later("Nine of ten wait no longer."),
                    most=3650,
                ),
                Field(
                    "wait_month",
                    "month",
                    _later("Month it was measured"),
                    hint=_later("As year-month, such as 2026-05."),
                ),
            ),
            (("wait_median", "wait_90"),),
        ),
        Fact(
            "F11",
            "languages",
            _later("Languages"),
            (
                Field("languages_staff", "choices", _later("Spoken by staff"), LANGUAGES),
                Field("languages_interpreter", "choices", _later("By a qualified interpreter"), LANGUAGES),
            ),
        ),
        Fact(
            "F17",
            "supports",
            _later("Transport, child care, housing"),
            (
                Field(
                    "supports",
                    "choices",
                    _later("Offered or arranged"),
                    {
                        "transport": _later("Transport"),
                        "child-care": _later("Child care"),
                        "housing": _later("Recovery housing"),
                        NONE: _later("None of these"),
                    },
                ),
            ),
        ),
        Fact(
            "F18",
            "acceptance",
            _later("Who is not accepted"),
            (
                Field(
                    "not_accepted",
                    "choices",
                    _later("Not accepted"),
                    {
                        "withdrawal": _later("People at risk of severe withdrawal"),
                        "suicide": _later("People with an urgent risk of suicide or violence"),
                        "psychosis": _later("People with acute psychosis or mania"),
                        "medical": _later("People who need daily medical care"),
                        "cognition": _later("People with severe problems of memory or thinking"),
                        "age": _later("People outside the ages served"),
                        "offense": _later("People with certain offenses"),
                        "no-payer": _later("People without a payer"),
                        NONE: _later("Nobody is refused as a rule"),
                    },
                ),
                Field("not_accepted_why", "lines", _later("Why, and where they are sent")),
                Field(
                    "medicines_accepted",
                    "choices",
                    _later("Medicines that people may be on, as the written policy names them"),
                    {
                        "any": _later("Any prescribed medicine"),
                        **MEDICINES,
                        NONE: _later("None of these"),
                    },
                ),
            ),
        ),
    ),
)

STANDING = Part(
    "standing",
    _later("Accreditation, setting and results"),
    (
        Fact(
            "F19",
            "accreditation",
            _later("Accreditation"),
            (
                Field(
                    "accreditation",
                    "days",
                    _later("Accredited by"),
                    {
                        "joint-commission": _later("The Joint Commission"),
                        "carf": _later("CARF International"),
                        "coa": _later("Council on Accreditation (COA)"),
                        "other": _later("Another body"),
                        NONE: _later("Not accredited"),
                    },
                    unit=_later("until"),
                ),
            ),
        ),
        Fact(
            "F20",
            "setting",
            _later("Setting and open posts"),
            (
                Field(
                    "setting",
                    "choices",
                    _later("Setting"),
                    {
                        "hospital": _later("Part of a hospital"),
                        "cmhc": _later("Community mental health center"),
                        "fqhc": _later("Federally qualified health center"),
                        "rural": _later("Rural"),
                        NONE: _later("None of these"),
                    },
                ),
                Field(
                    "vacant_prescriber",
                    "hours",
                    _later("Open posts for prescribers"),
                    hint=_later("In full-time posts, such as 0.5."),
                    most=1000,
                ),
                Field("vacant_mental_health", "hours", _later("Open posts for mental health clinicians"), most=1000),
            ),
        ),
        Fact(
            "F21",
            "voice",
            _later("How patients and families are heard"),
            (
                Field(
                    "voice",
                    "choices",
                    _later("Ways to be heard"),
                    {
                        "survey": _later("Survey"),
                        "council": _later("Advisory council"),
                        "meeting": _later("Open meeting"),
                        "peers": _later("Peer specialists on the team"),
                        "complaints": _later("Complaints with an answer in writing"),
                        NONE: _later("None of these"),
                    },
                ),
                Field("survey_on", "day", _later("Last survey")),
            ),
        ),
        Fact(
            "F22",
            "results",
            _later("Completion and contact after 30 days"),
            (
                Field("completion", "share", _later("Completed the program"), unit=_later("people who left")),
                Field("contact_30", "share", _later("Reached 30 days after leaving"), unit=_later("people who left")),
            ),
        ),
    ),
)
