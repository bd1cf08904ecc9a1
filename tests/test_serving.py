"""The server as a process: how it starts, what it says where it cannot, how it ends, and what survives its death."""

import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.cookiejar import CookieJar, DefaultCookiePolicy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, cycle
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from waitress import create_server

from ddcat import serving, shelf, store
from ddcat.store import assessments, people

ROOT = Path(__file__).parent.parent
PATIENCE = 30
PASSWORD = "otter kettle marble"
ITEM = shelf.find("ddcat@4.0").instrument.items[0].id
KILLS = 100 if os.environ.get("DDCAT_LONG") else 10


@dataclass
class Server:
    """A `ddcat serve` or `ddcat demo` that runs, with what it printed until it was ready."""

    process: subprocess.Popen[str]
    said: str

    @property
    def url(self) -> str:
        found = re.search(r"http://\S+", self.said)
        assert found, self.said
        return found[0]

    def end(self, how: int = signal.SIGINT) -> tuple[int, str]:
        """Its exit status and everything that it still printed."""
        os.killpg(self.process.pid, how)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out + err


def command(*arguments: str, **environment: str) -> dict[str, Any]:
    """How to run ddcat from this checkout, without whatever DDCAT_ settings this machine has."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("DDCAT_") and name != "DISPLAY"}
    path = os.pathsep.join(filter(None, [environment.pop("PYTHONPATH", ""), str(ROOT)]))
    return {
        "args": [sys.executable, "-m", "ddcat", *arguments],
        "env": own | environment | {"PYTHONPATH": path},
        "text": True,
    }


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(**command(*arguments, **environment), capture_output=True, timeout=PATIENCE)


@pytest.fixture
def start() -> Iterator[Callable[..., Server]]:
    """`start("serve", "--port", "0")`: a server that is ready; it ends with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **environment: str) -> Server:
        process = subprocess.Popen(
            **command(*arguments, **environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout
        said = ""
        while "Ctrl+C" not in said:
            line = process.stdout.readline()
            assert line, f"ended before it was ready: {said}{process.communicate()[1]}"
            said += line
        return Server(process, said)

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


class Client:
    """A browser without pictures: keeps cookies, follows redirects, sends the token of the page it was on."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.token = ""

    def ask(self, path: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, bytes, str]:
        """Status, content and the address where it was found."""
        data = urlencode(form | {"csrf_token": self.token}).encode() if form is not None else None
        try:
            answer = self.opener.open(Request(self.url + path, data, headers), timeout=PATIENCE)
        except HTTPError as error:
            answer = error
        with answer:
            content = answer.read()
            if found := re.search(rb'name="csrf_token" value="([^"]+)"', content):
                self.token = found[1].decode()
            return answer.status, content, answer.url.removeprefix(self.url)

    def join(self, server: Server) -> "Client":
        """Become the first administrator by the link that was printed."""
        found = re.search(r"/join/\S+", server.said)
        assert found, server.said
        self.ask(found[0])
        account = {"name": "Ada Tern", "login": "ada@example.org", "password": PASSWORD, "again": PASSWORD}
        status, content, at = self.ask(found[0], account)
        assert (status, at) == (200, "/"), content
        return self

    def log_in(self) -> "Client":
        """Log in as the first administrator."""
        self.ask("/login")
        status, content, at = self.ask("/login", {"login": "ada@example.org", "password": PASSWORD})
        assert (status, at) == (200, "/"), content
        return self

    def begin(self) -> str:
        """Add an agency and a program and start an assessment, as a person does; the assessment's address."""
        self.ask("/agencies/new")
        _, _, at = self.ask("/agencies/new", {"name": "Tern Rock"})
        _, _, program = self.ask(at, {"name": "Gull Point"})
        self.ask(f"{program}/assessments/new")
        begun = {
            "instrument": "ddcat@4.0",
            "kind": "self",
            "rater": "Ada",
            "assessed_on": "2026-05-04",
            "period": "1",
        }
        status, _, at = self.ask(f"{program}/assessments/new", begun | {"period": "1"})
        assert (status, at.split("/")[1]) == (200, "assessments")
        return at


def test_a_server_prints_its_address_and_answers(start: Any, data: Path) -> None:
    server = start("serve", "--port", "0", "--data", str(data))
    assert server.url.startswith("http://127.0.0.1:")
    assert str(data) in server.said
    assert "become the first administrator" in server.said
    status, content, _ = Client(server.url).join(server).ask("/")
    assert status == 200
    assert b"Add your agency" in content


def test_more_people_are_connected_than_a_server_takes_by_itself(start: Any, data: Path) -> None:
    """Waitress alone holds 100 connections, and lets everybody else wait."""
    server = start("serve", "--port", "0", "--data", str(data))
    host, _, port = server.url.removeprefix("http://").partition(":")
    with ExitStack() as held:
        for _number in range(200):
            asked = held.enter_context(closing(HTTPConnection(host, int(port), timeout=PATIENCE)))
            asked.request("GET", "/login")
            answer = asked.getresponse()
            answer.read()
            assert answer.status == 200
            assert not answer.will_close


def test_the_server_is_made_for_many_connections(data: Path) -> None:
    made = serving._bind(create_server, lambda environ, start: [], "127.0.0.1", [0])
    with closing(made):
        assert (made.adj.connection_limit, made.adj.asyncore_use_poll) == (1000, True)


def test_ctrl_c_ends_it_cleanly(start: Any, data: Path) -> None:
    status, said = start("serve", "--port", "0", "--data", str(data)).end()
    assert status == 0
    assert said.strip() == ""


def test_ctrl_c_ends_it_cleanly_after_it_made_a_pdf(start: Any, data: Path) -> None:
    server = start("serve", "--port", "0", "--data", str(data))
    status, content, _ = Client(server.url).join(server).ask("/instruments/ddcat@4.0/blank.pdf")
    assert (status, content[:4]) == (200, b"%PDF")
    status, said = server.end()
    assert status == 0
    assert "Traceback" not in said


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_of_it_goes_on_running_when_it_was_ended_from_outside(start: Any, data: Path, how: int) -> None:
    server = start("serve", "--port", "0", "--data", str(data))
    Client(server.url).join(server).ask("/instruments/ddcat@4.0/blank.pdf")
    assert len(members(server.process.pid)) > 1, "the press is a process of its own"
    server.process.send_signal(how)
    server.process.wait(timeout=PATIENCE)
    assert becomes(lambda: not members(server.process.pid)), "the press goes on without its server"


def members(group: int) -> list[int]:
    """The processes of this group that still run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, its_group = entry.read_text().rpartition(") ")[2].split()[:3]
        except OSError:
            continue
        if int(its_group) == group and state != "Z":
            found.append(int(entry.parent.name))
    return found


def becomes(true: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_busy_port_is_said_in_one_line(data: Path) -> None:
    with taken_port() as port:
        said = run("serve", "--port", str(port), "--data", str(data))
    assert said.returncode == 1
    assert said.stdout == ""
    assert said.stderr == (
        f"ddcat: Port {port} on 127.0.0.1 cannot be used: Address already in use. Choose another with --port.\n"
    )


def test_the_demo_takes_the_next_free_port(start: Any, data: Path) -> None:
    with taken_port() as port:
        server = start("demo", "--no-browser", "--port", str(port), "--data", str(data))
    assert port < int(server.url.rpartition(":")[2]) < port + 20
    assert "invented" in server.said
    assert b"Paper Lantern House" in Client(server.url).ask("/")[1]
    assert "every password is" in server.said


def test_the_demo_leaves_a_persons_own_data_alone(start: Any, data: Path) -> None:
    own = start("serve", "--port", "0", "--data", str(data))
    client = Client(own.url).join(own)
    client.begin()
    demo = start("demo", "--no-browser", "--port", "0", "--data", str(data))
    assert b"Gull Point" not in Client(demo.url).ask("/")[1]
    assert b"invented" not in client.ask("/")[1]
    assert b"Gull Point" in client.ask("/")[1]


def a_file_in_the_way(folder: Path) -> None:
    folder.write_text("not a folder")


def something_else_under_its_name(folder: Path) -> None:
    folder.mkdir()
    (folder / "ddcat.sqlite").write_bytes(b"not a database at all\n" * 100)


def a_folder_under_its_name(folder: Path) -> None:
    (folder / "ddcat.sqlite").mkdir(parents=True)


UNUSABLE = [a_file_in_the_way, something_else_under_its_name, a_folder_under_its_name]


@pytest.mark.parametrize("prepare", UNUSABLE, ids=lambda prepare: prepare.__name__)
@pytest.mark.parametrize("arguments", [["serve"], ["demo", "--no-browser"]], ids=" ".join)
def test_an_unusable_data_folder_is_said_in_one_line(
    prepare: Callable[[Path], None], arguments: list[str], data: Path
) -> None:
    folder = data if arguments == ["serve"] else data / "demo"
    folder.parent.mkdir(exist_ok=True)
    prepare(folder)
    said = run(*arguments, "--port", "0", "--data", str(data))
    assert said.returncode in (1, 2)
    assert said.stdout == ""
    *usage, last = said.stderr.splitlines()
    assert str(data) in last
    assert usage == [] or said.returncode == 2
    assert "Traceback" not in said.stderr


def network_address() -> str:
    """An address of this machine that others in its network would use."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])


@pytest.mark.parametrize("host", ["0.0.0.0", "its address"])
def test_people_log_in_over_the_address_in_the_network(host: str, start: Any, data: Path) -> None:
    address = network_address()
    listen = address if host == "its address" else host
    server = start("serve", "--host", listen, "--port", "0", "--data", str(data))
    assert server.url.startswith(f"http://{address}:")
    assert "Connections are not encrypted" in server.said
    Client(server.url).join(server)
    again = Client(server.url)
    assert b"Log in" in again.ask("/")[1]
    assert b"Add your agency" in again.log_in().ask("/")[1]
    named = Client(server.url)
    assert named.ask("/login", Host="front-desk:8000")[0] == 200


def test_three_people_share_an_agency_over_the_network(start: Any, data: Path) -> None:
    """What the README tells a stranger to do, from the first link to a rating and a sealed result's absence."""
    server = start("serve", "--host", "0.0.0.0", "--port", "0", "--data", str(data))
    administrator = Client(server.url).join(server)
    at = administrator.begin()
    page = administrator.ask("/")[1].decode()
    agency = re.search(r"/agencies/([0-9a-f]+)/people", page)
    assert agency
    people_page = f"/agencies/{agency[1]}/people"
    clients = {}
    for name, role in (("Dee Director", "director"), ("Ray Rater", "rater"), ("Rea Reader", "reader")):
        administrator.ask(people_page)
        place = f"agency/{agency[1]}"
        invited = administrator.ask(people_page, {"name": name, "login": "", "role": role, "place": place})[
            1
        ].decode()
        link = re.search(r"http://[^/]+(/join/[^\"]+)", invited)
        assert link, invited
        clients[role] = Client(server.url)
        clients[role].ask(link[1])
        account = {"name": name, "login": f"{role}@example.org", "password": PASSWORD, "again": PASSWORD}
        assert clients[role].ask(link[1], account)[0] == 200
    dimension = f"{at}/dimensions/structure"
    assert clients["director"].ask(dimension)[0] == 200
    assert clients["rater"].ask(dimension)[0] == 404, "nobody named her yet"
    page = clients["director"].ask(f"{at}/people")[1].decode()
    ray = re.search(r'<option value="([0-9a-f]+)">Ray Rater', page)
    assert ray
    clients["director"].ask(f"{at}/people", {"person": ray[1]})
    assert clients["rater"].ask(dimension)[0] == 200
    rated = {"welcome-rating": "3", "welcome-stamp": "0.", "then": "structure"}
    assert (
        clients["rater"].ask(dimension, {name.replace("welcome", ITEM): said for name, said in rated.items()})[0]
        == 200
    )
    assert clients["reader"].ask(at)[0] == 404, "it is a draft"
    assert "Ray Rater" in clients["director"].ask(f"/programs/{program_of(clients['director'])}/trail")[1].decode()
    assert run("verify", "--data", str(data)).returncode == 0


def program_of(client: Client) -> str:
    """The ref of the one program on somebody's first page."""
    found = re.search(r"/programs/([0-9a-f]+)", client.ask("/")[1].decode())
    assert found
    return found[1]


def test_on_this_machine_alone_nothing_is_said_about_encryption(start: Any, data: Path) -> None:
    assert "encrypted" not in start("serve", "--port", "0", "--data", str(data)).said


class Proxy(BaseHTTPRequestHandler):
    """What a proxy with TLS does, without the TLS: passes on, and says who asked and over what."""

    to = ""

    def do_GET(self) -> None:
        self._pass_on(None)

    def do_POST(self) -> None:
        self._pass_on(self.rfile.read(int(self.headers["Content-Length"])))

    def _pass_on(self, body: bytes | None) -> None:
        kept = ("Content-Type", "Accept", "Cookie", "Referer")
        headers = {name: self.headers[name] for name in kept if self.headers[name]}
        headers |= {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "ddcat.example", "X-Forwarded-For": "192.0.2.7"}
        with closing(HTTPConnection(self.to, timeout=PATIENCE)) as asked:
            asked.request(self.command, self.path, body, headers)
            answer = asked.getresponse()
            content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name not in ("Content-Length", "Connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_said: Any) -> None:
        pass


@pytest.fixture
def behind_proxy() -> Iterator[Callable[[Server], str]]:
    """The address of a proxy before this server."""
    running: list[ThreadingHTTPServer] = []

    def before(server: Server) -> str:
        handler = type("Before", (Proxy,), {"to": server.url.removeprefix("http://")})
        running.append(ThreadingHTTPServer(("127.0.0.1", 0), handler))
        Thread(target=running[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{running[-1].server_port}"

    yield before
    for proxy in running:
        proxy.shutdown()
        proxy.server_close()


def cookies_of(url: str, path: str, **headers: str) -> tuple[str, str]:
    """The cookie and the address of a redirect, as they were sent."""
    asked = HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE)
    with closing(asked):
        asked.request("GET", path, headers=headers)
        answer = asked.getresponse()
        answer.read()
        return answer.headers.get("Set-Cookie", ""), answer.headers.get("Location", "")


def test_behind_a_proxy_with_tls_the_cookie_is_for_encrypted_connections(
    start: Any, data: Path, behind_proxy: Callable[[Server], str]
) -> None:
    server = start("serve", "--port", "0", "--data", str(data), "--proxy", "127.0.0.1")
    proxy = behind_proxy(server)
    assert "Secure" in cookies_of(proxy, "/login")[0]
    found = re.search(r"/join/\S+", server.said)
    assert found
    client = Client(proxy)
    client.opener = build_opener(
        HTTPCookieProcessor(CookieJar(DefaultCookiePolicy(secure_protocols=("http", "https"))))
    )
    client.ask(found[0])
    account = {"name": "Ada Tern", "login": "ada@example.org", "password": PASSWORD, "again": PASSWORD}
    sent = client.ask(found[0], account, Referer=f"https://ddcat.example{found[0]}")
    assert sent[0] == 200, sent[1]
    client.ask("/people/invite")
    invited = {"name": "Bo", "login": "", "role": "administrator"}
    page = client.ask("/people/invite", invited, Referer="https://ddcat.example/people/invite")[1].decode()
    assert "https://ddcat.example/join/" in page


def test_behind_a_proxy_a_plain_connection_is_told_to_use_the_other_address(start: Any, data: Path) -> None:
    server = start("serve", "--port", "0", "--data", str(data), "--proxy", "192.0.2.1")
    page = Client(server.url).ask("/login", **{"X-Forwarded-Proto": "https"})[1].decode()
    assert "Use the address that begins with https" in page


def test_a_request_under_another_name_is_refused(start: Any, data: Path) -> None:
    server = start("serve", "--port", "0", "--data", str(data))
    assert Client(server.url).ask("/", Host="evil.example")[0] == 400


def test_the_data_folder_may_come_from_the_environment(start: Any, data: Path) -> None:
    server = start("serve", "--port", "0", DDCAT_DATA=str(data))
    assert str(data) in server.said
    assert (data / "ddcat.sqlite").exists()


def test_the_key_of_sessions_is_private_and_survives_a_restart(start: Any, data: Path) -> None:
    first = start("serve", "--port", "0", "--data", str(data))
    key = data / "secret.key"
    made = key.read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    client = Client(first.url).join(first)
    client.ask("/agencies/new")
    port = first.url.rpartition(":")[2]
    first.end()

    second = start("serve", "--port", port, "--data", str(data))
    assert key.read_bytes() == made
    client.url = second.url
    status, _, _ = client.ask("/agencies/new", {"name": "Tern Rock"})
    assert status == 200, "a page opened before the restart can be saved after it"


@dataclass
class Stream:
    """Someone who rates without pause: what was sent for each item, and what the server said it had saved."""

    client: Client
    at: str
    sent: dict[str, int] = field(default_factory=dict)
    saved: dict[str, int] = field(default_factory=dict)
    flowing: Event = field(default_factory=Event)

    def run(self) -> None:
        dimension = shelf.find("ddcat@4.0").instrument.dimensions[3]
        stamps = dict.fromkeys(dimension.item_ids, "")
        try:
            for n, item in zip(count(1), cycle(dimension.item_ids), strict=False):
                rating = str(dimension.items[0].ratings[n % 2])
                form = {f"{item}-rating": rating, f"{item}-why": f"seen {n}", f"{item}-stamp": stamps[item]}
                self.sent[item] = n
                status, content, _ = self.client.ask(
                    f"{self.at}/dimensions/{dimension.id}", form, Accept="application/json"
                )
                assert status == 200, content
                self.saved[item] = n
                stamps |= json.loads(content)["stamps"]
                if n == 2 * len(stamps):
                    self.flowing.set()
        except (URLError, ConnectionError, HTTPException):
            return  # the server is dead


@pytest.mark.parametrize("round", range(KILLS))
def test_every_rating_that_was_acknowledged_survives_the_servers_sudden_death(
    round: int, start: Any, data: Path
) -> None:
    server = start("serve", "--port", "0", "--data", str(data))
    client = Client(server.url).join(server)
    at = client.begin()
    client.ask(f"{at}/dimensions/treatment")
    stream = Stream(client, at)
    thread = Thread(target=stream.run)
    thread.start()
    assert stream.flowing.wait(PATIENCE)
    time.sleep(0.01 * (round % 20))  # elsewhere in its work each time
    server.end(signal.SIGKILL)
    thread.join()

    again = start("serve", "--port", "0", "--data", str(data))
    assert Client(again.url).log_in().ask(at)[0] == 200
    assert run("verify", "--data", str(data)).returncode == 0
    with closing(sqlite3.connect(data / "ddcat.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db = store.connect(data / "ddcat.sqlite")
    with closing(db.conn):
        standing = assessments.get(db, people.first(db), at.split("/")[2])
    assert stream.saved
    for item, n in stream.saved.items():
        kept = int(standing.why[item].removeprefix("seen "))
        assert n <= kept <= stream.sent[item]
        assert item in standing.ratings


def test_without_pango_the_web_says_so_and_offers_a_page_to_print(start: Any, data: Path, tmp_path: Path) -> None:
    stub = tmp_path / "stub" / "weasyprint"
    stub.mkdir(parents=True)
    (stub / "__init__.py").write_text("raise OSError('cannot load library libpango-1.0-0')\n")
    server = start("serve", "--port", "0", "--data", str(data), PYTHONPATH=str(stub.parent))
    client = Client(server.url).join(server)
    at = client.begin()
    for path in (f"{at}/plan.pdf", "/instruments/ddcat@4.0/blank.pdf"):
        status, content, _ = client.ask(path)
        page = content.decode()
        assert status == 503
        assert "This machine cannot make PDFs" in page
        found = re.search(r'<a class="button" href="([^"]+)"', page)
        assert found
        status, content, _ = client.ask(found[1])
        assert status == 200
        assert b"<h1>" in content
