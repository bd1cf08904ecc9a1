"""The facts about hours and about what treatment is given."""

from ddcat.facts import Field
from ddcat.facts_sheet.fact import NONE, Fact, Part, of_cover
from ddcat.words import later as _later

MEDICINES = {
    "buprenorphine": _later("Buprenorphine, by mouth"),
    "buprenorphine-injection": _later("Buprenorphine, monthly or weekly injection"),
    "methadone": _later("Methadone"),
    "naltrexone": _later("Naltrexone, by mouth"),
    "naltrexone-injection": _later("Naltrexone, monthly injection"),
    "acamprosate": _later("Acamprosate"),
    "disulfiram": _later("Disulfiram"),
}

THERAPIES = {
    "cbt": _later("Cognitive behavioral therapy (CBT)"),
    "dbt": _later("Dialectical behavior therapy (DBT)"),
    "mi": _later("Motivational interviewing or enhancement (MI, MET)"),
    "relapse-prevention": _later("Relapse prevention"),
    "12-step": _later("12-step facilitation"),
    "matrix": _later("Matrix model"),
    "trauma": _later("Trauma-specific therapy"),
    "contingency": _later("Contingency management"),
    "psychodynamic": _later("Psychodynamic therapy"),
    "family": _later("Family therapy"),
}

HOURS = Part(
    "hours",
    _later("Hours, weeks and groups"),
    (
        Fact(
            "F1",
            "hours",
            _later("Hours a week"),
            (
                Field("hours_scheduled", "hours", _later("Scheduled in a usual week"), most=168),
                Field(
                    "hours_attended",
                    "hours",
                    _later("Usually attended"),
                    hint=_later("The median: half of the people attend more hours, half fewer."),
                    most=168,
                ),
                Field(
                    "hours_fewest",
                    "hours",
                    _later("Scheduled in the week with the fewest hours"),
                    hint=_later("Only where some weeks have fewer hours than a usual one."),
                    most=168,
                ),
                Field(
                    "taper_weeks",
                    "number",
                    _later("Weeks of a written taper"),
                    hint=_later("How many weeks at the end have fewer hours, where that is written down."),
                    most=52,
                ),
            ),
            (("hours_fewest", "hours_scheduled"), ("hours_attended", "hours_scheduled")),
        ),
        Fact(
            "F2",
            "days",
            _later("Days a week"),
            (Field("days_a_week", "number", _later("Days in a usual week"), most=7),),
        ),
        Fact(
            "F3",
            "stay",
            _later("Length of stay"),
            (
                Field("planned_stay_days", "weeks", _later("Usual, as planned"), most=520),
                Field("shortest_stay_days", "weeks", _later("Shortest"), most=520),
                Field("longest_stay_days", "weeks", _later("Longest"), most=520),
                Field("stay_days", "weeks", _later("Average of those who left"), most=520),
            ),
            (("shortest_stay_days", "planned_stay_days", "longest_stay_days"),),
        ),
        Fact(
            "F4",
            "tracks",
            _later("Tracks"),
            (
                Field(
                    "tracks",
                    "choices",
                    _later("When people can come"),
                    {
                        "morning": _later("Morning"),
                        "afternoon": _later("Afternoon"),
                        "evening": _later("Evening"),
                        "video": _later("By video"),
                    },
                ),
            ),
        ),
        Fact(
            "F5",
            "groups",
            _later("Groups and staff"),
            (
                Field("group_largest", "number", _later("People in the largest group"), most=1000),
                Field("patients_per_staff", "hours", _later("Patients for each member of staff"), most=1000),
            ),
        ),
    ),
)

TREATMENT = Part(
    "treatment",
    _later("Therapies and medicines"),
    (
        Fact(
            "F12",
            "therapies",
            _later("Therapies on the printed schedule"),
            (
                Field(
                    "therapies",
                    "counts",
                    _later("Therapies"),
                    THERAPIES,
                    hint=_later("Tick what stands on the schedule, and say how many of the staff are trained in it."),
                    most=10_000,
                    unit=_later("trained staff"),
                ),
            ),
        ),
        Fact(
            "F13",
            "complementary",
            _later("Complementary offers"),
            (
                Field(
                    "complementary",
                    "choices",
                    _later("Offered beside the therapies"),
                    {
                        "mindfulness": _later("Mindfulness or meditation"),
                        "yoga": _later("Yoga or other movement"),
                        "exercise": _later("Exercise or recreation"),
                        "art": _later("Art"),
                        "music": _later("Music"),
                        "acupuncture": _later("Acupuncture"),
                        "animals": _later("Work with animals"),
                        "nutrition": _later("Nutrition"),
                        "spiritual": _later("Spiritual care"),
                        NONE: _later("None of these"),
                    },
                ),
            ),
        ),
        Fact(
            "F14",
            "medicines",
            _later("Medicines for alcohol and opioid use disorder"),
            (
                Field(
                    "medicines",
                    "choices",
                    _later("Offered here"),
                    {**MEDICINES, NONE: _later("None of these")},
                    hint=_later("Started or prescribed by the program itself, on site or lawfully by video."),
                ),
            ),
        ),
        Fact(
            "F15",
            "testing",
            _later("Testing for alcohol and drugs"),
            (
                Field(
                    "testing",
                    "choice",
                    _later("How often"),
                    {
                        NONE: _later("No testing"),
                        "when-asked": _later("When staff or the patient ask for it"),
                        "monthly": _later("Once or twice a month"),
                        "weekly": _later("Once a week"),
                        "twice-weekly": _later("Twice a week or more"),
                        "random": _later("On days by chance"),
                    },
                ),
                Field(
                    "after_positive",
                    "choices",
                    _later("What follows a positive test"),
                    {
                        "talk": _later("A talk with the counselor"),
                        "plan": _later("The treatment plan is reviewed"),
                        "laboratory": _later("A laboratory confirms a test that is disputed"),
                        "more-care": _later("More care or a higher level of care is offered"),
                        "not-that-day": _later("The patient does not take part that day"),
                        "report": _later("A court, an employer or a payer is told, with consent"),
                        "discharge": _later("Discharge"),
                    },
                ),
            ),
        ),
        Fact(
            "F16",
            "withdrawal",
            _later("Withdrawal management"),
            (
                Field(
                    "withdrawal",
                    "choice",
                    _later("Where"),
                    {
                        "here": _later("Here"),
                        "partner": _later("At a partner"),
                        NONE: _later("Not arranged"),
                    },
                ),
            ),
        ),
    ),
)

MONEY = Part(
    "money",
    _later("Level of care, payers and cost"),
    (
        Fact(
            "F6",
            "level",
            _later("Licensed level of care"),
            (of_cover("level_addiction"), of_cover("level_mental_health")),
        ),
        Fact(
            "F7",
            "payers",
            _later("Payers"),
            (
                of_cover("payments"),
                of_cover("other_funds"),
                Field("networks", "lines", _later("Insurance networks, one a line")),
                Field(
                    "preauthorization",
                    "choice",
                    _later("Approval by the payer beforehand"),
                    {
                        "all": _later("Asked by every payer"),
                        "some": _later("Asked by some payers"),
                        NONE: _later("Asked by no payer"),
                    },
                ),
                Field("session_caps", "lines", _later("Limits on sessions, by payer")),
            ),
        ),
        Fact(
            "F8",
            "cost",
            _later("Help with the cost"),
            (
                Field(
                    "cost_help",
                    "choices",
                    _later("Offered"),
                    {
                        "sliding-scale": _later("Sliding scale by income"),
                        "grants": _later("Grants or scholarships"),
                        "payment-plan": _later("Payment plan"),
                        NONE: _later("None of these"),
                    },
                ),
            ),
        ),
    ),
)
