"""The second factor: which codes are right when, and what is kept of recovery codes."""

from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from ddcat import factors

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP = 1_000_000


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that stands still in the middle of a step."""
    now = SimpleNamespace(time=lambda: STEP * factors.STEP + 15.5)
    monkeypatch.setattr(factors, "time", now)
    return now


def code(step: int) -> str:
    return pyotp.TOTP(SECRET).at(step * factors.STEP)


def test_the_code_of_now_and_of_one_step_before_or_after_is_right_and_says_which_step_it_is() -> None:
    assert [factors.step_of(SECRET, code(STEP + by)) for by in (-1, 0, 1)] == [STEP - 1, STEP, STEP + 1]


@pytest.mark.parametrize("by", [-20, -2, 2, 20])
def test_the_code_of_another_time_is_wrong(by: int) -> None:
    assert factors.step_of(SECRET, code(STEP + by)) is None


def test_blanks_in_a_code_do_not_matter() -> None:
    assert factors.step_of(SECRET, f" {code(STEP)[:3]} {code(STEP)[3:]}\n") == STEP


@pytest.mark.parametrize("wrong", ["", "0", "\0", "\ud800", "½", "x" * 1_000_000])
def test_what_is_no_code_is_wrong_and_breaks_nothing(wrong: str) -> None:
    assert factors.step_of(SECRET, wrong) is None
    assert factors.recovery_digest(wrong)


def test_digits_of_another_script_are_wrong_and_break_nothing() -> None:
    full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in code(STEP))
    assert factors.step_of(SECRET, full_width) is None
    assert factors.step_of(SECRET, code(STEP) + "\u00e9") is None


def test_more_or_fewer_digits_than_the_code_are_wrong() -> None:
    assert factors.step_of(SECRET, code(STEP)[:5]) is None
    assert factors.step_of(SECRET, code(STEP) + "0") is None


def test_a_secret_has_160_bits_and_never_comes_twice() -> None:
    assert len({factors.new_secret() for _ in range(50)}) == 50
    assert len(factors.new_secret()) * 5 >= 160


def test_the_picture_says_secret_and_login_whatever_signs_stand_in_it() -> None:
    said = urlsplit(factors.address(SECRET, "kim+a&secret=x@example.org"))
    assert (said.scheme, said.netloc) == ("otpauth", "totp")
    assert parse_qs(said.query) == {"secret": [SECRET], "issuer": ["ddcat"]}
    assert factors.picture(SECRET, "kim", "A <title>").startswith("<svg")
    assert "<title>A &lt;title&gt;</title>" in factors.picture(SECRET, "kim", "A <title>")


def test_recovery_codes_are_eight_and_all_different() -> None:
    codes = [code for _ in range(10) for code in factors.new_recovery()]
    assert len(set(codes)) == len(codes) == 80
    assert all(len(code.replace("-", "")) == 16 for code in codes)


def test_a_recovery_code_is_the_same_however_it_is_spaced_or_written() -> None:
    (first, second, *_rest) = factors.new_recovery()
    kept = factors.recovery_digest(first)
    assert first not in kept
    for typed in (first.upper(), first.replace("-", ""), first.replace("-", " "), f"  {first}\n"):
        assert factors.recovery_digest(typed) == kept
    assert factors.recovery_digest(second) != kept
    assert factors.recovery_digest(first[:-1]) != kept
