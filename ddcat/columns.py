"""What the columns of files of ratings and of programs are called: their names, and those that no item may have."""

from ddcat import facts, facts_sheet

ABOUT = ("program", "assessed_on", "kind", "rater")
"""The columns of a file of ratings that say which assessment it is."""

TOLD_APART = ("assessment", "agency", "period", "instrument")
"""What may tell it from others besides, in a file that is to be kept."""

OF_A_RATING = ("item", "rating", "evidence")
"""The columns of a file with one rating a row."""

LEVEL = "level"
"""A column for either sheet of levels of care."""

IN_EXPORTS = ("item_id", "dimension", "carried_from", "program_ref", "agency_ref")
"""What an export says of a rating and its program besides."""

TAGS = "tags"
"""A column of a file of programs."""

_FACTS = {field.name for field in facts.fields(facts.AGENCY + facts.PROGRAM)} | facts_sheet.FIELDS.keys()

RESERVED = frozenset({*ABOUT, *TOLD_APART, *OF_A_RATING, *IN_EXPORTS, LEVEL, TAGS, *_FACTS})
"""What no item is called, since a column of that name in a file says something else; any fact may have a column."""
