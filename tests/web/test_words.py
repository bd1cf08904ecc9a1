"""Every word a person reads goes through `_()`: said by the templates' source, and heard on the pages."""

import re
from collections.abc import Callable, Iterator
from gettext import NullTranslations
from html import unescape
from typing import Any

import pytest
from jinja2 import Environment, nodes

from ddcat import paths, shelf, words
from ddcat.instrument import Instrument
from ddcat.shelf import Volume

TEMPLATES = sorted(str(path.relative_to(paths.TEMPLATES)) for path in paths.TEMPLATES.rglob("*.html"))
OUR_NAME = {"ddcat"}
READ = ("title", "aria-label", "alt", "placeholder")
DAY = re.compile(r"[A-Z][a-z]+ \d{1,2}, \d{4}(, [\d:]+\s[AP]M)?")
CHOSEN = (nodes.CondExpr, nodes.Or, nodes.And, nodes.Concat, nodes.Add, nodes.MarkSafe)
ATTRIBUTE = re.compile(r"""\b({})\s*=\s*(?:"([^"]*)"|'([^']*)')""".format("|".join(READ)))


# --- What the source says ---


def _left_over(source: str) -> Iterator[str]:
    """Words in a template's markup that no catalogue could translate."""
    tokens = Environment().lex(source)
    text = "".join(value if kind == "data" else "" for _line, kind, value in tokens)
    text = re.sub(r"<(style|script)\b.*?</\1>", " ", text, flags=re.DOTALL)
    for found in ATTRIBUTE.finditer(text):
        yield from _letters(found[2] or found[3] or "")
    yield from _letters(re.sub(r"""<[^>]*>|[\w-]+="[^"]*\"""", " ", text))
    for output in Environment().parse(source).find_all(nodes.Output):
        for node in output.nodes:
            for literal in _literals(node):
                yield from _letters(literal)


def _letters(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", unescape(text)) if word not in OUR_NAME]


def _literals(node: nodes.Node) -> Iterator[str]:
    """Text that an expression shows as it stands: `{{ name or "none" }}`, but not what it hands to a call."""
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, nodes.CondExpr):
        yield from _literals(node.expr1)
        yield from _literals(node.expr2) if node.expr2 else ()
    elif isinstance(node, CHOSEN):
        for child in node.iter_child_nodes():
            yield from _literals(child)


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_template_holds_words_outside_of_the_catalogue(name: str) -> None:
    assert list(_left_over((paths.TEMPLATES / name).read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello</p>",
        "<p>{{ _('Hello') }} there</p>",
        '<a title="Hello" href="/x">{{ x }}</a>',
        '<nav aria-label="Hello">{{ x }}</nav>',
        '<input placeholder="Hello">',
        "{% if x %}Hello{% endif %}",
        "{{ x or 'Hello' }}",
        "{{ 'Hello' if x else _('Bye') }}",
        "{{ x ~ 'Hello' }}",
        "<p>&Auml;</p>",
    ],
)
def test_a_word_that_was_forgotten_is_found(source: str) -> None:
    assert list(_left_over(source))


@pytest.mark.parametrize(
    "source",
    [
        '<p class="hello">{{ _("Hello") }} · 12 – &nbsp;</p>',
        '<a href="/{{ x }}" title="{{ _(\'Hello\') }}">ddcat</a>',
        "{% if x == 'hello' %}{{ macro('hello') }}{% endif %}{# Hello #}",
        "{{ 'hello' | filtered }}{{ x ~ ' ' ~ y }}",
    ],
)
def test_what_nobody_reads_is_let_through(source: str) -> None:
    assert list(_left_over(source)) == []


# --- What the pages say in another language ---


class Bracketed(NullTranslations):
    """A second language: the same words in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return f"⟦{singular if n == 1 else plural}⟧"


@pytest.fixture
def bracketed() -> Iterator[None]:
    words.speak(Bracketed())
    yield
    words.speak(NullTranslations())


def _data(*instruments: Instrument) -> set[str]:
    """What records and instruments say in their own words."""
    said = {"Tidewater House", "Evening Harbor", "Robin Example", "Kim Example", "ddcat", "English", "Español"}

    def gather(value: Any) -> None:
        if isinstance(value, str):
            said.add(" ".join(value.split()))
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
            gather(inner)

    volumes = [shelf.find(name) for name in shelf.names()]
    for instrument in (*instruments, *(volume.instrument for volume in volumes)):
        gather(instrument.model_dump())
    for volume in volumes:
        gather([volume.guide.suits, volume.guide.offers])
    return said


def _unspoken(page: Any, data: set[str]) -> list[str]:
    """Words of the page that stand neither in brackets nor in the records."""
    found = []
    for text in page.soup.body.find_all(string=True):
        rest = DAY.sub("", " ".join(text.split()))
        while (shorter := re.sub(r"⟦[^⟦⟧]*⟧", "", rest)) != rest:
            rest = shorter
        if re.search(r"[^\W\d_]", rest):
            for known in sorted((known for known in data if known in rest), key=len, reverse=True):
                rest = rest.replace(known, "")
        if re.search(r"[^\W\d_]{2,}", rest):
            found.append(" ".join(text.split()))
    labels = [tag[name] for name in READ for tag in page.soup.body.find_all(attrs={name: True})]
    return found + [label for label in labels if re.search(r"[^\W\d_]", label) and "⟦" not in label]


@pytest.mark.usefixtures("bracketed")
def test_the_pages_before_an_assessment_speak_the_other_language(
    client: Any, agency_ref: str, program_ref: str, ddcat: Volume
) -> None:
    data = _data(ddcat.instrument)
    addresses = ("/", "/agencies/new", f"/agencies/{agency_ref}/edit", f"/programs/{program_ref}/edit")
    more = (
        f"/agencies/{agency_ref}/programs/new",
        f"/programs/{program_ref}",
        f"/programs/{program_ref}/assessments/new",
    )
    for address in addresses + more:
        page = client.get(address)
        assert "⟦" in page.title or page.heading in data
        assert _unspoken(page, data) == [], address


@pytest.mark.usefixtures("bracketed")
def test_the_pages_of_a_draft_speak_the_other_language(
    client: Any, draft: str, rate: Callable[..., None], lantern: Instrument
) -> None:
    data = _data(lantern)
    pages = ["", "/cover", "/dimensions/doorway", "/dimensions/table", "/seal", "/result", "/plan", "/plan/print"]
    for usual in (None, 3):
        rate(draft, usual, IB=2)
        for address in pages:
            page = client.get(f"/assessments/{draft}{address}")
            assert _unspoken(page, data) == [], address


@pytest.mark.usefixtures("bracketed")
def test_headings_and_buttons_speak_the_other_language(client: Any, draft: str, rate: Callable[..., None]) -> None:
    rate(draft, 3, IB=2)
    assert client.get("/agencies/new").heading == "⟦Add an agency⟧"
    assert client.get("/agencies/new").words("main button") == ["⟦Add this agency⟧"]
    assert client.get(f"/assessments/{draft}/dimensions/table").words(".bar button")[0] == "⟦Save⟧"
    assert client.get(f"/assessments/{draft}/result").heading == "⟦Result, Evening Harbor⟧"
    assert client.get(f"/assessments/{draft}/plan").words("main a.button") == [
        "⟦Download the plan as PDF⟧",
        "⟦Find the road⟧",
    ]
    assert "⟦Where each item stands⟧" in client.get(f"/assessments/{draft}/plan/print").words("h2")


@pytest.mark.usefixtures("bracketed")
def test_a_sealed_and_an_amended_assessment_speak_the_other_language(
    client: Any, program_ref: str, sealed: str, lantern: Instrument
) -> None:
    data = _data(lantern) | {"Misread"}
    amended = client.submit(f"/assessments/{sealed}/amend", {"reason": "Misread"})
    for page in (
        amended,
        client.get(f"/assessments/{sealed}/result"),
        client.get(f"/assessments/{sealed}/amend"),
        client.get(f"/programs/{program_ref}"),
        client.submit(amended.url),
    ):
        assert _unspoken(page, data) == [], page.url


@pytest.mark.usefixtures("bracketed")
def test_every_refusal_speaks_the_other_language(
    client: Any, second: Any, program_ref: str, draft: str, lantern: Instrument, ddcat: Volume
) -> None:
    data = _data(lantern, ddcat.instrument)
    door = f"/assessments/{draft}/dimensions/doorway"
    window = second.get(door)
    client.submit(door, {"first-words-rating": "1"})
    wrong = {"name": "", "capacity": "many", "payments": ["gold"], "state": "\x07"}
    cover = {"hours_spent": "many", "charts_reviewed": "x", "assessed_on": ""}
    started = {"rater": "", "assessed_on": "soon", "kind": "royal", "period": "99", "instrument": "none"}
    for page in (
        client.submit(f"/programs/{program_ref}/edit", wrong),
        client.submit(f"/programs/{program_ref}/assessments/new", started),
        client.submit(f"/assessments/{draft}/cover", cover),
        client.submit(door, {"first-words-rating": "2"}),
        second.press(window, {"first-words-rating": "5"}),
        client.post(f"/assessments/{draft}/seal", {"csrf_token": client.token()}),
        client.get("/nowhere"),
        client.post(door, {}),
    ):
        assert page.status >= 400
        assert page.status >= 400
        assert _unspoken(page, data) == [], page.url


@pytest.mark.usefixtures("bracketed")
def test_the_instrument_and_its_empty_form_speak_the_other_language(client: Any, ddcat: Volume) -> None:
    data = _data(ddcat.instrument) | {ddcat.checksum} | set(ddcat.guide.review)
    data |= {step for known in ddcat.guide.steps.values() for steps in known.values() for step in steps}
    for address in ("/instruments/", "/instruments/ddcat@4.0", "/instruments/ddcat@4.0/blank/print"):
        assert _unspoken(client.get(address), {" ".join(text.split()) for text in data}) == [], address
