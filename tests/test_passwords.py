"""Passwords: which will do, and that only the same password is the same."""

import time

import pytest
from argon2 import PasswordHasher

from ddcat import passwords

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
LONG = "otter kettle marble " * 10


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", CHEAP)
    monkeypatch.setattr(passwords, "_NOBODY", CHEAP.hash("nobody has this password"))


def test_a_hash_is_argon2id_with_at_least_what_its_rfc_asks_for_and_never_twice_the_same() -> None:
    kept = [passwords.hashed("otter kettle marble") for _ in range(2)]
    assert kept[0] != kept[1]
    _empty, kind, _version, costs, _salt, _digest = kept[0].split("$")
    settings = dict(part.split("=") for part in costs.split(","))
    assert kind == "argon2id"
    assert int(settings["m"]) >= 64 * 1024
    assert int(settings["t"]) >= 3
    assert passwords.fits(kept[0], "otter kettle marble")
    assert not passwords.is_old(kept[0])


@pytest.mark.usefixtures("cheap")
def test_nobody_has_the_password_of_nobody() -> None:
    assert passwords._hasher.verify(passwords._NOBODY, "nobody has this password")
    assert not passwords.fits(None, "nobody has this password")


def test_a_hash_of_other_settings_is_old() -> None:
    assert passwords.is_old(CHEAP.hash("x"))


@pytest.mark.parametrize("kept", ["", "x", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$AAAA$", "plain text"])
@pytest.mark.usefixtures("cheap")
def test_what_is_no_hash_fits_nothing(kept: str) -> None:
    assert not passwords.fits(kept, "plain text")


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("caf\u00e9 otter kettle", "cafe\u0301 otter kettle"),
        ("otter kettle 42", "ｏｔｔｅｒ　ｋｅｔｔｌｅ　４２"),
        ("of\ufb01ce kettle otter", "office kettle otter"),
        ("\u1f82" * 100, "\u03b1\u0313\u0300\u0345" * 100),
    ],
)
def test_the_same_signs_written_by_another_keyboard_are_the_same_password(kept: str, typed: str) -> None:
    assert passwords.fits(passwords.hashed(kept), typed)
    assert passwords.fits(passwords.hashed(typed), kept)


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize(
    "typed",
    [
        "",
        "otter kettle",
        "otter kettle\0marbl",
        "otter kettle\0marble ",
        " otter kettle\0marble",
        "Otter kettle\0marble",
        "оtter kettle\0marble",
        "otter kettle\0marble" + "x" * 1_000_000,
    ],
)
def test_nothing_but_the_whole_password_fits_not_even_after_a_null_byte(typed: str) -> None:
    assert not passwords.fits(passwords.hashed("otter kettle\0marble"), typed)


@pytest.mark.usefixtures("cheap")
def test_halves_of_signs_break_nothing() -> None:
    assert passwords.problem("\ud800" * 20)
    assert not passwords.fits(passwords.hashed("otter kettle marble"), "\ud800")
    assert passwords.fits(passwords.hashed("otter \udfffkettle"), "otter kettle")


@pytest.mark.usefixtures("cheap")
def test_a_megabyte_of_accents_is_answered_at_once() -> None:
    # Normalizing them takes a time that grows with the square of their number: minutes.
    huge = "a" + "\u0301\u0323" * 250_000
    began = time.perf_counter()
    assert passwords.problem(huge)
    assert not passwords.fits(None, huge)
    passwords.hashed(huge)
    assert time.perf_counter() - began < 1


def test_two_hundred_signs_will_do_and_two_hundred_and_one_will_not() -> None:
    assert passwords.problem(LONG) == ""
    assert passwords.problem(LONG + "x") == "Choose a password of at most 200 characters."
    assert passwords.problem("x" * 1_000_000) == "Choose a password of at most 200 characters."
    assert passwords.problem("\ufdfa" * 12) == "Choose a password of at most 200 characters."


@pytest.mark.parametrize("short", ["", "a", "otter ket", "\ufb01" * 4])
def test_fewer_than_ten_signs_will_not_do(short: str) -> None:
    assert "at least 10" in passwords.problem(short)


@pytest.mark.parametrize(
    "easy",
    [
        "password123",
        "Password!!",
        "qwertyuiop",
        "1234567890",
        "aaaaaaaaaaaa",
        "abababababab",
        "\0" * 20,
        "ddcatddcat12",
    ],
)
def test_what_everybody_guesses_will_not_do(easy: str) -> None:
    assert "harder to guess" in passwords.problem(easy)


@pytest.mark.parametrize("easy", ["kim example 1", "KIM@example.org", "Example2026", "ＫＩＭ　example 1"])
def test_what_anybody_would_guess_of_this_person_will_not_do(easy: str) -> None:
    assert "harder to guess" in passwords.problem(easy, "Kim Example", "kim@example.org")
    assert "harder to guess" not in passwords.problem("otter kettle marble", "Kim Example", "kim@example.org")


@pytest.mark.parametrize(
    "fine", ["otter kettle", "Надёжный чайник", "水獺 茶壺 大理石 紙 雲朵", "👩🏽\u200d⚕️🌊🦦🫖🧊🎈🪁🧶🪀"]
)
def test_any_script_will_do(fine: str) -> None:
    assert passwords.problem(fine) == ""


def test_the_hash_of_nobody_takes_as_long_as_any_other() -> None:
    assert not passwords.is_old(passwords._NOBODY)
