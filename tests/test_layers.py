"""Who imports whom, and which room alone knows a library."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def run(*command: str) -> str:
    """What a tool says; fails with its words when it is not content."""
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_no_room_is_used_from_a_room_that_may_not_use_it():
    start = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    said = run("-c", start, "--no-cache")
    for contract in CONTRACTS:
        assert f"{contract['name']} KEPT" in said
    assert f"{len(CONTRACTS)} kept, 0 broken" in said


def test_a_forbidden_library_is_forbidden_to_every_other_room():
    allowed = {"flask": {"web", "cli"}, "sqlite3": {"store"}, "weasyprint": {"report"}}
    rooms = {
        path.stem for path in (ROOT / "ddcat").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    rooms -= {"__init__", "__main__", "__pycache__", "_data"}
    contracts = [contract for contract in CONTRACTS if contract["type"] == "forbidden"]
    for contract in contracts:
        (may,) = [allowed[name] for name in contract["forbidden_modules"] if name in allowed]
        assert set(contract["source_modules"]) == {f"ddcat.{room}" for room in rooms - may}, contract["name"]
    assert len(contracts) == len(allowed)
