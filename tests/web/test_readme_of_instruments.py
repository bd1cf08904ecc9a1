"""The way from a blank file to a working instrument, as instruments/README.md tells it, step by step."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from ddcat import paths
from ddcat.web import volumes

README = (paths.INSTRUMENTS / "README.md").read_text(encoding="utf-8")
WAY = README.partition("## From a blank file")[2].partition("\n## ")[0]
ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATIENCE = 120


@dataclass
class Reader:
    """Somebody at a terminal who does what the page says."""

    home: Path
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    said: str = ""
    last: str = ""

    def run(self, commands: str) -> None:
        """The commands in a shell that goes on where the last one ended."""
        left = 'printf "\\n@@%s@@%s" "$PWD" "$DDCAT_INSTRUMENTS"'
        shell = ["bash", "-c", f"set -e\n{commands}\nset +e\n{left} >&3", "bash"]
        with (self.folder / ".left").open("w+") as end:
            done = subprocess.run(
                ["bash", "-c", 'exec 3>"$1"; shift; exec "$@"', "bash", end.name, *shell],
                cwd=self.folder,
                env=self.environment,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
            )
            left_at = end.read()
        self.said, self.last = done.stdout + done.stderr, commands
        if done.returncode == 0:
            _before, folder, own = left_at.split("@@")
            self.folder = Path(folder)
            self.environment |= {"DDCAT_INSTRUMENTS": own} if own else {}

    def leave_out(self, line: str) -> None:
        """A line out of the file that was checked last, which is then checked again; then the line is put back."""
        file = self.folder / self.last.split()[-1]
        whole = file.read_text(encoding="utf-8")
        assert whole.count(line) == 1
        file.write_text(whole.replace(line, ""), encoding="utf-8")
        self.run(self.last)
        file.write_text(whole, encoding="utf-8")


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """Somebody in an empty folder, for whom `ddcat` is this checkout."""
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "ddcat"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ddcat "$@"\n')
    command.chmod(0o755)
    usual = {"PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    home = tmp_path / "home"
    home.mkdir()
    return Reader(home, home, usual | {"HOME": str(home), "DDCAT_LANGUAGE": "en"})


@pytest.fixture
def done(reader: Reader) -> Reader:
    """The reader, after every step of the page; what the page shows is what was said."""
    shown = 0
    for kind, name, text in BLOCK.findall(WAY):
        match kind:
            case "sh":
                reader.run(text)
            case "toml":
                with (reader.folder / name).open("a", encoding="utf-8") as file:
                    file.write(text)
            case "diff":
                assert text[0] == "-"
                reader.leave_out(text[1:])
            case "text":
                assert _told(reader) == text, reader.last
                shown += 1
            case _:
                raise AssertionError(kind)
    assert shown == 4
    return reader


def _told(reader: Reader) -> str:
    """What was said; of a list of instruments only ours, all of it, with the home that the page gives its reader."""
    if not reader.last.endswith("ddcat instruments\n"):
        return reader.said
    begins = reader.said.index("first-visit@1.0")
    first, *others = reader.said[begins:].replace(str(reader.home), "/home/robin").splitlines(keepends=True)
    return first + "".join(takewhile(lambda line: line.startswith(" "), others))


def test_every_block_of_the_way_is_one_that_is_followed() -> None:
    kinds = [kind for kind, _name, _text in BLOCK.findall(WAY)]
    assert WAY.count("```") == 2 * len(kinds)
    assert {kind: kinds.count(kind) for kind in kinds} == {"sh": 5, "toml": 3, "text": 4, "diff": 1}
    assert re.findall(r"^\*\*(\d)\.", WAY, re.MULTILINE) == list("1234567")


@pytest.mark.slow
def test_the_steps_lead_to_an_instrument_that_is_started_rated_and_sealed(
    done: Reader, client: Any, program_ref: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert done.folder.name == "my-instruments"
    assert sorted(path.name for path in done.folder.glob("first-visit*")) == [
        "first-visit-1.0.guide.toml",
        "first-visit-1.0.toml",
        "first-visit-form.html",
        "first-visit.csv",
    ]
    for file in done.folder.glob("first-visit-1.0*.toml"):
        hint = file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("#:schema ")
        assert (done.folder / hint).read_text(encoding="utf-8").startswith('{\n  "$schema"')
    assert "Greeting" in (done.folder / "first-visit-form.html").read_text(encoding="utf-8")
    assert (done.folder / "first-visit.csv").read_text().startswith("program,assessed_on,kind,rater,IA,IIA")

    monkeypatch.setenv("DDCAT_INSTRUMENTS", done.environment["DDCAT_INSTRUMENTS"])
    volumes._guide_of.cache_clear()
    start = f"/programs/{program_ref}/assessments/new"
    offered = client.get(start)
    assert any(said.startswith("A front desk of any program: First visit 1.0") for said in offered.words(".offer"))
    page = client.press(offered, {"instrument": "first-visit@1.0", "rater": "Robin Example"})
    ref = page.url.rsplit("/", 1)[-1]
    client.submit(f"/assessments/{ref}/dimensions/desk", {"greeting-rating": "2"})
    client.submit(f"/assessments/{ref}/dimensions/way", {"next-step-rating": "3"})
    sealed = client.submit(f"/assessments/{ref}/seal")
    assert sealed.url == f"/assessments/{ref}/result"
    assert "Open door" in sealed.text
    assert "2.50" in sealed.text
    assert "Write down who greets when somebody is ill" in client.get(f"/assessments/{ref}/plan").text
