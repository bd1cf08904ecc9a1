"""The catalogues hold every message of the program, translated; what is said on paper and pages is in them."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from gettext import NullTranslations
from html import unescape
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from babel.messages.catalog import Catalog, Message
from werkzeug.exceptions import HTTPException

from ddcat import demo, store, words
from ddcat.store import people
from ddcat.web import create_app

ROOT = Path(__file__).parent.parent
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[a-z]|%%|\{[a-z]+\}|“|”")
LINK = re.compile(r'href="([^"]+)"')
FEW = 3
UNSEEN = {"Shown", "Overrule", "Revision", "Opened"}
"""What WTForms calls fields that have no label, as none has that is hidden or drawn by our own markup."""
OTHERS = [code for code in words.languages() if code != words.OURS]


def _tool() -> Any:
    spec = spec_from_file_location("messages", ROOT / "tools" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    tool = module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool


TOOL = _tool()


@pytest.fixture(scope="module")
def gathered() -> Catalog:
    """Every message that the program can say."""
    return TOOL.gathered()


@pytest.fixture(scope="module", params=OTHERS)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    """The catalogue of another language."""
    return TOOL.read(request.param)


def texts(message: Message) -> list[tuple[str, str]]:
    """What is said with its translation: the singular with the singular, the plural with every other form."""
    if isinstance(message.id, str):
        return [(message.id, message.string or "")]
    first, *others = message.string
    return [(message.id[0], first), *((message.id[1], other) for other in others)]


def ids(catalogue: Catalog) -> set[str | tuple[str, ...]]:
    return {message.id if isinstance(message.id, str) else tuple(message.id) for message in catalogue if message.id}


def test_spanish_is_spoken() -> None:
    assert "es" in OTHERS


def test_a_catalogue_holds_what_the_program_says_and_nothing_else(catalogue: Catalog, gathered: Catalog) -> None:
    missing, left_over = ids(gathered) - ids(catalogue), ids(catalogue) - ids(gathered)
    assert (sorted(map(str, missing)), sorted(map(str, left_over))) == ([], []), "run: python tools/messages.py"


def test_every_message_is_translated_and_none_only_guessed(catalogue: Catalog) -> None:
    assert [message.id for message in TOOL.todo(catalogue)] == []


def test_values_have_their_places_in_every_translation(catalogue: Catalog) -> None:
    wrong = []
    for message in catalogue:
        for said, translated in texts(message) if message.id else ():
            # One thing may be said without its number: "one item" for "%(num)s item".
            asked = [
                Counter(one for one in PLACEHOLDER.findall(text) if one != "%(num)s") for text in (said, translated)
            ]
            if translated and asked[0] != asked[1]:
                wrong.append((said, translated))
    assert wrong == []


def test_blanks_and_stops_at_the_ends_stay(catalogue: Catalog) -> None:
    ends = re.compile(r"^(\s*).*?(\s*)$", re.DOTALL)
    wrong = [
        (said, translated)
        for message in catalogue
        if message.id
        for said, translated in texts(message)
        if translated and ends.match(said).groups() != ends.match(translated).groups()  # type: ignore[union-attr]
    ]
    assert wrong == []


@pytest.mark.parametrize("code", OTHERS)
def test_the_program_reads_the_catalogue(code: str) -> None:
    read = words.catalogue(code)
    assert read.info()["language"] == code
    done = [message for message in TOOL.read(code) if message.id and isinstance(message.id, str) and message.string]
    assert all(read.gettext(str(message.id)) == message.string for message in done)


def test_updating_a_catalogue_that_is_up_to_date_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gathered: Catalog
) -> None:
    monkeypatch.setattr(TOOL, "gathered", lambda: gathered)
    monkeypatch.setattr(TOOL, "LOCALE", tmp_path)
    TOOL.update("fr")
    before = TOOL.file_of("fr").read_bytes()
    TOOL.update("fr")
    assert TOOL.file_of("fr").read_bytes() == before
    assert len(TOOL.todo(TOOL.read("fr"))) == len(gathered)


def test_a_message_that_changed_a_little_is_guessed_until_somebody_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = Catalog(), Catalog()
    before.add("Save this plan now"), before.add("Gone"), after.add("Save this plan now, please")
    monkeypatch.setattr(TOOL, "LOCALE", tmp_path)
    monkeypatch.setattr(TOOL, "gathered", lambda: before)
    catalogue = TOOL.update("fr")
    catalogue["Save this plan now"].string = "Enregistrer ce plan"
    monkeypatch.setattr(TOOL, "read", lambda _code: catalogue)
    monkeypatch.setattr(TOOL, "gathered", lambda: after)
    (message,) = TOOL.todo(TOOL.update("fr"))
    assert (message.id, message.string, message.fuzzy) == ("Save this plan now, please", "Enregistrer ce plan", True)


# --- What is said is in the catalogues, also where its words are looked up at run time ---


class Strict(NullTranslations):
    """Notes every message that is said and that no catalogue could hold."""

    def __init__(self, known: Catalog) -> None:
        super().__init__()
        self.known = {text for id in ids(known) for text in ([id] if isinstance(id, str) else id)}
        self.strange: set[str] = set()

    def gettext(self, message: str) -> str:
        if message not in self.known:
            self.strange.add(message)
        return message

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        self.gettext(singular)
        return self.gettext(plural) if n != 1 else singular


@pytest.fixture
def strict(gathered: Catalog) -> Iterator[Strict]:
    catalogue = Strict(gathered)
    words.speak(catalogue)
    yield catalogue
    words.speak(NullTranslations())


def test_a_message_that_nobody_gathered_is_noticed(strict: Strict) -> None:
    words._("Save")
    words.n_("%(num)s item to raise", "%(num)s items to raise", 2)
    assert strict.strange == set()
    words._("Never heard of")
    assert strict.strange == {"Never heard of"}


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The first administrator of the demo, in a browser."""
    folder = tmp_path_factory.mktemp("demo")
    path = store.file(folder)
    store.migrate(path)
    demo.fill(path)
    with closing(store.connect(path).conn) as connection:
        person = people.first(store.Database(connection))
    client = create_app(DATA=str(folder), DEMO=True).test_client()
    with client.session_transaction() as session:
        session |= {"_user_id": f"{person.ref}.{person.epoch}", "_fresh": True, "at": int(time.time())}
    return client


def walked(visitor: Any) -> Iterator[str]:
    """The address of every page that a link leads to, a few of each kind; the page has been drawn then."""
    seen, waiting, times = {"/"}, ["/"], Counter[str]()
    adapter = visitor.application.url_map.bind("localhost")
    while waiting:
        address = waiting.pop(0)
        try:
            kind, _values = adapter.match(urlsplit(address).path)
        except HTTPException:
            continue
        times[kind] += 1
        if times[kind] > FEW or kind == "static" or address.endswith((".pdf", ".xlsx")):
            continue
        answer = visitor.get(address, follow_redirects=True)
        yield address
        if answer.mimetype == "text/html":
            found = (urljoin(address, unescape(link)).partition("#")[0] for link in LINK.findall(answer.text))
            fresh = [link for link in dict.fromkeys(found) if link not in seen]
            seen.update(fresh)
            waiting += fresh


def test_every_page_that_the_demo_leads_to_says_only_what_was_gathered(strict: Strict, visitor: Any) -> None:
    said: dict[str, str] = {}
    for address in walked(visitor):
        if not address.endswith("/trail"):  # which shows what people typed, where it has no word of its own for it
            said |= {message: address for message in strict.strange if message not in said}
        strict.strange.clear()
    assert said.keys() - UNSEEN == set(), said
