"""What can be checked without running anything: who imports whom, types, and style."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*command: str) -> str:
    """What a tool says; fails with its words when it is not content."""
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_no_room_is_used_from_a_room_that_may_not_use_it():
    start = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    said = run("-c", start, "--no-cache")
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    for contract in contracts:
        assert f"{contract['name']} KEPT" in said
    assert f"{len(contracts)} kept, 0 broken" in said


@pytest.mark.slow
def test_every_value_has_the_type_that_it_says():
    assert "no issues found" in run("-m", "mypy")


def test_the_style_is_that_of_the_rules():
    run("-m", "ruff", "check", "--no-cache", ".")


def test_the_format_is_that_of_the_formatter():
    run("-m", "ruff", "format", "--no-cache", "--check", ".")
