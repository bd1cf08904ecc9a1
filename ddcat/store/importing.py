"""What files bring is told, and kept: all of it in one transaction, or nothing."""

import json
from collections import defaultdict

from sqlite_utils import Database

from ddcat.access import Role
from ddcat.faults import Faulty
from ddcat.importing import Cargo, Matching, Past, Preview, There
from ddcat.records import Agency, Person, Program
from ddcat.store import roles
from ddcat.store.connection import writing
from ddcat.store.keeping import Keeper

AT_ONCE = 500
_EVERYTHING = frozenset({Role.ADMINISTRATOR, Role.DIRECTOR})
_AGENCIES = f"""
SELECT agency.ref, agency.name, agency.facts, {roles.HELD} FROM agency LEFT JOIN role ON {roles.OF_AGENCY}
GROUP BY agency.id ORDER BY agency.id
"""
_PROGRAMS = f"""
SELECT program.ref, program.name, program.facts, agency.ref, agency.name, agency.facts, {roles.HELD} FROM program
JOIN agency ON agency.id = program.agency_id LEFT JOIN role ON {roles.OF_PROGRAM}
GROUP BY program.id ORDER BY program.id
"""
_PAST = """
SELECT assessment.id, assessment.ref, program.ref, assessment.instrument, assessed_on, kind, coalesce(rater, ''),
  period
FROM assessment JOIN program ON program.id = program_id
WHERE deleted_at IS NULL AND program.ref IN (SELECT value FROM json_each(?)) ORDER BY assessment.id
"""
_RATINGS = """
SELECT assessment.id, item, value FROM assessment JOIN {table} ON assessment_id = assessment.id
WHERE is_blind = {is_blind} AND value IS NOT NULL AND assessment.id IN (SELECT value FROM json_each(?))
"""


def preview(db: Database, person: Person | None, cargo: Cargo) -> Preview:
    """What keeping this would do; `person` None is the command line, which may do everything."""
    matching = Matching(cargo, _there(db, person))
    past = [Past(*row) for row in db.execute(_PAST, [json.dumps(matching.refs)])]
    days = {arrival.assessment.assessed_on for arrival in cargo.arrivals}
    ratings: dict[int, dict[str, int]] = {each.id: {} for each in past if each.assessed_on in days}
    for table, is_blind in (("rating", 0), ("agreed", 1)):
        rows = db.execute(_RATINGS.format(table=table, is_blind=is_blind), [json.dumps(list(ratings))])
        for id, item, value in rows:
            ratings[id][item] = value
    return matching.preview(past, ratings)


def keep(db: Database, person: Person | None, cargo: Cargo, *, seals: bool) -> Preview:
    """Keep everything that a cargo brings and that is not here yet, or nothing; what was done.

    With `seals` what is complete is sealed; all else is a draft. Raises Faulty, or Busy where nothing can be written.
    """
    with writing(db):
        found = preview(db, person, cargo)
        if found.faults:
            raise Faulty(cargo.source, found.faults)
        keeper = Keeper(db, person, cargo, seals, found)
        places = {key: keeper.place(place) for key, place in found.places.items()}
        for at in range(0, len(found.coming), AT_ONCE):
            keeper.assessments([(a, places[key], n) for a, key, n in found.coming[at : at + AT_ONCE]])
        keeper.close()
    return found


def _there(db: Database, person: Person | None) -> There:
    """Every agency and program; one that this person may not fill is refused, and not made a second time."""
    who = {"person": person.id if person else 0}

    def held(text: str | None) -> frozenset[str]:
        return roles.held(text) if person else _EVERYTHING

    agencies = [
        Agency(ref, name, json.loads(facts), held(roles_held))
        for ref, name, facts, roles_held in db.execute(_AGENCIES, who)
    ]
    programs = [
        Program(ref, name, Agency(agency_ref, agency_name, json.loads(agency_facts)), json.loads(facts), held(given))
        for ref, name, facts, agency_ref, agency_name, agency_facts, given in db.execute(_PROGRAMS, who)
    ]
    is_administrator = person is None or person.is_administrator
    tags: dict[str, list[str]] = defaultdict(list)
    for ref, word in db.execute("SELECT ref, word FROM tag JOIN program ON program.id = program_id"):
        tags[ref].append(word)
    everywhere = frozenset({Role.ADMINISTRATOR}) if is_administrator else frozenset()
    return There(agencies, programs, everywhere, tags)
