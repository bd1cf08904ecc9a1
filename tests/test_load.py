"""Many raters who save at once lose nothing, and nobody meets a server in trouble."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent.parent / "benchmarks"))

import load

pytestmark = pytest.mark.slow


def test_raters_who_save_at_once_find_every_acknowledged_save_in_the_database() -> None:
    found = load.load(20, 20)
    assert (found.lost, set(found.answers)) == ([], {200})
    assert found.saves > 100
