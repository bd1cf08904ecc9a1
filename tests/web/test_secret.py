"""The key that signs sessions."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ddcat.web import secret


def test_the_key_is_made_once_and_kept(tmp_path: Path) -> None:
    first = secret.key(tmp_path)
    assert len(first) == 64
    assert secret.key(tmp_path) == first
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_an_empty_key_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("\n")
    assert len(secret.key(tmp_path)) == 64


def test_many_first_starts_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _n: secret.key(tmp_path), range(16)))) == 1


def test_a_key_is_read_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret.key").write_text("a key of some length")
    monkeypatch.setattr(secret, "_make", lambda _path: pytest.fail("nothing is to be made"))
    assert secret.key(tmp_path) == "a key of some length"


def test_a_folder_in_place_of_the_key_is_an_error(tmp_path: Path) -> None:
    os.mkdir(tmp_path / "secret.key")
    with pytest.raises(OSError, match=r"secret\.key"):
        secret.key(tmp_path)
