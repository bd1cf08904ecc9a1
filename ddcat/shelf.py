"""Reads instrument files, reports every fault with its place, and finds an instrument by id and version.

They stand in the folder instruments/ and, where there is one, in a folder of somebody's own beside it, from which
nothing can take the place of what comes with ddcat.

What is found is said in the language now spoken, where there is a translation without a fault. What the numbers and
names of a file must mean together is the business of `sense`.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from ddcat import sense, shapes, tongues
from ddcat.faults import Fault, Faulty
from ddcat.instrument import Guide, Instrument
from ddcat.paths import INSTRUMENTS, SETTING, own_instruments
from ddcat.translation import Translation
from ddcat.words import _, language

NAME = re.compile(r"(?P<id>[a-z][a-z0-9-]*)(@(?P<version>[0-9]+(\.[0-9]+)*))?")


class Unknown(LookupError):
    """No such instrument on the shelf; `known` names those there are."""

    def __init__(self, name: str, known: list[str]) -> None:
        self.known = known
        super().__init__(name)


@dataclass(frozen=True)
class Volume:
    """An instrument as it stands on the shelf: read, with its very bytes, their checksum and its guide."""

    instrument: Instrument
    guide: Guide
    data: bytes
    checksum: str


def contents() -> tuple[list[Volume], list[Faulty]]:
    """Every sound volume, by id, oldest version first; and every file that was refused, with its faults.

    A translation that was refused leaves its instrument in its own words.
    """
    sound, refused = _volumes()
    own = (each for folder in _folders()[1:] for each in refused_in(folder))
    return sound, list({each.file: each for each in (*refused, *_faulty_translations(), *own)}.values())


def refused_in(folder: Path) -> Iterator[Faulty]:
    """What is refused of a folder of somebody's own: the folder itself, or each file in it that has a fault."""
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        fault = Fault(shapes.printable(str(folder)), _("cannot be read: %(reason)s", reason=error.strerror))
        yield Faulty(SETTING, [fault])
    for path in _toml(folder):
        if faults := check(path):
            yield Faulty(shapes.printable(path.name), faults)


def newest() -> list[Volume]:
    """The newest sound version of every instrument, by id; those that come with ddcat first."""
    by_id = {volume.instrument.id: volume for volume in _volumes()[0]}
    return sorted(by_id.values(), key=lambda volume: is_own(volume.instrument.name))


def home(name: str) -> Path:
    """The folder where the instrument `id@version` stands: ours, unless it stands only in somebody's own."""
    file = f"{tongues.stem(name)}.toml"
    return next((folder for folder in _folders() if file in {path.name for path in _toml(folder)}), INSTRUMENTS)


def is_own(name: str) -> bool:
    """Whether the instrument `id@version` is somebody's own and did not come with ddcat."""
    return home(name) != INSTRUMENTS


def names() -> list[str]:
    """`id@version` of every sound instrument on the shelf, by id, oldest version first."""
    return [volume.instrument.name for volume in _volumes()[0]]


def find(name: str) -> Volume:
    """The instrument called `id@version`, or the newest sound version of `id`. Raises Unknown or Faulty."""
    asked = NAME.fullmatch(name)
    newest_refused = None
    for path in reversed(_files()) if asked else ():
        id, version = _called(path)
        if asked and id == asked["id"] and asked["version"] in (None, version):
            try:
                return _volume(path)
            except Faulty as faulty:
                newest_refused = newest_refused or faulty
    raise newest_refused or Unknown(name, names())


def guide(name: str) -> Guide:
    """The advice beside the instrument `id@version`, in the language now spoken; an empty one where there is none."""
    for path in _toml(home(name)):
        if path.name == f"{tongues.stem(name)}.guide.toml":
            return spoken_guide(_parse_guide(shapes.bytes_of(path), path.name))
    return Guide(**{"for": name})


def spoken(instrument: Instrument) -> Instrument:
    """The instrument in the language now spoken; in its own words where there is no sound translation of it."""
    return tongues.spoken(instrument, home(instrument.name))


def spoken_guide(advice: Guide) -> Guide:
    """The same for a guide; the instrument beside it says in which language it was written."""
    return tongues.spoken_guide(advice, home(advice.for_))


def is_reviewed() -> bool:
    """Whether a clinician has reviewed every translation on the shelf into the language now spoken.

    Asked once a process: a mark that is set later counts from the next start on.
    """
    return all(_is_reviewed(language(), folder) for folder in _folders())


def translations(name: str) -> list[Translation]:
    """Every sound translation of the instrument `id@version`, by language."""
    return [words for words in _sound_translations(home(name)) if words.for_ == name]


def checksum(data: bytes) -> str:
    """SHA-256 of an instrument file, as hexadecimal text."""
    return sha256(data).hexdigest()


def parse(data: bytes, file: str = "instrument", on_shelf: bool = False) -> Instrument:
    """An instrument from the bytes of its file. Raises Faulty with every fault there is.

    On the shelf a file must also have the name that its id and version ask for.
    """
    instrument, faults = _parsed(data, file, on_shelf, language())
    if faults:
        raise Faulty(file, faults)
    return instrument


def check(path: Path) -> list[Fault]:
    """The faults of an instrument, a guide or a translation (beside its original); empty when it is sound."""
    try:
        data = shapes.bytes_of(path)
        if tongues.NAME.fullmatch(path.name):
            return shapes.first_of(_translation_faults(data, path))
        if path.name.endswith(".guide.toml"):
            return shapes.first_of(_guide_faults(data, path))
        parse(data, shapes.printable(path.name), on_shelf=True)
    except Faulty as faulty:
        return list(faulty.faults)
    return _twin_faults(path)


def _files() -> list[Path]:
    """Every file that claims to be an instrument, by id, oldest version first."""
    files = (path for folder in _folders() for path in _originals(folder))
    return sorted(files, key=lambda path: (_called(path)[0], _version_order(_called(path)[1]), path.name))


def _originals(folder: Path) -> list[Path]:
    """The files in a folder that are named as instruments are: no guide and no translation."""
    files = (path for path in _toml(folder) if not path.name.endswith(".guide.toml"))
    return [path for path in files if not tongues.NAME.fullmatch(path.name)]


def _folders() -> list[Path]:
    """Where instruments stand: ours first."""
    own = own_instruments()
    return [INSTRUMENTS, own] if own and own != INSTRUMENTS.resolve() else [INSTRUMENTS]


def _toml(folder: Path) -> list[Path]:
    """The TOML files in a folder, by name; none where nobody can look into it."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".toml" and path.name[0] != ".")
    except OSError:
        return []


def _twin_faults(path: Path) -> list[Fault]:
    """No version of what comes with ddcat is ever replaced from a folder of somebody's own."""
    is_own = path.parent.resolve() in _folders()[1:]
    if not is_own or _called(path)[0] not in {_called(ours)[0] for ours in _originals(INSTRUMENTS)}:
        return []
    said = _("ddcat comes with an instrument of this id; give yours another id, and name its files after it")
    return [Fault("file", said)]


def _called(path: Path) -> tuple[str, str]:
    """The id and the version that the name of a file claims."""
    id, _dash, version = path.stem.rpartition("-")
    return id, version


def _version_order(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdecimal()]


def _volumes() -> tuple[list[Volume], list[Faulty]]:
    sound, refused = [], []
    for path in _files():
        try:
            sound.append(_volume(path))
        except Faulty as faulty:
            refused.append(faulty)
    return sound, refused


def _volume(path: Path) -> Volume:
    data, file = shapes.bytes_of(path), shapes.printable(path.name)
    instrument = parse(data, file, on_shelf=True)
    if faults := _twin_faults(path):
        raise Faulty(file, faults)
    return Volume(spoken(instrument), guide(instrument.name), data, checksum(data))


@lru_cache(maxsize=128)
def _parsed(data: bytes, file: str, on_shelf: bool, _language: str) -> tuple[Instrument, list[Fault]]:
    """Refused bytes are kept as sound ones are: nobody waits for the same faults twice."""
    instrument, faults = shapes.read(Instrument, data)
    faults += sense.of_instrument(instrument)
    return instrument, shapes.first_of([*faults, *(_name_faults(instrument, file) if on_shelf else [])])


def _parse_guide(data: bytes, file: str) -> Guide:
    advice, faults = _parsed_guide(data, language())
    if faults:
        raise Faulty(file, shapes.first_of(faults))
    return advice


@lru_cache(maxsize=128)
def _parsed_guide(data: bytes, _language: str) -> tuple[Guide, list[Fault]]:
    return shapes.read(Guide, data)


def _guide_faults(data: bytes, path: Path) -> list[Fault]:
    advice, faults = _parsed_guide(data, language())
    beside = path.with_name(path.name.removesuffix(".guide.toml") + ".toml")
    file = shapes.printable(beside.name)
    if not os.path.lexists(beside):
        return [*faults, Fault("file", _("the instrument beside it, %(file)s, is missing", file=file))]
    try:
        instrument = parse(shapes.bytes_of(beside), file, on_shelf=True)
    except Faulty:
        said = _("the instrument beside it, %(file)s, has faults of its own; check it first", file=file)
        return [*faults, Fault("file", said)]
    return [*faults, *sense.of_guide(advice, instrument)]


def _translation_faults(data: bytes, path: Path) -> list[Fault]:
    beside = path.with_name(path.name.removesuffix(path.suffixes[-2] + ".toml") + ".toml")
    file = shapes.printable(beside.name)
    if not os.path.lexists(beside):
        return [Fault("file", _("the original beside it, %(file)s, is missing", file=file))]
    original: Instrument | Guide
    try:
        original_data, is_guide = shapes.bytes_of(beside), file.endswith(".guide.toml")
        original = _parse_guide(original_data, file) if is_guide else parse(original_data, file, on_shelf=True)
    except Faulty:
        said = _("the original beside it, %(file)s, has faults of its own; check it first", file=file)
        return [Fault("file", said)]
    return tongues.faults(data, shapes.printable(path.name), original)


@lru_cache(maxsize=16)
def _is_reviewed(code: str, folder: Path) -> bool:
    return all(words.reviewed for words in _sound_translations(folder) if words.language == code)


def _sound_translations(folder: Path) -> Iterator[Translation]:
    for path in _toml(folder):
        if tongues.NAME.fullmatch(path.name) and ".guide." not in path.name and not check(path):
            yield shapes.read(Translation, shapes.bytes_of(path))[0]


def _faulty_translations() -> Iterator[Faulty]:
    for path in _toml(INSTRUMENTS):
        if tongues.NAME.fullmatch(path.name) and (faults := check(path)):
            yield Faulty(path.name, faults)


def _name_faults(instrument: Instrument, file: str) -> list[Fault]:
    if not (hasattr(instrument, "id") and hasattr(instrument, "version")):
        return []
    expected = f"{instrument.id}-{instrument.version}.toml"
    said = _("is named %(file)s; its id and version ask for %(expected)s", file=file, expected=expected)
    return [] if file == expected else [Fault("file", said)]
