"""Mail, handed to a real server that runs here."""

import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import AuthResult, LoginPassword

from ddcat import mail
from ddcat.mail import NotSent, Server
from ddcat.web.forms.people import LOGIN

CONFIG = {
    "MAIL_FROM": "ddcat@example.org",
    "MAIL_HOST": "mail.example.org",
    "MAIL_PASSWORD": "",
    "MAIL_PORT": 0,
    "MAIL_SECURITY": "starttls",
    "MAIL_USER": "",
}


class Box(Message):
    """What arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived: list[Any] = []
        self.logged_in: list[tuple[bytes, bytes]] = []

    def handle_message(self, message: Any) -> None:
        self.arrived.append(message)

    def login(self, _server: Any, _session: Any, _envelope: Any, _how: str, said: LoginPassword) -> AuthResult:
        self.logged_in.append((said.login, said.password))
        return AuthResult(success=said.password == b"otter", handled=False)


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[Box, int]]]:
    """`serve(...)`: a mail server on this machine: what arrives there, and its port."""
    with ExitStack() as stack:

        def serve(**settings: Any) -> tuple[Box, int]:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            box = Box()
            controller = Controller(box, "127.0.0.1", port, authenticator=box.login, **settings)
            controller.start()
            stack.callback(controller.stop)
            return box, port

        yield serve


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate for localhost that nobody trusts yet, and a server's context with it."""
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost"
    command += " -addext subjectAltName=DNS:localhost"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return folder / "cert.pem", context


def test_a_message_arrives_as_it_was_written(serve: Callable[..., tuple[Box, int]]) -> None:
    box, port = serve()
    mail.send(
        Server("127.0.0.1", port, "ddcat@example.org", "none"), "sam@example.org", "Für Sam 👋", "Hello Šam\n.\nx"
    )
    (message,) = box.arrived
    assert (message["From"], message["To"]) == ("ddcat@example.org", "sam@example.org")
    assert message["X-RcptTo"] == "sam@example.org"
    body = message.get_payload(decode=True).decode(message.get_content_charset())
    assert body.replace("\r\n", "\n") == "Hello Šam\n.\nx\n"


def test_a_link_is_not_broken_over_two_lines(serve: Callable[..., tuple[Box, int]]) -> None:
    box, port = serve()
    link = "https://ddcat.example.org/join/" + "x" * 120
    mail.send(Server("127.0.0.1", port, "ddcat@example.org", "none"), "sam@example.org", "s", f"Hello\n\n{link}\n")
    assert link in box.arrived[0].get_payload(decode=True).decode()


@pytest.mark.parametrize("way", ["starttls", "tls"])
def test_over_an_encrypted_connection_it_logs_in_and_sends(
    serve: Callable[..., tuple[Box, int]],
    certificate: tuple[Path, ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    trusted, context = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    box, port = serve(**_encrypted(way, context))
    mail.send(Server("localhost", port, "ddcat@example.org", way, "ddcat", "otter"), "sam@example.org", "s", "b")
    assert box.logged_in == [(b"ddcat", b"otter")]
    assert len(box.arrived) == 1
    with pytest.raises(NotSent):
        mail.send(Server("localhost", port, "ddcat@example.org", way, "ddcat", "wrong"), "sam@example.org", "s", "b")


@pytest.mark.parametrize("way", ["starttls", "tls"])
def test_a_server_whose_certificate_nobody_vouches_for_gets_no_password_and_no_message(
    serve: Callable[..., tuple[Box, int]], certificate: tuple[Path, ssl.SSLContext], way: str
) -> None:
    box, port = serve(**_encrypted(way, certificate[1]))
    with pytest.raises(NotSent, match="CERTIFICATE_VERIFY_FAILED"):
        mail.send(Server("localhost", port, "ddcat@example.org", way, "ddcat", "otter"), "sam@example.org", "s", "b")
    assert (box.logged_in, box.arrived) == ([], [])


def test_a_server_that_does_not_encrypt_gets_nothing_unless_that_was_asked_for(
    serve: Callable[..., tuple[Box, int]],
) -> None:
    box, port = serve(auth_require_tls=False)
    with pytest.raises(NotSent, match="STARTTLS"):
        mail.send(Server("127.0.0.1", port, "a@example.org", user="ddcat", password="otter"), "sam@x.org", "s", "b")
    assert (box.logged_in, box.arrived) == ([], [])


def test_where_nobody_listens_or_nobody_answers_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        with pytest.raises(NotSent):
            mail.send(Server("127.0.0.1", port, "ddcat@example.org", "none"), "sam@example.org", "s", "b")
        listening.listen()
        monkeypatch.setattr(mail, "SECONDS", 0.1)
        with pytest.raises(NotSent, match="timed out"):
            mail.send(Server("127.0.0.1", port, "ddcat@example.org", "none"), "sam@example.org", "s", "b")
    with pytest.raises(NotSent):
        mail.send(Server("no.such.host.invalid", 25, "ddcat@example.org", "none"), "sam@example.org", "s", "b")


@pytest.mark.parametrize("added", ["sam@example.org\nBcc: all@example.org", "sam@example.org\r\n\r\nHi", ""])
@pytest.mark.parametrize("part", ["to", "subject"])
def test_nothing_can_be_added_to_the_head_of_a_message(
    serve: Callable[..., tuple[Box, int]], added: str, part: str
) -> None:
    box, port = serve()
    server = Server("127.0.0.1", port, "ddcat@example.org", "none")
    sent = {"to": "sam@example.org", "subject": "s"} | {part: added}
    try:
        mail.send(server, sent["to"], sent["subject"], "b")
    except NotSent:
        assert box.arrived == []
    else:
        assert [message["X-RcptTo"] for message in box.arrived] == ["sam@example.org"]
        assert "Bcc" not in box.arrived[0]


@pytest.mark.parametrize("body", ["\ud800", "x" * 2000, "\0", "a\r\nb\rc"])
def test_a_strange_body_is_sent_or_not_and_breaks_nothing(serve: Callable[..., tuple[Box, int]], body: str) -> None:
    box, port = serve()
    try:
        mail.send(Server("127.0.0.1", port, "ddcat@example.org", "none"), "sam@example.org", "s", body)
    except NotSent:
        assert box.arrived == []
    else:
        assert len(box.arrived) == 1


@pytest.mark.parametrize("login", ["a@b", "sam.o-k_1+x@mail.example.org", "-@-", "+a@a-", "9@9", "__@x--y.z"])
def test_every_login_that_is_an_address_can_be_written_to(serve: Callable[..., tuple[Box, int]], login: str) -> None:
    assert LOGIN.fullmatch(login)
    box, port = serve()
    mail.send(Server("127.0.0.1", port, "ddcat@example.org", "none"), login, "s", "b")
    assert box.arrived[0]["X-RcptTo"] == login


@pytest.mark.parametrize(
    "login", ["@", "a@", "@b", "a@b@c", ".a@b", "a.@b", "a..b@c", "a@.b", "a@b.", "a@b..c", "<a@b>"]
)
def test_what_is_no_address_is_no_login(login: str) -> None:
    assert not LOGIN.fullmatch(login)


def test_without_a_host_or_a_sender_there_is_no_server() -> None:
    assert Server.of(CONFIG | {"MAIL_HOST": ""}) is None
    assert Server.of(CONFIG | {"MAIL_FROM": ""}) is None


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25), ("StartTLS", 587)])
def test_the_port_follows_from_how_it_is_encrypted_unless_it_is_named(security: str, port: int) -> None:
    config = CONFIG | {"MAIL_SECURITY": security}
    assert Server.of(config) == Server("mail.example.org", port, "ddcat@example.org", security.lower())
    assert Server.of(config | {"MAIL_PORT": "2525"}) == Server(
        "mail.example.org", 2525, "ddcat@example.org", security.lower()
    )


@pytest.mark.parametrize("wrong", [{"MAIL_SECURITY": "ssl"}, {"MAIL_SECURITY": ""}, {"MAIL_PORT": "smtp"}])
def test_a_slip_in_the_configuration_never_sends_in_the_clear(wrong: dict[str, str]) -> None:
    with pytest.raises(NotSent, match=next(iter(wrong))):
        Server.of(CONFIG | wrong)


def test_a_number_as_password_is_a_password() -> None:
    server = Server.of(CONFIG | {"MAIL_USER": "ddcat", "MAIL_PASSWORD": 12345})
    assert server is not None
    assert server.password == "12345"


def _encrypted(way: str, context: ssl.SSLContext) -> dict[str, Any]:
    return {"ssl_context": context, "auth_require_tls": False} if way == "tls" else {"tls_context": context}
