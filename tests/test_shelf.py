"""The shelf: one faulty file per fault, and every fault with its place."""

import re
import shutil
from contextvars import copy_context
from gettext import NullTranslations
from hashlib import sha256
from pathlib import Path

import pytest

from ddcat import paths, shelf, words
from ddcat.faults import Faulty

HERE = Path(__file__).parent / "instruments"
TEXT = (HERE / "lantern-1.0.toml").read_text(encoding="utf-8")
ADVICE = (HERE / "lantern-1.0.guide.toml").read_text(encoding="utf-8")


def faults_of(data: str | bytes) -> list[str]:
    try:
        shelf.parse(data.encode() if isinstance(data, str) else data, "lantern-1.0.toml")
    except Faulty as faulty:
        return [str(fault) for fault in faulty.faults]
    return []


def changed(old: str, new: str, text: str = TEXT) -> str:
    """The text with its one `old` replaced."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the file"
    return text.replace(old, new)


def test_the_file_that_the_faulty_ones_are_made_from_is_sound():
    assert faults_of(TEXT) == []


# Not a file of this shape at all


def test_a_slip_in_the_syntax_is_told_with_its_line():
    line = TEXT[: TEXT.index("title    =")].count("\n") + 1
    (fault,) = faults_of(changed("title    =", "title    :"))
    assert fault.startswith(f"line {line}, column ")
    assert ": is not TOML: " in fault


def test_bytes_that_are_not_utf_8_are_told_with_their_place():
    data = TEXT.encode().replace(b"friendly", b"fr\xe9ndly")
    assert faults_of(data) == [f"byte {data.index(bytes([0xE9]))}: is not UTF-8 text"]


def test_an_empty_file_lacks_every_key_that_is_always_asked_for():
    required = ["schema", "id", "version", "title", "short", "language", "purpose", "citation", "licence"]
    required += ["notice", "rating", "scoring", "dimension"]
    assert faults_of("") == [f"top of the file: the key {key!r} is missing" for key in required]


# One faulty file per fault

IA_FLOOR = "floors = { 2 = { given"
CASES = {
    "an unknown key at the top": (
        *('licence  = "CC0-1.0"', 'licence  = "CC0-1.0"\ncolour = "red"'),
        ["top of the file: unknown key 'colour'"],
    ),
    "an unknown key inside an item": (
        *('code       = "IB"', 'code       = "IB"\nhelp = "?"'),
        ["dimension 1, item 2: unknown key 'help'"],
    ),
    "a missing title": (
        *('title      = "Room for two coats"\n', ""),
        ["dimension 1, item 2: the key 'title' is missing"],
    ),
    "a missing licence": (*('licence  = "CC0-1.0"\n', ""), ["top of the file: the key 'licence' is missing"]),
    "an empty licence": (
        *('licence  = "CC0-1.0"', 'licence  = " "'),
        ["licence: string should have at least 1 character"],
    ),
    "an anchor that is neither there nor declared missing": (
        *('4 = "Two hooks carry the name of every guest who is expected."\n', ""),
        ["dimension 1, item 2: no anchor for 4, and 4 is not declared unanchored"],
    ),
    "an anchor that is there and declared missing": (
        *("unanchored = [2, 4]", "unanchored = [2, 3, 4]"),
        ["dimension 1, item 1: 3 has an anchor and is declared unanchored"],
    ),
    "an anchor outside the scale": (
        *('5 = "Guests hang', '6 = "Too good."\n5 = "Guests hang'),
        ["dimension 1, item 2: 6 is outside 1 to 5"],
    ),
    "an anchor for no number": (
        *('5 = "Guests hang', 'best = "Too good."\n5 = "Guests hang'),
        ["dimension 1, item 2, anchors, best: input should be a valid integer, unable to parse string as an integer"],
    ),
    "an unanchored rating outside the scale": (
        *("unanchored = [2, 4]", "unanchored = [2, 4, 7]"),
        ["dimension 1, item 1: 7 is outside 1 to 5"],
    ),
    "a lowest rating without an anchor": (
        *('1 = "There is one hook for each guest and no more."', ""),
        ["dimension 1, item 2: no anchor for 1, and 1 is not declared unanchored"],
    ),
    "a highest rating declared unanchored": (
        *('5 = "As 3, and guests rewrite the card with the house every spring."', ""),
        ["dimension 1, item 1: no anchor for 5, and 5 is not declared unanchored"],
    ),
    "a repeated item id": (
        *('id         = "coat-rack"', 'id         = "first-words"'),
        ["item: the id 'first-words' is used 2 times"],
    ),
    "a repeated code": (
        *('code       = "IIA"', 'code       = "ia"'),
        ["item: the code 'ia' is used 2 times"],
    ),
    "a repeated dimension id": (
        *('id = "table"', 'id = "doorway"'),
        ["dimension: the id 'doorway' is used 2 times"],
    ),
    "a repeated focus id": (
        *('id = "supper"', 'id = "welcome"'),
        [
            "focus: the id 'welcome' is used 2 times",
            "dimension 1, item 2: unknown focus area 'supper'",
            "dimension 2, item 1: unknown focus area 'supper'",
        ],
    ),
    "a repeated band": (
        *('code = "dim/lit"', 'code = "bright"'),
        ["band: the code 'bright' is used 2 times"],
    ),
    "an unknown focus area": (
        *('focus      = ["welcome"]', 'focus      = ["breakfast"]'),
        ["dimension 1, item 1: unknown focus area 'breakfast'"],
    ),
    "bands that do not ascend": (
        *('from = "3"', 'from = "2"'),
        ["band 3: starts from 2, which is not above the band before it"],
    ),
    "a first band above the lowest rating": (
        *('from = "1"', 'from = "3/2"'),
        ["band 1: starts from 3/2; the lowest rating is 1"],
    ),
    "a last band above the highest rating": (
        *('from = "9/2"', 'from = "11/2"'),
        ["band 4: starts from 11/2, above the highest rating"],
    ),
    "a cut-off written as a binary float": (
        *('from = "9/2"', "from = 4.5"),
        ['band 4, from: expected a number written as text, such as "3" or "7/2"'],
    ),
    "a cut-off that is no number": (
        *('from = "9/2"', 'from = "9/0"'),
        ['band 4, from: expected a number written as text, such as "3" or "7/2"'],
    ),
    "a level without a band": (
        *("lit = 3, bright", "glow = 3, bright"),
        ["scoring, criterion: the level 'glow' is not the code of a band"],
    ),
    "levels that do not ascend": (
        *("lit = 3, bright = 5", "lit = 5, bright = 3"),
        ["scoring, criterion: the levels must ask for ascending ratings of the scale"],
    ),
    "a first level above the lowest rating": (
        *("dim = 1, lit = 3", "dim = 2, lit = 3"),
        ["scoring, criterion: the first level must ask for the lowest rating"],
    ),
    "a share of more than all": (
        *("share = [2, 3]", "share = [4, 3]"),
        ["scoring, criterion: the share 4 of 3 is not between none and all"],
    ),
    "a share of none": (
        *("share = [2, 3]", "share = [0, 3]"),
        ["scoring, criterion: the share 0 of 3 is not between none and all"],
    ),
    "a floor for an unknown count": (
        *("chosen = 60", "picked = 60"),
        [
            "dimension 2, item 1, share: the floor for 5 names the unknown count 'picked'",
            "dimension 2, item 1, share: the count 'chosen' has no floor",
        ],
    ),
    "floors that do not ascend": (
        *("4 = { given = 75 }", "4 = { given = 45 }"),
        ["dimension 2, item 1, share: the floors of 'given' do not ascend with the rating"],
    ),
    "a least number where everybody is counted": (
        *(IA_FLOOR, "everybody = true\nleast = 5\nfloors = { 2 = { given"),
        ["dimension 2, item 1, share: `least` is for samples; here everybody is counted"],
    ),
    "a floor for the lowest rating": (
        *(IA_FLOOR, "floors = { 1 = { given"),
        ["dimension 2, item 1, share: a floor for 1, which is not an anchored rating above the lowest"],
    ),
    "a reserved word as a code": (
        *('code       = "IIA"', 'code       = "Rating"'),
        ["dimension 2, item 1: the code 'Rating' is the name of a column in files of ratings"],
    ),
    "a column that only an import reads as a code": (
        *('code       = "IA"', 'code       = "period"'),
        ["dimension 1, item 1: the code 'period' is the name of a column in files of ratings"],
    ),
    "a fact of a program as a code": (
        *('code       = "IIA"', 'code       = "State"'),
        ["dimension 2, item 1: the code 'State' is the name of a column in files of ratings"],
    ),
    "a scale without length": (
        *("highest = 5", "highest = 1"),
        ["rating: the lowest rating 1 is not below the highest 1"],
    ),
    "a name for a rating outside the scale": (
        *('5 = "Enhanced" }', '5 = "Enhanced", 6 = "Beyond" }'),
        ["rating, names: 6 is outside 1 to 5"],
    ),
    "an unknown schema": (*("schema   = 1", "schema   = 2"), ["schema: 2 is not known; expected 1"]),
    "an item without evidence to look for": (
        *('evidence   = ["Count the hooks"]', "evidence   = []"),
        ["dimension 1, item 2: names no evidence to look at; expected at least one"],
    ),
}


@pytest.mark.parametrize(("old", "new", "faults"), CASES.values(), ids=CASES.keys())
def test_a_file_with_one_slip_is_refused_with_exactly_its_faults(old, new, faults):
    assert faults_of(changed(old, new)) == faults


@pytest.mark.parametrize(("anchor", "rating"), [('1 = "The door hears', 1), ('5 = "As 3, and guests rewrite', 5)])
def test_an_end_of_the_scale_cannot_be_declared_unanchored(anchor, rating):
    text = re.sub(f"{re.escape(anchor)}.*\n", "", TEXT, count=1)
    text = changed("unanchored = [2, 4]", f"unanchored = [2, 4, {rating}]", text)
    assert faults_of(text) == [f"dimension 1, item 1: {rating} ends the scale and needs an anchor"]


def test_a_floor_for_a_rating_without_an_anchor_is_refused():
    text = re.sub('4 = "At least three in four.*\n', "", TEXT, count=1)
    text = changed('code       = "IIA"', 'code       = "IIA"\nunanchored = [4]', text)
    said = "a floor for 4, which is not an anchored rating above the lowest"
    assert faults_of(text) == [f"dimension 2, item 1, share: {said}"]


@pytest.mark.parametrize("floor", ["0", "101", "50.5", '"many"'])
def test_a_floor_that_is_no_percent_is_told_once_and_at_its_own_place(floor):
    (fault,) = faults_of(changed("given = 50", f"given = {floor}"))
    assert fault.startswith("dimension 2, item 1, share, floors 3, given: ")


@pytest.mark.parametrize("key", ["dimension", "overall"])
def test_a_scoring_method_that_the_program_does_not_have_is_refused(key):
    text = re.sub(rf"^{key}( *)= \"mean-of-\w+\"", rf'{key}\1= "median"', TEXT, count=1, flags=re.M)
    (fault,) = faults_of(text)
    assert fault.startswith(f"scoring, {key}: ")
    assert "median" in fault


def test_several_slips_are_told_all_at_once():
    text = changed('focus      = ["welcome"]', 'focus      = ["breakfast"]')
    text = changed('code       = "IIA"', 'code       = "kind"', text)
    text = changed('from = "3"', 'from = "1"', text)
    assert faults_of(text) == [
        "band 3: starts from 1, which is not above the band before it",
        "dimension 1, item 1: unknown focus area 'breakfast'",
        "dimension 2, item 1: the code 'kind' is the name of a column in files of ratings",
    ]


def test_several_slips_of_shape_are_told_all_at_once():
    text = changed('licence  = "CC0-1.0"\n', "")
    text = changed('title      = "Room for two coats"', "title      = 2", text)
    assert faults_of(text) == [
        "top of the file: the key 'licence' is missing",
        "dimension 1, item 2, title: input should be a valid string",
    ]


def test_a_slip_in_the_only_item_of_a_dimension_does_not_make_the_dimension_look_empty():
    text = changed('title      = "The second plate"\n', "")
    assert faults_of(text) == ["dimension 2, item 1: the key 'title' is missing"]


OF_SHAPE = [
    *("an unknown key at the top", "an unknown key inside an item", "a missing title", "a missing licence"),
    *("an empty licence", "a cut-off written as a binary float", "an unknown schema"),
]


@pytest.mark.parametrize("of_shape", OF_SHAPE)
def test_a_slip_of_shape_hides_no_other_slip_and_makes_none_up(of_shape):
    old, new, faults = CASES[of_shape]
    seen = 0
    for other, (other_old, other_new, others) in CASES.items():
        apart = changed(old, new).count(other_old) == changed(other_old, other_new).count(old) == 1
        if apart and other != of_shape:
            text = changed(other_old, other_new, changed(old, new))
            assert sorted(faults_of(text)) == sorted({*faults, *others})
            seen += 1
    assert seen > 25


NO_MORE = {
    "a misspelt optional key": (
        *("unanchored = [2, 4]", "unanchord = [2, 4]"),
        ["dimension 1, item 1: unknown key 'unanchord'"],
    ),
    "an optional key of the wrong type": (
        *("unanchored = [2, 4]", 'unanchored = "2, 4"'),
        ["dimension 1, item 1, unanchored: input should be a valid tuple"],
    ),
    "an anchor with a word for its number": (
        *('4 = "Two hooks carry', 'four = "Two hooks carry'),
        ["dimension 1, item 2, anchors, four: input should be a valid integer, unable to parse string as an integer"],
    ),
    "a band without its code": (*('code = "bright"\n', ""), ["band 4: the key 'code' is missing"]),
    "a focus area without its id": (*('id = "supper"\n', ""), ["focus 2: the key 'id' is missing"]),
    "a scale whose end is text": (
        *("highest = 5", 'highest = "5"'),
        ["rating, highest: input should be a valid integer"],
    ),
    "a count that is a number": (
        *('chosen = "chose what was on it"', "chosen = 2"),
        ["dimension 2, item 1, share, counts, chosen: input should be a valid string"],
    ),
}


@pytest.mark.parametrize(("old", "new", "faults"), NO_MORE.values(), ids=NO_MORE.keys())
def test_what_only_follows_from_a_slip_of_shape_is_not_told(old, new, faults):
    assert faults_of(changed(old, new)) == faults


def test_slips_of_shape_and_of_sense_are_told_all_at_once():
    text = changed('licence  = "CC0-1.0"', 'license  = "CC0-1.0"')
    text = changed('code       = "IB"', "code       = 2", text)
    text = changed('3 = "Every guest is offered two hooks."\n', "", text)
    text = changed('focus      = ["welcome"]', 'focus      = ["breakfast"]', text)
    text = changed('evidence   = ["Count the plates of twenty suppers"]', "evidence   = []", text)
    text = changed('from = "3"', 'from = "1"', text)
    assert faults_of(text) == [
        "top of the file: the key 'licence' is missing",
        "dimension 1, item 2, code: input should be a valid string",
        "top of the file: unknown key 'license'",
        "band 3: starts from 1, which is not above the band before it",
        "dimension 1, item 1: unknown focus area 'breakfast'",
        "dimension 1, item 2: no anchor for 3, and 3 is not declared unanchored",
        "dimension 2, item 1: names no evidence to look at; expected at least one",
    ]


@pytest.mark.parametrize("value", ["{}", "[1]", "[[]]", "{ a = { b = 1 } }"])
def test_no_value_of_a_wrong_shape_is_a_crash(value):
    lines = TEXT.splitlines()
    for number, line in enumerate(lines):
        if " = " in line and not line.startswith("names"):
            wrong = [*lines[:number], f"{line.partition(' = ')[0]} = {value}", *lines[number + 1 :]]
            assert faults_of("\n".join(wrong)), line


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000])
def test_what_the_reader_of_toml_gives_up_on_is_a_fault_and_not_a_crash(value):
    (fault,) = faults_of(changed("highest = 5", f"highest = {value}"))
    assert ": is not TOML: " in fault


def test_faults_are_told_in_the_language_now_spoken():
    class Shouting(NullTranslations):
        def gettext(self, message: str) -> str:
            return f"<{message}>"

        def ngettext(self, one: str, many: str, number: int) -> str:
            return f"<{many}>"

    def told() -> list[str]:
        words.speak(Shouting())
        return [fault for old, new, _faults in CASES.values() for fault in faults_of(changed(old, new))]

    by_pydantic = ("string should", "input should", "expected a number written")
    for fault in copy_context().run(told):
        assert ": <" in fault or any(f": {said}" in fault for said in by_pydantic), fault


def test_a_refused_file_names_itself_on_every_line():
    with pytest.raises(Faulty) as refused:
        shelf.parse(changed('focus      = ["welcome"]', 'focus      = ["a", "b"]').encode(), "odd.toml")
    lines = refused.value.lines.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("odd.toml: dimension 1, item 1: unknown focus area ") for line in lines)


# The guide


def guide_faults(folder: Path, text: str) -> list[str]:
    shutil.copy(HERE / "lantern-1.0.toml", folder)
    path = folder / "lantern-1.0.guide.toml"
    path.write_text(text, encoding="utf-8")
    return [str(fault) for fault in shelf.check(path)]


GUIDE_CASES = {
    "made for another instrument": (
        *('"lantern@1.0"', '"lantern@2.0"'),
        ["for: names 'lantern@2.0'; the instrument beside it is 'lantern@1.0'"],
    ),
    "an unknown dimension": (*('["doorway"]', '["garden"]'), ["setting: unknown dimension 'garden'"]),
    "an unknown item": (*("[steps.second-plate]", "[steps.third-plate]"), ["steps, third-plate: unknown item"]),
    "steps to the lowest rating": (
        *('3 = ["Buy', '1 = ["Buy'),
        ["steps, second-plate: steps to 1, which is not an anchored rating above the lowest"],
    ),
    "steps to a rating without an anchor": (
        *('3 = ["Write', '4 = ["Write'),
        ["steps, first-words: steps to 4, which is not an anchored rating above the lowest"],
    ),
    "an unknown key": (*("setting =", "settings ="), ["top of the file: unknown key 'settings'"]),
    "a check of an unknown item": (
        *("{ first-words = 5 }", "{ last-words = 5 }"),
        ["check 1, last-words: unknown item"],
    ),
    "a check of one item": (
        *("at_least = { first-words = 5 }\n", ""),
        ["check 1: names fewer than two items, which cannot contradict each other"],
    ),
    "two checks of one id": (
        *('"plates-without-hooks"', '"words-without-plates"'),
        ["check: the id 'words-without-plates' is used 2 times"],
    ),
    "at least the lowest rating": (
        *("{ first-words = 5 }", "{ first-words = 1 }"),
        ["check 1, at_least, first-words: 1 is not an anchored rating above the lowest"],
    ),
    "at least a rating without an anchor": (
        *("{ first-words = 5 }", "{ first-words = 4 }"),
        ["check 1, at_least, first-words: 4 is not an anchored rating above the lowest"],
    ),
    "at most the highest rating": (
        *("{ second-plate = 1 }", "{ second-plate = 5 }"),
        ["check 1, at_most, second-plate: 5 is not an anchored rating below the highest"],
    ),
    "at most a rating outside the scale": (
        *("{ second-plate = 1 }", "{ second-plate = 0 }"),
        ["check 1, at_most, second-plate: 0 is not an anchored rating below the highest"],
    ),
    "at least more than at most": (
        *("coat-rack = 2 }\nat_most", "coat-rack = 3 }\nat_most"),
        ["check 2, coat-rack: no rating is at least 3 and at most 2"],
    ),
    "a check with a text for a rating": (
        *("{ second-plate = 1 }", '{ second-plate = "1" }'),
        ["check 1, at_most, second-plate: input should be a valid integer"],
    ),
    "a check without its sentence": (
        *('says     = "Most guests get a second plate, and look for a second hook themselves."\n', ""),
        ["check 2: the key 'says' is missing"],
    ),
    "a check with an unknown key": (
        *('id       = "plates-without-hooks"', 'id       = "plates-without-hooks"\nwhen = 3'),
        ["check 2: unknown key 'when'"],
    ),
    "a misspelt key of a check": (
        *("at_least = { first-words = 5 }", "at_leest = { first-words = 5 }"),
        ["check 1: unknown key 'at_leest'"],
    ),
}


@pytest.mark.parametrize(("old", "new", "faults"), GUIDE_CASES.values(), ids=GUIDE_CASES.keys())
def test_a_guide_with_one_slip_is_refused_with_exactly_its_fault(tmp_path, old, new, faults):
    assert guide_faults(tmp_path, changed(old, new, ADVICE)) == faults


def test_a_guide_is_checked_only_beside_its_instrument(tmp_path):
    path = tmp_path / "lantern-1.0.guide.toml"
    path.write_text(changed("setting =", "settings =", ADVICE), encoding="utf-8")
    assert [str(fault) for fault in shelf.check(path)] == [
        "top of the file: unknown key 'settings'",
        "file: the instrument beside it, lantern-1.0.toml, is missing",
    ]


def test_a_guide_beside_a_faulty_instrument_is_told_so_once(tmp_path):
    (tmp_path / "lantern-1.0.toml").write_text(changed('from = "3"', 'from = "1"', changed("short ", "shor ")))
    path = tmp_path / "lantern-1.0.guide.toml"
    path.write_text(changed("setting =", "settings =", ADVICE), encoding="utf-8")
    assert [str(fault) for fault in shelf.check(path)] == [
        "top of the file: unknown key 'settings'",
        "file: the instrument beside it, lantern-1.0.toml, has faults of its own; check it first",
    ]


def test_slips_of_shape_and_of_sense_in_a_guide_are_told_all_at_once(tmp_path):
    text = changed('["doorway"]', '["garden"]', ADVICE)
    text = changed('3 = ["Write', '4 = ["", "Write', text)
    text = changed("[steps.second-plate]", '[steps.coat-rack]\nbest = ["x"]\n1 = ["x"]\n[steps.third-plate]', text)
    shape, sense = guide_faults(tmp_path, text)[:2], guide_faults(tmp_path, text)[2:]
    assert [fault.partition(": ")[0] for fault in shape] == ["steps, first-words 4 1", "steps, coat-rack, best"]
    assert sense == [
        "setting: unknown dimension 'garden'",
        "steps, coat-rack: steps to 1, which is not an anchored rating above the lowest",
        "steps, third-plate: unknown item",
    ]


def test_slips_of_shape_and_of_sense_in_the_checks_of_a_guide_are_told_all_at_once(tmp_path):
    text = changed("{ second-plate = 1 }", "{ second-plate = 1.5 }", ADVICE)
    text = changed("{ first-words = 5 }", "{ last-words = 5 }", text)
    text = changed("coat-rack = 2 }\nat_most", "coat-rack = 1 }\nat_most", text)
    assert guide_faults(tmp_path, text) == [
        "check 1, at_most, second-plate: input should be a valid integer",
        "check 2, at_least, coat-rack: 1 is not an anchored rating above the lowest",
    ]


def test_a_guide_gives_the_steps_of_the_nearest_rating_that_has_any(lantern_guide):
    assert lantern_guide.towards("first-words", 2) == ("Write a greeting card that covers both wishes.",)
    assert lantern_guide.towards("first-words", 4) == ("Ask three guests to rewrite the card.",)
    assert lantern_guide.towards("second-plate", 5) == ()
    assert lantern_guide.towards("coat-rack", 3) == ()


# Finding


def test_an_instrument_is_found_by_its_id_and_by_id_and_version():
    assert shelf.find("ddcat@4.0").instrument.name == "ddcat@4.0"
    assert shelf.find("ddcat").instrument.id == "ddcat"
    assert shelf.find("ddcat").guide.for_ == shelf.find("ddcat").instrument.name


NOT_HERE = [
    *(
        "lamp",
        "ddcat@9.9",
        "",
        "@4.0",
        "@",
        "DDCAT@4.0",
        "ddcat@",
        "ddcat@4",
        "ddcat@4.0@",
        "ddcat@4.0\n",
        "ddcat@４.0",
    ),
    *("../ddcat@4.0", "../x", "/etc/passwd", "ddcat@4.0/../../x", "ddcat\0@4.0", "ddcat@\0", "*", "ddcat@*"),
    *("x" * 5000, "ddcat@" + "9" * 5000, "ddcat-4.0", "ddcat-4.0.guide"),
]


@pytest.mark.parametrize("name", NOT_HERE, ids=[ascii(name[:20]) for name in NOT_HERE])
def test_a_name_that_is_not_on_the_shelf_is_refused_with_the_names_there_are(name):
    with pytest.raises(shelf.Unknown) as unknown:
        shelf.find(name)
    assert unknown.value.known == shelf.names()
    assert "ddcat@4.0" in unknown.value.known


def test_the_newest_version_counts_ten_above_nine(tmp_path, monkeypatch):
    for version in ("1.0", "1.9", "1.10"):
        text = changed('version  = "1.0"', f'version  = "{version}"')
        (tmp_path / f"lantern-{version}.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(shelf, "INSTRUMENTS", tmp_path)
    assert shelf.names() == ["lantern@1.0", "lantern@1.9", "lantern@1.10"]
    found = shelf.find("lantern")
    assert found.instrument.version == "1.10"
    assert found.guide.steps == {}


@pytest.fixture
def mixed(tmp_path, monkeypatch) -> Path:
    """A folder with sound instruments between files that are none."""
    (tmp_path / "lantern-1.0.toml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "lantern-1.0.guide.toml").write_text(ADVICE, encoding="utf-8")
    (tmp_path / "lantern-1.1.toml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "half-1.0.toml").write_text(TEXT[:900], encoding="utf-8")
    (tmp_path / "notes-old.toml").write_text('remember = "milk"\n', encoding="utf-8")
    (tmp_path / "notes-².toml").write_bytes(b"\xff")
    (tmp_path / "notes.toml").mkdir()
    monkeypatch.setattr(shelf, "INSTRUMENTS", tmp_path)
    return tmp_path


def test_files_that_are_no_instrument_do_not_stand_in_the_way_of_the_sound_ones(mixed):
    assert shelf.names() == ["lantern@1.0"]
    assert shelf.find("lantern").instrument.name == "lantern@1.0"
    assert shelf.find("lantern@1.0").guide.steps


def test_the_contents_are_the_sound_volumes_and_the_refused_files_with_their_faults(mixed):
    sound, refused = shelf.contents()
    assert sound == [shelf.find("lantern@1.0")]
    told = {faulty.file: [str(fault) for fault in faulty.faults] for faulty in refused}
    assert sorted(told) == ["half-1.0.toml", "lantern-1.1.toml", "notes-old.toml", "notes-².toml", "notes.toml"]
    assert told["lantern-1.1.toml"] == [
        "file: is named lantern-1.1.toml; its id and version ask for lantern-1.0.toml"
    ]
    assert told["notes-².toml"] == ["byte 0: is not UTF-8 text"]
    assert told["notes.toml"] == ["file: is no ordinary file; take it out of the folder"]
    assert "top of the file: unknown key 'remember'" in told["notes-old.toml"]


@pytest.mark.parametrize(("name", "file"), [("lantern@1.1", "lantern-1.1.toml"), ("half", "half-1.0.toml")])
def test_who_asks_for_a_refused_file_is_told_its_faults(mixed, name, file):
    with pytest.raises(Faulty) as refused:
        shelf.find(name)
    assert refused.value.file == file


def test_the_shipped_shelf_holds_nothing_that_is_refused():
    sound, refused = shelf.contents()
    assert [volume.instrument.name for volume in sound] == shelf.names()
    assert refused == []


@pytest.mark.parametrize("path", sorted(paths.INSTRUMENTS.glob("*.toml")), ids=lambda path: path.name)
def test_a_shipped_file_has_no_fault(path):
    assert shelf.check(path) == []


def test_the_name_of_a_file_must_say_its_id_and_version(tmp_path):
    path = tmp_path / "lantern-2.0.toml"
    path.write_text(TEXT, encoding="utf-8")
    (fault,) = shelf.check(path)
    assert str(fault) == "file: is named lantern-2.0.toml; its id and version ask for lantern-1.0.toml"


def test_a_wrong_name_is_told_beside_the_other_faults(tmp_path):
    path = tmp_path / "lantern-2.0.toml"
    path.write_text(changed('short    = "Lantern 1.0"\n', ""), encoding="utf-8")
    assert [str(fault) for fault in shelf.check(path)] == [
        "top of the file: the key 'short' is missing",
        "file: is named lantern-2.0.toml; its id and version ask for lantern-1.0.toml",
    ]


def test_a_file_that_is_not_there_is_a_fault_and_not_a_crash(tmp_path):
    (fault,) = shelf.check(tmp_path / "none-1.0.toml")
    assert str(fault) == "file: cannot be read: No such file or directory"


def test_the_checksum_is_of_the_very_bytes():
    volume = shelf.find("ddcat@4.0")
    data = (paths.INSTRUMENTS / "ddcat-4.0.toml").read_bytes()
    assert volume.data == data
    assert volume.checksum == sha256(data).hexdigest() == shelf.checksum(data)


@pytest.mark.parametrize(
    "levels", ["{ dim = 1 }", "{ lit = 1, bright = 5 }"], ids=["one level", "no level for the first band"]
)
def test_levels_that_the_planner_could_not_work_with_are_refused(levels):
    """A plan asks for the second level's rating, and for the level of every overall score there can be."""
    (fault,) = faults_of(re.sub(r"levels = \{.*?\}", f"levels = {levels}", TEXT, count=1))
    assert fault.startswith("scoring, criterion: ")


def test_a_cut_off_that_two_decimals_cannot_tell_is_refused():
    """Scores are shown with two decimals; a band from 2.996 could not be told from one from 3."""
    (fault,) = faults_of(TEXT.replace('from = "3"', 'from = "2.996"'))
    assert fault.endswith("starts from 749/250, which two decimals cannot tell")
