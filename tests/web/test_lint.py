"""The lint that every opened page goes through: each of its rules can fail."""

from collections.abc import Callable

import pytest

GOOD = """<!doctype html><html lang="en"><head><title>Hello · ddcat</title></head><body>
<a href="#main">Skip</a><main id="main"><h1>Hello</h1>{}</main></body></html>"""

BAD = {
    "<p>x</b></p>": "not valid HTML",
    "<h1>Again</h1>": "2 h1",
    "<h3>Deep</h3>": "h3 'Deep' follows h1",
    "<h2> </h2>": "an empty h2",
    '<p id="main">x</p>': "the id 'main' stands 2 times",
    '<p aria-describedby="gone">x</p>': "names 'gone', which is not there",
    '<input name="bare">': "no label for the field 'bare'",
    '<label for="x"> </label><textarea id="x" name="mute"></textarea>': "no label for the field 'mute'",
    "<fieldset><p>x</p></fieldset>": "a fieldset without a legend",
    "<fieldset><legend> </legend></fieldset>": "a fieldset without a legend",
    '<label><input type="radio" name="r"> x</label>': "stands in no fieldset",
    "<script>1</script>": "an inline script",
    "<style>p {}</style>": "an inline style",
    '<p style="color: red">x</p>': "p has an inline style",
    '<p onclick="go()">x</p>': "p has an inline onclick",
    '<a href="javascript:go()">x</a>': "a has an inline href",
    '<script src="https://elsewhere.example/x.js"></script>': "is fetched from",
    '<form method="post" action="/x"><button>Go</button></form>': "has no token",
    '<a href="#nowhere">Down</a>': "leads to #nowhere, which is not on the page",
    '<a href="/here#nowhere">Down</a>': "leads to #nowhere, which is not on the page",
    '<img src="/x.png">': "has no alt",
    '<svg role="img"></svg>': "a drawing without a title",
    '<a href="/x"></a>': "a a without words",
    "<button></button>": "a button without words",
    "<table><tbody><tr><td>x</td></tr></tbody></table>": "a table without headings",
    "<table><tbody><tr><th>x</th></tr></tbody></table>": "has no scope",
}


def test_a_good_page_passes(lint: Callable[..., list[str]]) -> None:
    more = '<h2>More</h2><label>Name <input name="n"></label><a href="/elsewhere#there">There</a>'
    assert lint(GOOD.format(more), "/here") == []


@pytest.mark.parametrize(("markup", "said"), BAD.items())
def test_a_bad_page_is_refused_for_its_fault_alone(lint: Callable[..., list[str]], markup: str, said: str) -> None:
    (fault,) = lint(GOOD.format(markup), "/here")
    assert said in fault


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (' lang="en"', "", "does not say its language"),
        ("<title>Hello", "<title>Bye", "does not begin with the h1"),
        ("<!doctype html>", "", "not valid HTML"),
        ("<h1>Hello</h1>", "", "0 h1"),
    ],
)
def test_a_page_with_a_bad_frame_is_refused(lint: Callable[..., list[str]], old: str, new: str, said: str) -> None:
    faults = lint(GOOD.format("").replace(old, new))
    assert any(said in fault for fault in faults)


def test_a_title_may_say_that_something_is_wrong(lint: Callable[..., list[str]]) -> None:
    assert lint(GOOD.format("").replace("<title>Hello", "<title>Error: Hello")) == []
