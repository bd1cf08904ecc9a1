"""Single sign-on, against a provider that runs here and can be told to misbehave."""

import base64
import hashlib
import json
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from joserfc.jws import JWSRegistry
from sqlite_utils import Database
from werkzeug.test import TestResponse

from ddcat import store
from ddcat.records import Person
from ddcat.store import people, typed
from ddcat.web import create_app
from ddcat.web.sso import NotSetUp

with warnings.catch_warnings():
    # What the provider is made of warns of its own age when it is imported.
    from authlib.deprecate import AuthlibDeprecationWarning

    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from oidc_provider_mock import run_server_in_thread

pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")

CLIENT = "ddcat-of-tidewater"
EMAIL = "ada@example.org"
VERIFIED = {"email": EMAIL, "email_verified": True}
DISCOVERY = "/.well-known/openid-configuration"
UNFINISHED = "was cancelled, took too long, or was begun in another window"
UNREACHABLE = "could not be reached, or did not answer as it should"
REFUSED = "Signing on with Tidewater opens no account here."


class Provider:
    """A provider in a thread; `spoil` changes what it answers to a path, `asked` is what token requests said."""

    def __init__(self, server: Any) -> None:
        self.issuer = f"http://localhost:{server.server_port}"
        self.spoil: dict[str, Callable[[flask.Response], None]] = {}
        self.asked: list[dict[str, str]] = []
        server.app.before_request(self._hear)
        server.app.after_request(self._answer)

    def knows(self, sub: str, **claims: object) -> None:
        requests.put(f"{self.issuer}/users/{sub}", json=claims).raise_for_status()

    def _hear(self) -> None:
        if flask.request.path == "/oauth2/token":
            self.asked.append(flask.request.form.to_dict())

    def _answer(self, response: flask.Response) -> flask.Response:
        self.spoil.get(flask.request.path, lambda _response: None)(response)
        return response


@pytest.fixture(scope="module")
def _running() -> Iterator[Provider]:
    with run_server_in_thread() as server:
        yield Provider(server)


@pytest.fixture
def provider(_running: Provider) -> Provider:
    _running.spoil.clear()
    _running.asked.clear()
    return _running


@pytest.fixture
def make_app(tmp_path: Path, db: Database, provider: Provider) -> Callable[..., Flask]:
    def make_app(**overrides: Any) -> Flask:
        usual = {
            "OIDC_ISSUER": provider.issuer,
            "OIDC_CLIENT": CLIENT,
            "OIDC_SECRET": "hush",
            "OIDC_NAME": "Tidewater",
        }
        return create_app(DATA=str(tmp_path), TESTING=True, SECRET_KEY="only for tests", **usual | overrides)

    return make_app


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def ada(db: Database) -> Person:
    """Somebody who was invited, beside the first administrator."""
    with store.writing(db):
        people.adopt(db, name="Kim Example", login="kim@example.org", password="nobody logs in with it")
        return people.create(db, people.first(db), name="Ada Example", login=EMAIL, is_vouched=True)


def begin(client: FlaskClient, path: str = "/sso/login", **more: Any) -> str:
    """Press the button: the address of the provider that the browser is sent to."""
    response = client.get(path, **more)
    assert response.status_code == 302, response.text
    return str(response.location)


def agree(address: str, sub: str) -> str:
    """Sign on at the provider: the address of ours that the browser is sent back to."""
    response = requests.post(address, data={"sub": sub}, allow_redirects=False)
    assert response.status_code == 302, response.text
    return response.headers["Location"]


def sign_on(client: FlaskClient, sub: str, path: str = "/sso/login") -> TestResponse:
    return client.get(agree(begin(client, path), sub))


def who(client: FlaskClient) -> str:
    """The ref of whoever is logged in, "" where nobody is."""
    with client.session_transaction() as session:
        return str(session.get("_user_id", "")).partition(".")[0]


def query(address: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(address).query).items()}


# --- Who gets in ---


def test_a_verified_email_address_opens_the_account_with_that_login(
    client: FlaskClient, provider: Provider, ada: Person, db: Database
) -> None:
    provider.knows("ada-1", email="Ada@Example.ORG", email_verified=True)
    response = sign_on(client, "ada-1")
    assert (response.status_code, response.location) == (302, "/")
    assert who(client) == ada.ref
    assert client.get("/account").status_code == 200
    assert people.by_sso(db, f"{provider.issuer} ada-1").ref == ada.ref


def test_the_second_time_the_subject_is_enough(
    app: Flask, client: FlaskClient, provider: Provider, ada: Person
) -> None:
    provider.knows("ada-2", **VERIFIED)
    sign_on(client, "ada-2")
    provider.knows("ada-2", email="kim@example.org", email_verified=True)
    other = app.test_client()
    sign_on(other, "ada-2")
    assert who(other) == ada.ref


def test_nothing_of_the_session_before_stays(client: FlaskClient, provider: Provider, ada: Person) -> None:
    provider.knows("ada-3", **VERIFIED)
    with client.session_transaction() as session:
        session["half"] = ["somebody", 0, "/"]
    sign_on(client, "ada-3")
    with client.session_transaction() as session:
        assert not [key for key in session if key in ("half", "sso") or key.startswith("_state_")]


def test_whoever_is_logged_in_already_goes_to_the_first_page(
    client: FlaskClient, provider: Provider, ada: Person
) -> None:
    provider.knows("ada-4", **VERIFIED)
    sign_on(client, "ada-4")
    assert client.get("/sso/login").location == "/"


def test_what_was_typed_when_a_login_ended_is_given_back(
    client: FlaskClient, provider: Provider, ada: Person, db: Database
) -> None:
    typed.keep(db, ada.ref, "/account/password", [("old", "x")])
    provider.knows("ada-5", **VERIFIED)
    assert sign_on(client, "ada-5").location == "/account/typed"


def test_a_second_factor_of_ours_is_left_to_the_provider(
    client: FlaskClient, provider: Provider, ada: Person, db: Database
) -> None:
    people.set_factor(db, None, ada, "JBSWY3DPEHPK3PXP")
    provider.knows("ada-6", **VERIFIED)
    sign_on(client, "ada-6")
    assert who(client) == ada.ref


# --- Who does not ---

STRANGERS = {
    "nobody was invited": {"email": "eve@example.org", "email_verified": True},
    "the address is not verified": {"email": EMAIL, "email_verified": False},
    "nobody says whether it is verified": {"email": EMAIL},
    "verified is a word": {"email": EMAIL, "email_verified": "true"},
    "there is no address": {"email_verified": True},
    "the address is no text": {"email": [EMAIL], "email_verified": True},
    "the address only resembles hers": {
        "email": "kim@example.org".replace("k", "\N{KELVIN SIGN}"),
        "email_verified": True,
    },
}


def refused(response: TestResponse, client: FlaskClient) -> bool:
    assert response.status_code == 403
    assert REFUSED in response.text
    return who(client) == "" and client.get("/account").status_code == 302


@pytest.mark.parametrize("why", STRANGERS)
def test_nobody_gets_in_by_signing_on_alone(
    client: FlaskClient, provider: Provider, ada: Person, db: Database, why: str
) -> None:
    before = [one.ref for one in people.all(db)]
    provider.knows("eve", **STRANGERS[why])
    assert refused(sign_on(client, "eve"), client)
    assert [one.ref for one in people.all(db)] == before


def _linked(db: Database) -> list[str]:
    return [sso for (sso,) in db.execute("SELECT sso FROM person WHERE sso IS NOT NULL")]


@pytest.mark.parametrize("is_linked", [False, True])
def test_a_disabled_account_stays_shut(
    app: Flask, client: FlaskClient, provider: Provider, ada: Person, db: Database, is_linked: bool
) -> None:
    sub = f"ada-disabled-{is_linked}"
    provider.knows(sub, **VERIFIED)
    if is_linked:
        sign_on(app.test_client(), sub)
    people.disable(db, None, ada)
    assert refused(sign_on(client, sub), client)
    assert len(_linked(db)) == is_linked
    # Nor does another address open another account to her.
    provider.knows(sub, email="kim@example.org", email_verified=is_linked)
    assert refused(sign_on(client, sub), client)


def test_an_account_that_is_linked_is_not_linked_again(
    app: Flask, client: FlaskClient, provider: Provider, ada: Person, db: Database
) -> None:
    provider.knows("ada-7", **VERIFIED)
    provider.knows("ada-8", **VERIFIED)
    sign_on(app.test_client(), "ada-7")
    assert refused(sign_on(client, "ada-8"), client)
    assert people.by_sso(db, f"{provider.issuer} ada-7").ref == ada.ref


def test_the_log_says_who_was_refused_on_one_line(
    client: FlaskClient, provider: Provider, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    provider.knows("eve-2", email="eve@example.org\nforged", email_verified=True)
    sign_on(client, "eve-2")
    (said,) = [record.getMessage() for record in caplog.records if record.name == "ddcat.web"]
    assert "eve-2" in said
    assert "\n" not in said


# --- What goes to the provider ---


def test_the_provider_is_asked_with_state_nonce_and_a_challenge(
    client: FlaskClient, provider: Provider, ada: Person
) -> None:
    provider.knows("ada-9", **VERIFIED)
    address = begin(client)
    asked = query(address)
    assert asked["response_type"] == "code"
    assert asked["client_id"] == CLIENT
    assert asked["scope"] == "openid email"
    assert asked["redirect_uri"] == "http://localhost/sso/back"
    assert min(len(asked["state"]), len(asked["nonce"])) >= 20
    assert asked["code_challenge_method"] == "S256"
    client.get(agree(address, "ada-9"))
    (sent,) = provider.asked
    digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]


def test_behind_a_proxy_the_way_back_is_encrypted(make_app: Callable[..., Flask]) -> None:
    client = make_app(TRUSTED_HOSTS=None).test_client()
    address = begin(client, base_url="https://ddcat.example.org")
    assert query(address)["redirect_uri"] == "https://ddcat.example.org/sso/back"


def test_no_request_to_the_provider_waits_longer_than_ten_seconds(
    client: FlaskClient, provider: Provider, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.knows("ada-10", **VERIFIED)
    waited: dict[str, Any] = {}
    send = requests.adapters.HTTPAdapter.send

    def sending(self: Any, request: Any, **more: Any) -> Any:
        waited[urlsplit(request.url).path] = more["timeout"]
        return send(self, request, **more)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", sending)
    sign_on(client, "ada-10")
    waited.pop("/oauth2/authorize")  # the person, not us
    assert waited == {DISCOVERY: 10, "/oauth2/token": 10, "/jwks": 10}


def test_many_logins_that_are_begun_do_not_outgrow_the_cookie(client: FlaskClient, provider: Provider) -> None:
    for _turn in range(20):
        begin(client)
    with client.session_transaction() as session:
        assert len([key for key in session if key.startswith("_state_")]) == 1


# --- What goes wrong ---


def failed(response: TestResponse, client: FlaskClient, status: int, said: str) -> bool:
    assert response.status_code == status
    assert said in response.text
    return who(client) == "" and client.get("/account").status_code == 302


@pytest.mark.parametrize("state", ["state=forged", "state=", "none=at-all"])
def test_a_forged_state_logs_nobody_in(client: FlaskClient, provider: Provider, ada: Person, state: str) -> None:
    provider.knows("ada-11", **VERIFIED)
    back = agree(begin(client), "ada-11")
    assert failed(client.get(back.replace(f"state={query(back)['state']}", state)), client, 400, UNFINISHED)
    assert provider.asked == []


def test_the_way_back_of_another_browser_logs_nobody_in(
    app: Flask, client: FlaskClient, provider: Provider, ada: Person
) -> None:
    provider.knows("ada-12", **VERIFIED)
    back = agree(begin(client), "ada-12")
    victim = app.test_client()
    assert failed(victim.get(back), victim, 400, UNFINISHED)
    begin(victim)
    assert failed(victim.get(back), victim, 400, UNFINISHED)


def test_a_way_back_is_good_for_one_login(client: FlaskClient, provider: Provider, ada: Person) -> None:
    provider.knows("ada-13", **VERIFIED)
    back = agree(begin(client), "ada-13")
    client.get(back)
    client.delete_cookie("ddcat")
    assert failed(client.get(back), client, 400, UNFINISHED)


def test_a_code_that_was_used_logs_nobody_in_with_a_new_state(
    app: Flask, client: FlaskClient, provider: Provider, ada: Person
) -> None:
    provider.knows("ada-14", **VERIFIED)
    back = agree(begin(client), "ada-14")
    client.get(back)
    other = app.test_client()
    state = query(begin(other))["state"]
    assert failed(other.get(f"/sso/back?code={query(back)['code']}&state={state}"), other, 400, UNFINISHED)
    assert len(provider.asked) == 2


def test_a_cancelled_login_logs_nobody_in_and_can_be_begun_again(
    client: FlaskClient, provider: Provider, ada: Person
) -> None:
    provider.knows("ada-15", **VERIFIED)
    denied = requests.post(begin(client), data={"action": "deny"}, allow_redirects=False).headers["Location"]
    assert query(denied)["error"] == "access_denied"
    assert failed(client.get(denied), client, 400, UNFINISHED)
    sign_on(client, "ada-15")
    assert who(client) == ada.ref


def test_what_a_way_back_claims_goes_to_the_log_alone_and_on_one_line(
    client: FlaskClient, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    response = client.get("/sso/back?error=%0Aforged<b>&error_description=secret")
    assert "forged" not in response.text
    assert "secret" not in response.text
    (said,) = [record.getMessage() for record in caplog.records if record.name == "ddcat.web"]
    assert "\\nforged" in said


def test_a_provider_that_is_down_is_told_from_a_login_that_failed(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    client = make_app(OIDC_ISSUER=f"http://127.0.0.1:{port}").test_client()
    assert failed(client.get("/sso/login"), client, 502, UNREACHABLE)
    assert "ConnectionError" in caplog.text


def _fails(response: flask.Response) -> None:
    response.status_code = 500


def _is_no_json(response: flask.Response) -> None:
    response.set_data("<p>Back soon")


def _is_a_list(response: flask.Response) -> None:
    response.set_data("[]")


def _is_empty(response: flask.Response) -> None:
    response.set_data("{}")


def _is_somebody_else(response: flask.Response) -> None:
    response.set_data(json.dumps(response.get_json() | {"issuer": "https://elsewhere.example"}))


NONSENSE = [_fails, _is_no_json, _is_a_list, _is_empty]


@pytest.mark.parametrize("spoil", [*NONSENSE, _is_somebody_else])
def test_a_provider_that_describes_itself_badly_is_not_used(
    client: FlaskClient, provider: Provider, ada: Person, spoil: Callable[..., None]
) -> None:
    provider.knows("ada-16", **VERIFIED)
    provider.spoil[DISCOVERY] = spoil
    assert failed(client.get("/sso/login"), client, 502, UNREACHABLE)
    # It is asked again the next time.
    provider.spoil.clear()
    back = agree(begin(client), "ada-16")
    provider.spoil[DISCOVERY] = spoil
    assert failed(client.get(back), client, 502, UNREACHABLE)


@pytest.mark.parametrize("spoil", NONSENSE)
@pytest.mark.parametrize("path", ["/oauth2/token", "/jwks"])
def test_a_provider_that_answers_nonsense_logs_nobody_in(
    client: FlaskClient, provider: Provider, ada: Person, path: str, spoil: Callable[..., None]
) -> None:
    provider.knows("ada-17", **VERIFIED)
    provider.spoil[path] = spoil
    assert failed(sign_on(client, "ada-17"), client, 502, UNREACHABLE)


OTHER_KEY = RSAKey.generate_key(2048)


def _signed(claims: dict[str, Any], key: Any, alg: str) -> str:
    return jwt.encode({"alg": alg}, claims, key, registry=JWSRegistry(algorithms=[alg]))


def _unsigned(claims: dict[str, Any], _key: RSAKey) -> str:
    parts = ({"alg": "none"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."


def _own_key(claims: dict[str, Any], _key: RSAKey) -> str:
    header = {"alg": "RS256", "jwk": OTHER_KEY.as_dict(private=False)}
    return jwt.encode(header, claims, OTHER_KEY)


FORGED: dict[str, Callable[[dict[str, Any], RSAKey], str]] = {
    "for another login": lambda claims, key: _signed(claims | {"nonce": "another"}, key, "RS256"),
    "for no login": lambda claims, key: _signed(claims | {"nonce": None}, key, "RS256"),
    "without nonces, it says": lambda claims, key: _signed(
        claims | {"nonce": "another", "nonce_supported": False}, key, "RS256"
    ),
    "for another client": lambda claims, key: _signed(claims | {"aud": "another"}, key, "RS256"),
    "for another client, though we are named": lambda claims, key: _signed(
        claims | {"aud": [CLIENT, "another"], "azp": "another"}, key, "RS256"
    ),
    "for another client, as it is named": lambda claims, key: _signed(
        claims | {"aud": "another", "azp": CLIENT}, key, "RS256"
    ),
    "of another issuer": lambda claims, key: _signed(claims | {"iss": "https://elsewhere.example"}, key, "RS256"),
    "expired": lambda claims, key: _signed(claims | {"exp": int(time.time()) - 600}, key, "RS256"),
    "of nobody": lambda claims, key: _signed(claims | {"sub": ""}, key, "RS256"),
    "of a number": lambda claims, key: _signed(claims | {"sub": 7}, key, "RS256"),
    "signed by another key": lambda claims, key: _signed(claims, OTHER_KEY, "RS256"),
    "signed by a key that it brings": _own_key,
    "signed with the secret": lambda claims, key: _signed(claims, OctKey.import_key("hush" * 8), "HS256"),
    "not signed": _unsigned,
    "no token": lambda claims, key: "not.a.token",
}


def _forging(forge: Callable[[dict[str, Any], RSAKey], str]) -> Callable[[flask.Response], None]:
    def spoil(response: flask.Response) -> None:
        said = response.get_json()
        body = said["id_token"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        key = RSAKey.import_key(flask.g.oidc_provider_mock_storage.jwk.as_dict(is_private=True))
        response.set_data(json.dumps(said | {"id_token": forge(claims, key)}))

    return spoil


@pytest.mark.parametrize("how", FORGED)
def test_an_id_token_that_is_not_for_this_very_login_logs_nobody_in(
    client: FlaskClient, provider: Provider, ada: Person, how: str
) -> None:
    provider.knows("ada-18", **VERIFIED)
    provider.spoil["/oauth2/token"] = _forging(FORGED[how])
    assert failed(sign_on(client, "ada-18"), client, 502, UNREACHABLE)


def test_an_id_token_that_is_only_signed_again_does_log_in(
    client: FlaskClient, provider: Provider, ada: Person
) -> None:
    provider.knows("ada-19", **VERIFIED)
    provider.spoil["/oauth2/token"] = _forging(lambda claims, key: _signed(claims, key, "RS256"))
    sign_on(client, "ada-19")
    assert who(client) == ada.ref


# --- Where it leads ---


@pytest.mark.parametrize(
    ("asked", "leads"),
    [
        ("/account", "/account"),
        ("https://elsewhere.example/x", "/"),
        ("//elsewhere.example/x", "/"),
        ("/\\elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_a_login_leads_to_a_page_of_ours_alone(
    client: FlaskClient, provider: Provider, ada: Person, asked: str, leads: str
) -> None:
    provider.knows("ada-20", **VERIFIED)
    back = agree(begin(client, "/sso/login", query_string={"next": asked}), "ada-20")
    assert client.get(f"{back}&next=https://elsewhere.example").location == leads


# --- Off, and half set up ---


def test_it_is_off_unless_it_is_set_up(make_app: Callable[..., Flask]) -> None:
    client = make_app(OIDC_ISSUER="").test_client()
    assert [client.get(path).status_code for path in ("/sso/login", "/sso/back?code=1&state=2")] == [404, 404]
    assert "Log in with" not in client.get("/login").text


def test_the_login_page_offers_it_by_name(make_app: Callable[..., Flask], client: FlaskClient) -> None:
    assert "Log in with Tidewater" in client.get("/login").text
    assert "Log in with localhost" in make_app(OIDC_NAME="").test_client().get("/login").text


def test_where_it_is_off_its_packages_are_not_imported(tmp_path: Path, db: Database) -> None:
    source = (
        "import sys; from ddcat.web import create_app; create_app(DATA=sys.argv[1]);"
        " print([name for name in ('authlib', 'requests') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", source, str(tmp_path)], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "[]"


def test_without_its_packages_the_application_says_what_to_install(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "authlib.integrations.flask_client", None)
    with pytest.raises(NotSetUp, match=r"pip install ddcat\[sso\]"):
        make_app()
    make_app(OIDC_ISSUER="")


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"OIDC_CLIENT": ""}, "DDCAT_OIDC_CLIENT is not"), ({"OIDC_ISSUER": "http://id.example.org"}, "https://")],
)
def test_settings_that_let_nobody_in_are_refused_at_once(
    make_app: Callable[..., Flask], settings: dict[str, str], said: str
) -> None:
    with pytest.raises(NotSetUp, match=said):
        make_app(**settings)


def test_an_account_whose_login_nobody_vouched_for_is_not_opened_by_its_address(
    client: FlaskClient, provider: Provider, ada: Person, db: Database
) -> None:
    with store.writing(db):
        people.create(db, None, name="Mal Ory", login="boss@example.org")
    provider.knows("boss", email="boss@example.org", email_verified=True)
    assert sign_on(client, "boss").status_code == 403
    assert who(client) == ""
