"""What every test may ask for: a tiny invented instrument, the real one, a database, profiles of ratings."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from gettext import NullTranslations
from pathlib import Path

import pytest
from hypothesis import settings
from sqlite_utils import Database

from ddcat import shelf, store, words
from ddcat.instrument import Guide, Instrument
from ddcat.records import Person
from ddcat.scoring import Ratings
from ddcat.store import people

# Started in the background by a shell, we would ignore Ctrl+C, and so would every program that a test interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Whatever language this machine speaks, commands speak English here.
os.environ["DDCAT_LANGUAGE"] = "en"
# And whatever instruments it has of its own, tests know those that come with ddcat.
os.environ.pop("DDCAT_INSTRUMENTS", None)

INSTRUMENTS = Path(__file__).parent / "instruments"

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


class Longer(NullTranslations):
    """A second language that takes two fifths more room: every vowel twice, until that is reached."""

    KEPT = re.compile(r"(%\([a-z_]+\)[a-z]|%%|\{[a-z]+\})")

    def info(self) -> dict[str, str]:
        return {"language": "es"}

    def gettext(self, message: str) -> str:
        parts = self.KEPT.split(message)
        room = [0.4 * sum(len(part) for part in parts[::2])]

        def twice(vowel: re.Match[str]) -> str:
            room[0] -= 1
            return vowel[0] * (1 + (room[0] > -1))

        longer = [re.sub("[aeiouy]", twice, part) if n % 2 == 0 else part for n, part in enumerate(parts)]
        return "".join(longer) + (" " + "lo" * int(room[0] / 2) if room[0] >= 2 else "")

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return self.gettext(singular if n == 1 else plural)


@pytest.fixture
def longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for Spanish hears words that are two fifths longer than the English ones."""
    spanish, speaks = Longer(), words.catalogue
    monkeypatch.setattr(words, "catalogue", lambda code: spanish if code == "es" else speaks(code))


@pytest.fixture(scope="session")
def lantern() -> Instrument:
    """Two dimensions, three items; IA has no anchor for 2 and 4; two thirds of the items make a level."""
    path = INSTRUMENTS / "lantern-1.0.toml"
    return shelf.parse(path.read_bytes(), path.name)


@pytest.fixture(scope="session")
def candle() -> Instrument:
    """Like the lantern, with dimension scores alone: no overall score, no band, no criterion; and with a label."""
    path = INSTRUMENTS / "candle-1.0.toml"
    return shelf.parse(path.read_bytes(), path.name)


@pytest.fixture(scope="session")
def lantern_guide(lantern: Instrument) -> Guide:
    path = INSTRUMENTS / "lantern-1.0.guide.toml"
    assert shelf.check(path) == []
    return shelf._parse_guide(path.read_bytes(), path.name)


@pytest.fixture(scope="session")
def ddcat() -> shelf.Volume:
    return shelf.find("ddcat@4.0")


@pytest.fixture(scope="session")
def rated() -> Callable[..., Ratings]:
    """`rated(instrument, 3, IA=1, VE=None)`: every item 3, IA 1, VE not yet rated."""

    def rated(instrument: Instrument, usual: int | None = None, **by_code: int | None) -> Ratings:
        assert by_code.keys() <= {item.code for item in instrument.items}
        given = {item.id: by_code.get(item.code, usual) for item in instrument.items}
        return {id: rating for id, rating in given.items() if rating is not None}

    return rated


@pytest.fixture(scope="session")
def profiles(ddcat: shelf.Volume, rated: Callable[..., Ratings]) -> dict[str, Ratings]:
    """The worked examples of scoring.md by name, "incomplete" among them."""
    real = ddcat.instrument
    ones = {item.code: 1 for dimension in real.dimensions[5:] for item in dimension.items}
    fives = dict.fromkeys(("IIIA", "IIIB", "IIIC", "IIID", "IIIG", "VIA", "VIB", "VIC", "VID", "VIIA", "VIIB"), 5)
    open_items = dict.fromkeys(("IVJ", "VE", "VIE"))
    fours = {item.code: 4 if 4 in item.anchors else 3 for item in real.items}
    return {
        "T1": rated(real, 3),
        "T2": rated(real, 3, **ones),
        "T3": rated(real, 3, **ones | {"VE": 1}),
        "T5": rated(real, 3, **fives, **{f"IV{letter}": 1 for letter in "ABCDEFG"}),
        "incomplete": rated(real, **fours | {"IIA": 2, "VIIA": 5} | open_items),
    }


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """A connection to a database with all steps applied."""
    path = tmp_path / "ddcat.sqlite"
    store.migrate(path)
    database = store.connect(path)
    yield database
    database.conn.close()


@pytest.fixture
def person(db: Database) -> Person:
    return people.first(db)


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[dict[str, bytes]], str]:
    """`refused({"a name": pdf})`: what the PDF/UA-1 checker has against these files; empty where they all pass."""
    command = Path(
        os.environ.get("DDCAT_PDF_CHECK") or Path(__file__).parent.parent / ".tools" / "pdf-ua" / "check-pdf"
    )
    if not command.exists():
        pytest.skip("the PDF/UA checker is not there; tests/tools/check-pdf-ua .tools/pdf-ua makes it")

    def refused(contents: dict[str, bytes]) -> str:
        files = [tmp_path / f"{name}.pdf" for name in contents]
        for file, content in zip(files, contents.values(), strict=True):
            file.write_bytes(content)
        answer = subprocess.run([command, "ua1", *files], capture_output=True, text=True)
        if answer.returncode == 0 and answer.stdout.count("PASS") == len(files) > 0:
            return ""
        return answer.stdout + answer.stderr or "the checker said nothing"

    return refused


@pytest.fixture
def resaved(tmp_path: Path) -> Callable[[bytes, str, str], bytes]:
    """`resaved(content, "docx", "pdf")`: what LibreOffice makes of this file, with a profile of its own."""
    command = shutil.which("soffice")
    if command is None:
        packages = "libreoffice-writer-nogui libreoffice-calc-nogui"
        pytest.skip(f"LibreOffice is not there; apt-get install --no-install-recommends {packages}")

    def resaved(content: bytes, kind: str, into: str) -> bytes:
        given = tmp_path / f"given.{kind}"
        given.write_bytes(content)
        profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
        words = [command, "--headless", profile, "--convert-to", into, "--outdir", tmp_path / "saved", given]
        answer = subprocess.run(words, capture_output=True, text=True, timeout=300)
        made = tmp_path / "saved" / f"given.{into}"
        assert made.exists(), answer.stdout + answer.stderr
        return made.read_bytes()

    return resaved


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where CI is set nothing may be left out: a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
