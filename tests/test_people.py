"""People, links, roles and what was typed, as the store keeps them; and the step from one person to many."""

import json
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database, Migrations

from ddcat import access, shelf, store
from ddcat.access import Role
from ddcat.records import Person
from ddcat.store import agencies, assessments, links, migrations, people, programs, roles, saving, trail, typed
from ddcat.store.people import LoginTaken
from ddcat.store.saving import Change

LANTERN = (Path(__file__).parent / "instruments" / "lantern-1.0.toml").read_bytes()
LONG_AGO = "2020-01-01T00:00:00+00:00"


@pytest.fixture
def kim(db: Database) -> Person:
    """The first administrator."""
    return links.join(db, links.make_first(db), name="Kim Example", login="kim", password="a hash")


@pytest.fixture
def sam(db: Database, kim: Person) -> Person:
    """Somebody without a role."""
    return add(db, "sam")


@pytest.fixture
def agency(db: Database, kim: Person) -> str:
    return agencies.add(db, kim, "Rosewood", {}).ref


@pytest.fixture
def program(db: Database, kim: Person, agency: str) -> str:
    return programs.add(db, kim, agency, "Day house", {}).ref


@pytest.fixture
def draft(db: Database, kim: Person, program: str) -> str:
    volume = (shelf.checksum(LANTERN), "lantern@1.0", LANTERN)
    return assessments.start(db, kim, program, volume, assessed_on="2026-05-04", kind="self", rater="Kim", period=1)


def add(db: Database, login: str, **more: Any) -> Person:
    with store.writing(db):
        return people.create(db, None, name=f"{login.title()} Example", login=login, **more)


def invite(db: Database, by: Person | None, role: str = Role.RATER, place: str = "", ref: str = "") -> str:
    return links.invite(db, by, name="Noor", login="noor", role=role, place=place, ref=ref)


def join(db: Database, token: str, login: str = "noor") -> Person:
    return links.join(db, token, name="Noor", login=login, password="a hash")


def acts(db: Database) -> list[str]:
    return [entry.act for entry in trail.of_people(db)]


# --- From one person to many ---


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database of the time before accounts, with rows in it."""
    before = Migrations("ddcat")
    before(name="0001_initial")(migrations._initial)
    path = tmp_path / "old.sqlite"
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "steps", before)
        assert store.migrate(path) == ["0001_initial"]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(
            """
            INSERT INTO agency (id, ref, name) VALUES (5, 'aaaa', 'Rosewood');
            INSERT INTO agency (id, ref, name) VALUES (6, 'bbbb', 'Empty house');
            INSERT INTO membership VALUES (1, 5), (1, 6);
            INSERT INTO program (id, ref, agency_id, name, facts)
              VALUES (7, 'cccc', 5, 'Day house', '{"capacity": 9}');
            """
        )
        connection.execute("INSERT INTO instrument VALUES (?, 'lantern@1.0', ?)", [shelf.checksum(LANTERN), LANTERN])
        for id, ref, sealed_at in ((8, "dddd", "2026-03-03T10:00:00+00:00"), (9, "eeee", None)):
            connection.execute(
                "INSERT INTO assessment (id, ref, program_id, instrument, assessed_on, period, kind, rater, cover,"
                " started_at, sealed_at, result) VALUES (?, ?, 7, ?, '2026-03-02', 1, 'self', 'Robin', ?, ?, ?, ?)",
                [id, ref, shelf.checksum(LANTERN), '{"visit_dates": "2 March"}', LONG_AGO, sealed_at]
                + [json.dumps({"overall": "3"}) if sealed_at else None],
            )
            connection.execute(
                "INSERT INTO rating (assessment_id, person_id, item, value, evidence, revision, saved_at)"
                " VALUES (?, 1, 'first-words', 3, 'Ten arrivals', 4, ?)",
                [id, LONG_AGO],
            )
    return path


def test_the_first_administrator_owns_everything_of_the_time_before_accounts(old: Path) -> None:
    assert "0002_people" in store.migrate(old)
    with closing(store.connect(old).conn) as connection:
        db = Database(connection)
        assert people.all(db) == []
        assert people.is_new(db)
        kim = join(db, links.make_first(db), "kim")
        assert (kim.name, kim.is_administrator, people.is_new(db)) == ("Noor", True, False)
        assert [agency.name for agency in agencies.all(db, kim)] == ["Empty house", "Rosewood"]
        (program,) = programs.all(db, kim)
        assert (program.ref, program.name, program.facts) == ("cccc", "Day house", {"capacity": 9})
        assert program.held == {Role.DIRECTOR}
        sealed, draft = assessments.of_program(db, kim, "cccc")
        assert (sealed.ref, sealed.is_sealed, draft.ref, draft.is_sealed) == ("dddd", True, "eeee", False)
        for one in (sealed, draft):
            assert (one.ratings, one.why) == ({"first-words": 3}, {"first-words": "Ten arrivals"})
            assert (one.rater, one.cover, one.revisions) == ("Robin", {"visit_dates": "2 March"}, {"first-words": 4})
            assert one.origins["first-words"].by == kim.ref
        saved = saving.save(db, kim, "eeee", {"first-words": Change(5, "Ten arrivals", 4)})
        assert saved.revisions == {"first-words": 5}
        assert programs.add(db, kim, "bbbb", "New house", {})


def test_somebody_who_joins_later_gets_nothing_of_the_time_before_accounts(old: Path) -> None:
    store.migrate(old)
    with closing(store.connect(old).conn) as connection:
        db = Database(connection)
        kim = join(db, links.make_first(db), "kim")
        sam = join(db, invite(db, kim, Role.READER, "agency", "bbbb"), "sam")
        assert [agency.name for agency in agencies.all(db, sam)] == ["Empty house"]
        assert programs.all(db, sam) == []
        with pytest.raises(store.Missing):
            assessments.get(db, sam, "dddd")


def test_the_old_database_is_copied_before_it_is_changed(old: Path) -> None:
    store.migrate(old)
    (copy,) = (old.parent / "backups").iterdir()
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM membership").fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM rating").fetchone() == (2,)


def test_nobody_logs_in_before_the_link_was_opened(old: Path) -> None:
    store.migrate(old)
    with closing(store.connect(old).conn) as connection:
        db = Database(connection)
        before = people.first(db)
        assert (before.login, before.is_administrator) == (None, False)
        with pytest.raises(store.Missing):
            people.get(db, before.ref)


# --- People ---


def test_there_is_one_first_administrator_and_who_comes_later_is_a_new_person(db: Database, kim: Person) -> None:
    assert kim.id == people.first(db).id
    with store.writing(db):
        again = people.adopt(db, name="Robin", login="robin", password="a hash")
    assert again.id != kim.id
    assert again.is_administrator


def test_an_installation_is_new_until_somebody_can_administer_it(db: Database) -> None:
    assert people.is_new(db)
    add(db, "sam")
    assert people.is_new(db)
    kim = join(db, links.make_first(db), "kim")
    assert not people.is_new(db)
    people.disable(db, None, kim)
    assert people.is_new(db)
    people.enable(db, None, kim)
    roles.take(db, kim, kim.ref, Role.ADMINISTRATOR)
    assert people.is_new(db)


def test_two_people_never_share_a_login_and_a_refused_one_leaves_nothing(db: Database, sam: Person) -> None:
    before = list(db.conn.iterdump())
    with pytest.raises(LoginTaken):
        add(db, "sam")
    assert list(db.conn.iterdump()) == before


@pytest.mark.parametrize("login", ["", "\0", "sam\0", "x" * 100_000, "SAM", " sam", "sаm", "' OR 1=1 --"])
def test_a_login_that_is_none_is_missing(db: Database, sam: Person, login: str) -> None:
    with pytest.raises(store.Missing):
        people.by_login(db, login)


def test_a_new_password_ends_every_session_and_every_other_link_to_set_one(db: Database, sam: Person) -> None:
    first, second = (links.reset(db, None, sam) for _ in range(2))
    after = links.set_password(db, first, "another hash")
    assert after.epoch == sam.epoch + 1
    assert people.account(db, after).password == "another hash"
    with pytest.raises(store.Missing):
        links.set_password(db, second, "a thief's hash")


def test_who_is_disabled_and_enabled_again_has_no_session_from_before(db: Database, kim: Person, sam: Person) -> None:
    people.disable(db, kim, sam)
    assert people.get(db, sam.ref).disabled_at
    people.enable(db, kim, sam)
    after = people.get(db, sam.ref)
    assert (after.disabled_at, after.epoch) == (None, sam.epoch + 1)
    assert acts(db)[:2] == ["enable", "disable"]


def test_a_hash_is_renewed_only_where_the_password_is_still_the_same(db: Database) -> None:
    sam = add(db, "sam", password="old hash")
    seen = people.account(db, sam)
    with store.writing(db):
        people.set_password(db, sam, sam, "new password")
    people.rehash(db, seen, "old hash, renewed")
    assert people.account(db, sam).password == "new password"
    people.rehash(db, people.account(db, sam), "new password, renewed")
    assert people.account(db, sam).password == "new password, renewed"


def test_a_step_of_the_second_factor_is_used_once_and_no_earlier_one_after_it(db: Database, sam: Person) -> None:
    people.set_factor(db, None, sam, "secret")
    assert [people.use_step(db, sam, step) for step in (10, 10, 9, 11)] == [True, False, False, True]


def test_a_recovery_code_is_used_once_by_its_owner_alone(db: Database, kim: Person, sam: Person) -> None:
    people.set_factor(db, None, sam, "secret", ["one", "two"])
    assert not people.use_recovery(db, kim, "one")
    assert [people.use_recovery(db, sam, digest) for digest in ("one", "one", "none", "two")] == [
        True,
        False,
        False,
        True,
    ]


def test_switching_the_second_factor_off_and_on_again_forgets_the_old_codes(db: Database, sam: Person) -> None:
    people.set_factor(db, None, sam, "secret", ["one"])
    people.set_factor(db, None, sam, None)
    assert not people.get(db, sam.ref).has_factor
    people.set_factor(db, None, sam, "another", ["two"])
    assert not people.use_recovery(db, sam, "one")


def test_the_trail_says_who_changed_whom_and_never_a_password(db: Database, kim: Person, sam: Person) -> None:
    links.set_password(db, links.reset(db, kim, sam), "a secret hash")
    people.set_factor(db, None, sam, "a secret factor", ["a secret digest"])
    assert acts(db)[:3] == ["second factor on", "set password", "reset"]
    rows = [str(row) for table in ("trail", "trail_value") for row in db.execute(f"SELECT * FROM {table}")]
    assert not [row for row in rows if "secret" in row]


# --- Links ---


def test_a_link_says_what_it_is_for_and_only_its_digest_is_kept(db: Database, kim: Person, agency: str) -> None:
    token = invite(db, kim, Role.READER, "agency", agency)
    link = links.find(db, token)
    assert (link.purpose, link.made_by, link.role, link.place) == (links.INVITE, kim.name, "reader", "agency")
    assert (link.name, link.login, link.ref) == ("Noor", "noor", agency)
    assert token not in "".join(db.conn.iterdump())


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud800", "x" * 1_000_000, "' OR 1=1 --"])
def test_a_link_that_was_never_made_is_missing(db: Database, kim: Person, token: str) -> None:
    invite(db, kim, Role.ADMINISTRATOR)
    with pytest.raises(store.Missing):
        links.find(db, token)


def test_the_digest_of_a_link_is_no_link(db: Database, kim: Person) -> None:
    link = links.find(db, invite(db, kim, Role.ADMINISTRATOR))
    with pytest.raises(store.Missing):
        join(db, link.digest)


def test_a_link_works_once(db: Database, kim: Person, agency: str) -> None:
    token = invite(db, kim, Role.READER, "agency", agency)
    join(db, token)
    with pytest.raises(store.Missing):
        join(db, token, "robin")
    with pytest.raises(store.Missing):
        links.accept(db, token, kim)


def test_a_link_that_was_refused_can_be_used_again(db: Database, kim: Person, agency: str) -> None:
    token = invite(db, kim, Role.READER, "agency", agency)
    with pytest.raises(LoginTaken):
        join(db, token, "kim")
    assert join(db, token, "noor").login == "noor"


@pytest.mark.parametrize("purpose", [links.FIRST, links.INVITE, links.RESET])
def test_an_expired_link_is_missing(db: Database, purpose: str) -> None:
    if purpose == links.FIRST:
        token = links.make_first(db)
    else:
        kim = join(db, links.make_first(db), "kim")
        token = invite(db, kim, Role.ADMINISTRATOR) if purpose == links.INVITE else links.reset(db, kim, kim)
    assert links.find(db, token).purpose == purpose
    with db.conn:
        db.execute("UPDATE link SET expires_at = ?", [store.now()])
    with pytest.raises(store.Missing):
        links.find(db, token)


def test_a_link_for_one_purpose_does_not_serve_another(db: Database, kim: Person, sam: Person, agency: str) -> None:
    reset, reader = links.reset(db, kim, sam), invite(db, kim, Role.READER, "agency", agency)
    before = list(db.conn.iterdump())
    for misused in (
        lambda: join(db, reset),
        lambda: links.accept(db, reset, sam),
        lambda: links.set_password(db, reader, "a thief's hash"),
    ):
        with pytest.raises(store.Missing):
            misused()
    assert list(db.conn.iterdump()) == before


def test_the_link_for_the_first_administrator_is_for_nothing_else(db: Database, tmp_path: Path) -> None:
    token, sam = links.make_first(db), add(db, "sam")
    for misused in (lambda: links.accept(db, token, sam), lambda: links.set_password(db, token, "x")):
        with pytest.raises(store.Missing):
            misused()
    assert people.is_new(db)


def test_a_new_first_link_ends_the_one_before(db: Database) -> None:
    first, second = links.make_first(db), links.make_first(db)
    with pytest.raises(store.Missing):
        join(db, first)
    assert join(db, second).is_administrator


def test_once_there_is_an_administrator_no_first_link_makes_another(db: Database) -> None:
    join(db, links.make_first(db), "kim")
    left_over = links.make_first(db)
    with pytest.raises(store.Missing):
        join(db, left_over)


def test_of_eight_who_open_one_link_at_once_exactly_one_gets_in(db: Database, tmp_path: Path) -> None:
    token = links.make_first(db)
    assert _at_once(tmp_path, lambda mine, n: join(mine, token, f"person-{n}")) == 1
    assert len(people.all(db)) == 1


def test_of_eight_who_reset_by_one_link_at_once_exactly_one_succeeds(
    db: Database, sam: Person, tmp_path: Path
) -> None:
    token = links.reset(db, None, sam)
    assert _at_once(tmp_path, lambda mine, n: links.set_password(mine, token, f"hash {n}")) == 1
    assert people.get(db, sam.ref).epoch == 1


def test_of_eight_who_take_one_login_at_once_exactly_one_gets_it(db: Database, kim: Person, tmp_path: Path) -> None:
    tokens = [invite(db, kim, Role.ADMINISTRATOR) for _ in range(8)]
    assert _at_once(tmp_path, lambda mine, n: join(mine, tokens[n]), LoginTaken) == 1


def test_of_eight_who_use_one_code_at_once_exactly_one_gets_in(db: Database, sam: Person, tmp_path: Path) -> None:
    people.set_factor(db, None, sam, "secret", ["one"])
    used: list[bool] = []
    _at_once(tmp_path, lambda mine, n: used.append(people.use_recovery(mine, sam, "one")))
    _at_once(tmp_path, lambda mine, n: used.append(people.use_step(mine, sam, 10)))
    assert (len(used), sum(used)) == (16, 2)


def _at_once(
    folder: Path, act: Callable[[Database, int], Any], lost: type[Exception] = store.Missing, n: int = 8
) -> int:
    """How many of so many threads, each with its own connection, succeed; the others must lose in this way."""
    start, won = threading.Barrier(n), []

    def run(number: int) -> None:
        with closing(store.connect(folder / "ddcat.sqlite").conn) as connection:
            mine = Database(connection)
            start.wait()
            try:
                act(mine, number)
            except lost:
                return
            won.append(number)

    threads = [threading.Thread(target=run, args=[number]) for number in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(won)


@pytest.mark.parametrize("place", ["agency", "program"])
def test_a_link_for_a_place_that_is_gone_is_missing(
    db: Database, kim: Person, agency: str, program: str, place: str
) -> None:
    token = invite(db, kim, Role.READER, place, {"agency": agency, "program": program}[place])
    programs.remove(db, kim, program)
    agencies.remove(db, kim, agency)
    with pytest.raises(store.Missing):
        join(db, token)


def test_nobody_is_invited_to_a_place_that_is_not_there(db: Database, kim: Person) -> None:
    for place in roles.PLACES:
        with pytest.raises(store.Missing):
            invite(db, kim, Role.RATER, place, "0" * 16)


def test_who_has_an_account_accepts_an_invitation_with_it(
    db: Database, kim: Person, sam: Person, program: str
) -> None:
    token = invite(db, kim, Role.QUALITY, "program", program)
    links.accept(db, token, sam)
    assert [(given.role, given.ref) for given in roles.of_person(db, sam)] == [("quality", program)]
    with pytest.raises(store.Missing):
        links.accept(db, token, sam)


def test_the_links_of_somebody_who_was_disabled_no_longer_work(
    db: Database, kim: Person, sam: Person, agency: str
) -> None:
    # A director who knows what is coming could else invite herself under another name.
    roles.give(db, kim, sam, Role.DIRECTOR, "agency", agency)
    invitation, reset = invite(db, sam, Role.DIRECTOR, "agency", agency), links.reset(db, sam, kim)
    people.disable(db, kim, sam)
    people.enable(db, kim, sam)
    with pytest.raises(store.Missing):
        join(db, invitation)
    with pytest.raises(store.Missing):
        links.set_password(db, reset, "a thief's hash")


def test_the_links_of_somebody_whose_role_was_taken_no_longer_work(
    db: Database, kim: Person, sam: Person, agency: str
) -> None:
    roles.give(db, kim, sam, Role.DIRECTOR, "agency", agency)
    invitation = invite(db, sam, Role.DIRECTOR, "agency", agency)
    of_kim = invite(db, kim, Role.DIRECTOR, "agency", agency)
    roles.take(db, kim, sam.ref, Role.DIRECTOR, "agency", agency)
    with pytest.raises(store.Missing):
        join(db, invitation)
    assert join(db, of_kim)


# --- Roles ---


def test_a_role_reaches_inwards_and_never_outwards(
    db: Database, kim: Person, agency: str, program: str, draft: str
) -> None:
    refs = {"agency": agency, "program": program, "assessment": draft}
    for n, place in enumerate(roles.PLACES):
        one = add(db, f"{place}-rater")
        roles.give(db, kim, one, Role.RATER, place, refs[place])
        seen = [bool(agencies.all(db, one)), bool(programs.all(db, one)), _sees(db, one, draft)]
        assert seen == [n == 0, n <= 1, n == 2]


def _sees(db: Database, person: Person, ref: str) -> bool:
    try:
        return access.may(access.Act.RATE, assessments.held(db, person, ref))
    except store.Missing:
        return False


def test_a_role_given_twice_is_held_once_and_logged_once(db: Database, kim: Person, sam: Person, agency: str) -> None:
    for _ in range(2):
        roles.give(db, kim, sam, Role.READER, "agency", agency)
        roles.give(db, kim, sam, Role.ADMINISTRATOR)
    assert [given.role for given in roles.of_person(db, sam)] == ["administrator", "reader"]
    assert acts(db).count("give role") == 4  # and those of the first administrator and director


def test_a_role_is_taken_in_its_place_alone(
    db: Database, kim: Person, sam: Person, agency: str, program: str
) -> None:
    roles.give(db, kim, sam, Role.READER, "agency", agency)
    roles.give(db, kim, sam, Role.READER, "program", program)
    roles.take(db, kim, sam.ref, Role.READER, "agency", agency)
    assert [given.place for given in roles.of_person(db, sam)] == ["program"]
    for role, place, ref in ((Role.READER, "agency", agency), (Role.RATER, "program", program), ("", "", "")):
        with pytest.raises(store.Missing):
            roles.take(db, kim, sam.ref, role, place, ref)


@pytest.mark.parametrize("place", ["person", "link", "role; DROP TABLE role", "agency_id"])
def test_a_place_of_no_known_kind_is_refused(db: Database, kim: Person, sam: Person, place: str) -> None:
    before = list(db.conn.iterdump())
    with pytest.raises((ValueError, store.Missing)):
        roles.give(db, kim, sam, Role.RATER, place, kim.ref)
    assert list(db.conn.iterdump()) == before


def test_only_an_administrator_has_no_place_and_no_administrator_has_one(
    db: Database, kim: Person, sam: Person, agency: str
) -> None:
    for role, place, ref in ((Role.DIRECTOR, "", ""), (Role.ADMINISTRATOR, "agency", agency)):
        with pytest.raises(sqlite3.IntegrityError):
            roles.give(db, kim, sam, role, place, ref)


def test_who_is_what_in_a_place_names_those_inside_it_and_nobody_elsewhere(
    db: Database, kim: Person, sam: Person, agency: str, program: str, draft: str
) -> None:
    other = agencies.add(db, sam, "Elsewhere", {}).ref
    roles.give(db, kim, sam, Role.RATER, "assessment", draft)
    found = {
        place: [(given.person.name, given.role) for given in roles.given(db, place, ref)]
        for place, ref in (("agency", agency), ("program", program), ("assessment", draft))
    }
    rater, director = ("Sam Example", "rater"), ("Kim Example", "director")
    assert found == {"agency": [director, rater], "program": [rater], "assessment": [rater]}
    assert [given.person.name for given in roles.given(db, "agency", other)] == ["Sam Example"]


# --- What was typed ---


def test_what_was_typed_comes_back_in_its_order_to_its_owner_alone(db: Database, kim: Person, sam: Person) -> None:
    fields = [("b", "2"), ("a", "1"), ("a", "<b>é\0\n🌊"), ("c", "")]
    assert typed.keep(db, sam.ref, "/somewhere", fields)
    (kept,) = typed.all(db, sam)
    assert (kept.path, kept.fields) == ("/somewhere", fields)
    assert typed.all(db, kim) == []
    with pytest.raises(store.Missing):
        typed.get(db, kim, "/somewhere")
    typed.forget(db, kim, "/somewhere")
    assert typed.get(db, sam, "/somewhere") == kept


def test_the_newest_form_of_a_page_is_kept(db: Database, sam: Person) -> None:
    for text in ("first", "second"):
        typed.keep(db, sam.ref, "/somewhere", [("a", text)])
    assert [kept.fields for kept in typed.all(db, sam)] == [[("a", "second")]]


def test_after_24_hours_what_was_typed_is_gone_from_the_database_too(db: Database, sam: Person) -> None:
    typed.keep(db, sam.ref, "/somewhere", [("a", "secret")])
    with db.conn:
        db.execute("UPDATE typed SET typed_at = datetime('now', '-24 hours')")
    assert typed.all(db, sam) == []
    typed.keep(db, sam.ref, "/elsewhere", [("a", "x")])
    assert "secret" not in "".join(db.conn.iterdump())


def test_a_password_is_never_kept_in_plain_letters(db: Database, sam: Person) -> None:
    for fields in ([("old", "otter"), ("password", "otter"), ("again", "otter")], [("code", "123456")]):
        assert not typed.keep(db, sam.ref, "/account/password", fields)
    assert db.execute("SELECT count(*) FROM typed").fetchone() == (0,)


def test_where_nothing_was_typed_nothing_is_kept(db: Database, sam: Person) -> None:
    assert not typed.keep(db, sam.ref, "/somewhere", [])
    assert not typed.keep(db, sam.ref, "/somewhere", [("a", ""), ("b", " ")])
    assert typed.all(db, sam) == []


def test_nobody_fills_the_disk_with_forms(db: Database, kim: Person, sam: Person) -> None:
    typed.keep(db, kim.ref, "/mine", [("a", "x")])
    for n in range(typed.MOST + 5):
        typed.keep(db, sam.ref, f"/page/{n:02}", [("a", "x")])
    assert len(typed.all(db, sam)) == typed.MOST
    assert typed.get(db, sam, f"/page/{typed.MOST + 4}")
    assert len(typed.all(db, kim)) == 1


def test_for_somebody_unknown_nothing_is_kept(db: Database, kim: Person) -> None:
    typed.keep(db, "0" * 16, "/somewhere", [("a", "x")])
    assert db.execute("SELECT count(*) FROM typed").fetchone() == (0,)
