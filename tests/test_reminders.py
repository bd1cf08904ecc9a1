"""Reminders by mail: each once, whoever sends at the same time, wherever it breaks off, whatever the clocks do."""

import logging
import multiprocessing
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier, Lock, Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from click.testing import CliRunner, Result

from ddcat import cli, mail, reminding, shelf, store, verifying
from ddcat.access import Role
from ddcat.records import Action, Person
from ddcat.store import actions, agencies, assessments, feeds, people, programs, reminders, roles, saving, sealing
from ddcat.store.saving import Change

LANTERN = Path(__file__).parent / "instruments" / "lantern-1.0.toml"
TODAY = date(2028, 2, 29)
KIM, SAM = "kim@example.org", "sam@example.org"


class House:
    """A database with a program, its director Kim, its reader Sam who owns actions, and Robin without an address."""

    def __init__(self, path: Path) -> None:
        self.path = path
        store.migrate(path)
        self.db = store.connect(path)
        with store.writing(self.db):
            self.kim = people.adopt(self.db, name="Kim Example", login=KIM, password="")
            self.sam = people.create(self.db, None, name="Sam Stone", login=SAM)
            self.robin = people.create(self.db, None, name="Robin Example", login="robin")
        agency = agencies.add(self.db, self.kim, "Tidewater House", {})
        self.program = programs.add(self.db, self.kim, agency.ref, "Evening Harbor", {}).ref
        for one in (self.sam, self.robin):
            roles.give(self.db, self.kim, one, Role.READER, "program", self.program)
        data = LANTERN.read_bytes()
        instrument = shelf.parse(data)
        about = {"assessed_on": "2028-01-10", "kind": "self", "rater": "Kim", "period": 1}
        volume = (shelf.checksum(data), instrument.name, data)
        self.sealed = assessments.start(self.db, self.kim, self.program, volume, **about)
        changes = {item.id: Change(3, "", 0) for item in instrument.items}
        saving.save(self.db, self.kim, self.sealed, changes)
        draft = assessments.get(self.db, self.kim, self.sealed)
        record = verifying.record(instrument, draft, by=self.kim.ref, at=store.now())
        sealing.seal(self.db, self.kim, draft, record)

    def plan(self, what: str, days: int, owner: Person | None = None, today: date = TODAY) -> str:
        """An action that is due so many days from today, Sam's where nobody is named."""
        owner = owner or self.sam
        due_on = (today + timedelta(days=days)).isoformat()
        said = Action(item="coat-rack", rating=3, expected=5, what=what, due_on=due_on)
        said = replace(said, owner=owner.name, owner_ref=owner.ref)
        return actions.add(self.db, self.kim, self.sealed, said)

    def move(self, ref: str, days: int) -> None:
        was = actions.get(self.db, self.kim, ref)
        actions.change(self.db, self.kim, replace(was, due_on=(TODAY + timedelta(days=days)).isoformat()))


class Box:
    """Takes messages in as a mail server would, or refuses them."""

    def __init__(self, refuse: str = "") -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.refuse = refuse
        self.lock = Lock()

    def __call__(self, to: str, subject: str, body: str) -> None:
        if self.refuse == to:
            raise mail.NotSent("mailbox unavailable")
        with self.lock:
            self.sent.append((to, subject, body))

    @property
    def to(self) -> list[str]:
        return [to for to, _subject, _body in self.sent]

    def lines(self, to: str) -> list[str]:
        return [line for one, _subject, body in self.sent if one == to for line in body.splitlines()]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(store.file(tmp_path))
    yield house
    house.db.conn.close()


@pytest.fixture
def box() -> Box:
    return Box()


def rows(house: House) -> list[tuple[Any, ...]]:
    """Whom, what, for which day, whether sent, and the fault."""
    sql = (
        "SELECT person.login, event, due_on, sent_at IS NOT NULL, fault FROM reminder"
        " JOIN person ON person.id = person_id ORDER BY login, due_on, event"
    )
    return house.db.execute(sql).fetchall()


# --- Who is reminded of what ---


def test_each_is_reminded_of_what_is_hers_in_one_message(house: House, box: Box) -> None:
    refs = [house.plan("Write the script", 3), house.plan("Ask the night team", -2)]
    made = reminding.round(house.db, TODAY, box, url="https://ddcat.example.org/")
    assert (made.n_sent, made.faults) == (2, ())
    assert sorted(box.to) == [KIM, SAM]
    lines = box.lines(SAM)
    assert lines[0] == "Hello Sam Stone,"
    first = lines.index("Ask the night team")
    assert lines[first + 1 : first + 3] == [
        "Evening Harbor · overdue since February 27, 2028",
        f"https://ddcat.example.org/actions/{refs[1]}",
    ]
    second = lines.index("Write the script")
    assert lines[second + 1] == "Evening Harbor · due March 3, 2028"
    assert first < second
    assert "Owner: Sam Stone" in box.lines(KIM)
    assert "Owner: Sam Stone" not in lines
    assert {subject for _to, subject, _body in box.sent} == {"ddcat: 2 dates to keep in mind"}


def test_without_an_address_of_the_installation_there_is_no_link(house: House, box: Box) -> None:
    house.plan("Write the script", 3)
    reminding.round(house.db, TODAY, box)
    assert "Log in to ddcat to see more." in box.lines(SAM)
    assert "/actions/" not in box.sent[0][2]


@pytest.mark.parametrize(("days", "is_sent"), [(-31, False), (-30, True), (0, True), (7, True), (8, False)])
def test_a_reminder_goes_out_from_a_week_before_to_a_month_after(
    house: House, box: Box, days: int, is_sent: bool
) -> None:
    house.plan("Write the script", days)
    assert reminding.round(house.db, TODAY, box).n_sent == (2 if is_sent else 0)
    assert bool(rows(house)) == is_sent


def test_who_has_no_address_or_is_disabled_gets_nothing_and_nothing_is_marked(house: House, box: Box) -> None:
    house.plan("Write the script", 3, owner=house.robin)
    house.plan("Ask the night team", 3)
    people.disable(house.db, None, house.sam)
    reminding.round(house.db, TODAY, box)
    assert box.to == [KIM]
    assert {login for login, *_rest in rows(house)} == {KIM}


def test_whose_roles_were_taken_is_reminded_of_nothing(house: House, box: Box) -> None:
    house.plan("Write the script", 3)
    roles.take(house.db, house.kim, house.sam.ref, Role.READER, "program", house.program)
    assert feeds.events(house.db, house.sam) == ()
    reminding.round(house.db, TODAY, box)
    assert box.to == [KIM]


def test_where_nothing_is_due_nobody_is_written_to(house: House, box: Box) -> None:
    assert reminding.round(house.db, TODAY, box) == reminding.Round(0, ())


# --- Once, and never again ---


def test_nobody_is_reminded_of_a_date_twice(house: House, box: Box) -> None:
    house.plan("Write the script", 3)
    for days in range(40):
        reminding.round(house.db, TODAY + timedelta(days=days), box)
    assert sorted(box.to) == [KIM, SAM]
    assert [row[3:] for row in rows(house)] == [(1, "")] * 2


def test_what_is_new_comes_in_a_message_of_its_own_without_what_was_told(house: House, box: Box) -> None:
    house.plan("Write the script", 3)
    reminding.round(house.db, TODAY, box)
    house.plan("Ask the night team", 5)
    box.sent.clear()
    reminding.round(house.db, TODAY, box)
    assert "Ask the night team" in box.lines(SAM)
    assert "Write the script" not in box.lines(SAM)


def test_a_date_that_was_moved_is_another_date(house: House, box: Box) -> None:
    ref = house.plan("Write the script", 1)
    reminding.round(house.db, TODAY, box)
    house.move(ref, 5)
    reminding.round(house.db, TODAY, box)
    assert Counter(box.to) == {KIM: 2, SAM: 2}
    house.move(ref, 1)
    reminding.round(house.db, TODAY, box)
    assert len(box.sent) == 4, "moved back, it is the date of which she was reminded"


def test_a_message_that_cannot_be_sent_is_not_tried_again_and_says_why(house: House) -> None:
    house.plan("Write the script", 3)
    box = Box(refuse=SAM)
    made = reminding.round(house.db, TODAY, box)
    assert made == reminding.Round(1, (f"{SAM}: mailbox unavailable",))
    (unsent,) = reminders.unsent(house.db, house.sam)
    assert (unsent.due_on, unsent.fault) == ("2028-03-03", "mailbox unavailable")
    assert reminders.unsent(house.db, house.kim) == []
    box.refuse = ""
    assert reminding.round(house.db, TODAY, box).n_sent == 0


class Killed(BaseException):
    """What ends a process in the middle of its work."""


def test_killed_between_marking_and_sending_it_is_never_sent_and_after_an_hour_that_is_known(
    house: House, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.plan("Write the script", 3)

    def die(*_message: str) -> None:
        raise Killed

    with pytest.raises(Killed):
        reminding.round(house.db, TODAY, die)
    (whom,) = {login for login, *_rest in rows(house)}
    one = house.kim if whom == KIM else house.sam
    reminding.round(house.db, TODAY, box)
    assert whom not in box.to
    assert reminders.unsent(house.db, one) == [], "it may still be on its way"
    later = datetime.now(UTC) + timedelta(hours=1, minutes=1)
    monkeypatch.setattr(reminders, "datetime", type("Clock", (), {"now": staticmethod(lambda _zone: later)}))
    (unsent,) = reminders.unsent(house.db, one)
    assert unsent.fault == ""


def work(path: Path, box: Callable[[str, str, str], None]) -> None:
    """A round as another worker makes it, over a connection of its own."""
    with closing(store.connect(path).conn) as connection:
        reminding.round(store.Database(connection), TODAY, box)


def test_fifty_at_once_send_each_exactly_one_message(house: House, box: Box) -> None:
    for n in range(3):
        house.plan(f"Action {n}", n)
    ready, faults = Barrier(50), []

    def one() -> None:
        ready.wait()
        try:
            work(house.path, box)
        except Exception as error:
            faults.append(error)

    threads = [Thread(target=one) for _n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sorted(box.to) == [KIM, SAM]
    for login in (KIM, SAM):
        assert Counter(box.lines(login)) >= Counter(f"Action {n}" for n in range(3))
    assert len(rows(house)) == 6


def test_fifty_at_once_while_dates_are_added_tell_each_exactly_once(house: House, box: Box) -> None:
    stop = Barrier(11)

    def one() -> None:
        stop.wait()
        for _n in range(10):
            work(house.path, box)

    threads = [Thread(target=one) for _n in range(10)]
    for thread in threads:
        thread.start()
    stop.wait()
    for n in range(10):
        house.plan(f"Action {n}", n % 7)
    for thread in threads:
        thread.join()
    work(house.path, box)
    for login in (KIM, SAM):
        told = [line for line in box.lines(login) if line.startswith("Action ")]
        assert sorted(told) == sorted(f"Action {n}" for n in range(10))


def _append(path: Path, out: Path) -> None:
    def send(to: str, _subject: str, body: str) -> None:
        handle = os.open(out, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(handle, f"{to}\n".encode())
        os.close(handle)

    work(path, send)


def test_four_processes_at_once_send_each_exactly_one_message(house: House, tmp_path: Path) -> None:
    house.plan("Write the script", 3)
    start = multiprocessing.get_context("spawn")
    processes = [start.Process(target=_append, args=(house.path, tmp_path / "sent")) for _n in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert sorted((tmp_path / "sent").read_text().split()) == [KIM, SAM]


# --- Once a day ---


def rounds(zone: str, begin: datetime, hours: int) -> list[datetime]:
    """When a server that checks every ten minutes makes its rounds, by the clock on the wall."""
    last, made = None, []
    for minutes in range(0, hours * 60, 10):
        wall = (begin + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        if reminding.is_time(last, wall):
            last = wall.date()
            made.append(wall)
    return made


NIGHTS = [
    ("Europe/Berlin", datetime(2026, 3, 28, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 24, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 10, 31, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC)),
    ("Pacific/Kiritimati", datetime(2028, 2, 28, tzinfo=UTC)),
    ("UTC", datetime(2028, 2, 28, tzinfo=UTC)),
]


@pytest.mark.parametrize(("zone", "begin"), NIGHTS)
@pytest.mark.parametrize("offset", range(0, 60, 7))
def test_there_is_one_round_on_every_day_also_when_clocks_change(zone: str, begin: datetime, offset: int) -> None:
    made = rounds(zone, begin + timedelta(minutes=offset), 96)
    days = [wall.date() for wall in made]
    assert len(days) >= 4
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    assert all((wall.hour, wall.minute // 10) == (6, 0) for wall in made[1:])


def test_february_29_has_its_round() -> None:
    assert date(2028, 2, 29) in [wall.date() for wall in rounds("UTC", datetime(2028, 2, 28, tzinfo=UTC), 72)]


def test_a_server_that_starts_late_makes_its_round_at_once_and_before_six_waits() -> None:
    assert reminding.is_time(None, datetime(2026, 3, 2, 15, 20))
    assert not reminding.is_time(None, datetime(2026, 3, 2, 5, 59))
    assert reminding.is_time(None, datetime(2026, 3, 2, 6, 0))


def test_a_clock_that_is_set_back_makes_no_round_again() -> None:
    assert not reminding.is_time(date(2026, 3, 3), datetime(2026, 3, 2, 12))


# --- By mail ---


class Arrived(Message):
    """What a mail server on this machine took in."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Any] = []

    def handle_message(self, message: Any) -> None:
        self.messages.append(message)


@contextmanager
def mail_server() -> Iterator[tuple[Arrived, dict[str, str]]]:
    """What arrives, and the environment that names the server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arrived = Arrived()
    controller = Controller(arrived, "127.0.0.1", port)
    controller.start()
    settings = {"HOST": "127.0.0.1", "PORT": str(port), "SECURITY": "none", "FROM": "ddcat@example.org"}
    try:
        yield arrived, {f"DDCAT_MAIL_{name}": value for name, value in settings.items()}
    finally:
        controller.stop()


def remind(house: House, *arguments: str, **environment: str) -> Result:
    bare = {name: None for name in os.environ if name.startswith("DDCAT_")}
    command = ["remind", "--data", str(house.path.parent), *arguments]
    return CliRunner().invoke(cli.main, command, env=bare | environment)


def test_the_command_sends_mail_with_links_and_says_how_many(house: House) -> None:
    ref = house.plan("Write the script: für Ümit 🏮", 3, today=date.today())
    with mail_server() as (arrived, environment):
        said = remind(house, "--url", "https://ddcat.example.org", **environment)
        again = remind(house, **environment)
    assert (said.exit_code, said.stdout, said.stderr) == (0, "2 people were reminded.\n", "")
    assert (again.exit_code, again.stdout) == (0, "Nobody is to be reminded of anything new.\n")
    bodies = {message["X-RcptTo"]: message.get_payload(decode=True).decode() for message in arrived.messages}
    assert sorted(bodies) == [KIM, SAM]
    assert f"https://ddcat.example.org/actions/{ref}" in bodies[SAM]
    assert "für Ümit 🏮" in bodies[SAM]


def test_the_address_may_come_from_the_environment(house: House) -> None:
    house.plan("Write the script", 3, today=date.today())
    with mail_server() as (arrived, environment):
        remind(house, DDCAT_URL="https://ddcat.example.org", **environment)
    assert "https://ddcat.example.org/actions/" in arrived.messages[0].get_payload(decode=True).decode()


def test_where_no_mail_is_set_up_the_command_says_so_and_marks_nothing(house: House) -> None:
    house.plan("Write the script", 3, today=date.today())
    said = remind(house)
    assert said.exit_code == 0
    assert "No mail is set up" in said.stdout
    assert rows(house) == []


def test_mail_that_fails_is_told_with_its_reason_and_status_1(house: House) -> None:
    house.plan("Write the script", 3, today=date.today())
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings = {
            "HOST": "127.0.0.1",
            "PORT": str(nobody.getsockname()[1]),
            "SECURITY": "none",
            "FROM": "a@b.example",
        }
        said = remind(house, **{f"DDCAT_MAIL_{name}": value for name, value in settings.items()})
    assert said.exit_code == 1
    assert said.stdout == ""
    lines = said.stderr.splitlines()
    assert lines[0].startswith(f"not sent to {KIM}: ")
    assert "refused" in lines[0]
    assert lines[-1] == "2 reminders failed and are not sent again."


@pytest.mark.parametrize("wrong", [{"DDCAT_MAIL_SECURITY": "ssl"}, {"DDCAT_MAIL_PORT": "smtp"}])
def test_settings_that_make_no_sense_mark_nothing(house: House, wrong: dict[str, str]) -> None:
    house.plan("Write the script", 3, today=date.today())
    named = {"DDCAT_MAIL_HOST": "127.0.0.1", "DDCAT_MAIL_FROM": "a@b.example"}
    said = remind(house, **named | wrong)
    assert said.exit_code == 1
    assert said.stderr.startswith("DDCAT_MAIL: mail: ")
    assert rows(house) == []


def test_a_folder_without_a_database_is_refused(tmp_path: Path) -> None:
    said = CliRunner().invoke(cli.main, ["remind", "--data", str(tmp_path / "none")])
    assert said.exit_code == 1
    assert "run ddcat migrate first" in said.stderr
    assert not (tmp_path / "none").exists()


def config(environment: dict[str, str], **changed: Any) -> dict[str, Any]:
    """The settings of an application in this environment."""
    said = {name.removeprefix("DDCAT_"): value for name, value in environment.items()}
    return {"MAIL_USER": "", "MAIL_PASSWORD": ""} | said | changed


@pytest.fixture
def every_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is late enough for a round at any hour of the day."""
    monkeypatch.setattr(reminding, "HOUR", 0)


def becomes(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


@pytest.mark.usefixtures("every_hour")
def test_the_server_reminds_once_a_day_with_links_to_the_address_that_is_set(house: House) -> None:
    house.plan("Write the script", 3, today=date.today())
    with mail_server() as (arrived, environment):
        ends = [reminding.begin(house.path, config(environment, URL="https://ddcat.example.org")) for _n in range(3)]
        assert becomes(lambda: [row[3] for row in rows(house)] == [1, 1])
        for end in ends:
            end.set()
    assert sorted(message["X-RcptTo"] for message in arrived.messages) == [KIM, SAM]
    assert "https://ddcat.example.org/actions/" in arrived.messages[0].get_payload(decode=True).decode()


@pytest.mark.usefixtures("every_hour")
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"MAIL_PORT": "1"}, "A reminder could not be sent: kim@example.org: "),
        ({"MAIL_SECURITY": "ssl"}, "Reminders could not be sent."),
        ({"path": "nowhere"}, "Reminders could not be sent."),
    ],
)
def test_whatever_goes_wrong_stands_in_the_log_and_the_thread_goes_on(
    house: House, caplog: pytest.LogCaptureFixture, changed: dict[str, str], said: str
) -> None:
    house.plan("Write the script", 3, today=date.today())
    settings = {"MAIL_HOST": "127.0.0.1", "MAIL_FROM": "a@b.example", "MAIL_PORT": "1", "MAIL_SECURITY": "none"}
    path = house.path.with_name(changed.get("path", house.path.name))
    before = threading.active_count()
    with caplog.at_level(logging.ERROR):
        end = reminding.begin(path, config(settings, **changed))
        assert becomes(lambda: any(record.getMessage().startswith(said) for record in caplog.records))
    assert threading.active_count() == before + 1
    end.set()
    assert becomes(lambda: threading.active_count() == before)
