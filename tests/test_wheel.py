"""The wheel: it holds what git tracks and nothing else, and works in an environment with nothing else in it."""

import os
import shutil
import subprocess
import sys
import venv
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
PACKED = {"ddcat/": "ddcat/", "templates/": "ddcat/_data/templates/", "instruments/": "ddcat/_data/instruments/"}
LEFT_OUT = (".git", ".venv", ".tools", ".hypothesis", "tests", "benchmarks", "*_cache", "*.egg-info", "build", "dist")
RATINGS = "program,assessed_on,IA,IIA,IIB\nGull Point,2026-05-04,3,2,\n"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built in a copy of this checkout."""
    if find_spec("build") is None:
        pytest.skip("the package `build`, which makes the wheel, is not installed")
    copy = tmp_path_factory.mktemp("checkout") / "ddcat"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
    with_own_tools = ["--no-isolation"] if find_spec("hatchling") else []
    run([sys.executable, "-m", "build", "--wheel", *with_own_tools, str(copy)], copy)
    [wheel] = (copy / "dist").glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an empty environment into which the wheel was installed, with what it asks for."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=True)
    run([str(home / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", str(wheel)], home)
    return home / "bin"


def run(command: list[str], at: Path) -> str:
    """What a command prints, started there without anything that would lead it to the checkout."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "VIRTUAL_ENV") and not name.startswith("DDCAT_")
    }
    done = subprocess.run(command, cwd=at, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_wheel_holds_exactly_what_git_tracks(wheel: Path) -> None:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("this is no git checkout, so nobody can say what belongs into the wheel")
    tracked = subprocess.run(
        ["git", "ls-files", "-z", *PACKED], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    expected = set()
    for path in filter(None, tracked.split("\0")):
        folder = f"{path.partition('/')[0]}/"
        expected.add(PACKED[folder] + path.removeprefix(folder))
    assert expected
    with ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert {"only in the wheel": sorted(names - expected), "missing in the wheel": sorted(expected - names)} == {
        "only in the wheel": [],
        "missing in the wheel": [],
    }


def test_the_wheel_carries_both_licences_and_the_command(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = {name.partition(".dist-info/")[2] for name in archive.namelist()}
        [entry_points] = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        commands = archive.read(entry_points).decode()
    assert {"licenses/LICENSE", "licenses/instruments/LICENSE"} <= names
    assert "ddcat = ddcat.cli:main" in commands


def test_an_installed_ddcat_works_far_from_any_checkout(installed: Path, tmp_path: Path) -> None:
    ddcat = str(installed / "ddcat")
    python = str(installed / "python")
    (tmp_path / "ratings.csv").write_text(RATINGS)

    assert run([ddcat, "version"], tmp_path).startswith("ddcat ")
    instruments = run([python, "-c", "from ddcat import paths; print(paths.INSTRUMENTS)"], tmp_path).strip()
    assert not Path(instruments).is_relative_to(ROOT)
    shipped = sorted(map(str, Path(instruments).glob("*.toml")))
    assert run([ddcat, "check", *shipped], tmp_path).count("no faults") == len(shipped) > 0
    assert '"program": "Gull Point"' in run([ddcat, "score", "ratings.csv", "--json"], tmp_path)
    run([ddcat, "report", "ratings.csv", "-o", "plan.pdf"], tmp_path)
    assert (tmp_path / "plan.pdf").read_bytes().startswith(b"%PDF")
    run([ddcat, "migrate", "--data", "data"], tmp_path)
    first_page = (
        "from ddcat.web import create_app; client = create_app(DATA='data').test_client();"
        " print(client.get('/login').status_code, client.get('/static/ddcat.css').status_code)"
    )
    assert run([python, "-c", first_page], tmp_path) == "200 200\n"
