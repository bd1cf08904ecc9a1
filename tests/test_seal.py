"""The one way to write a record, digests that tell nothing, and the links of the chain."""

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddcat import seal
from ddcat.records import Assessment, Origin

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ASSESSMENT = Assessment(
    program="Day house",
    program_ref="p" * 16,
    agency="Rosewood",
    agency_ref="g" * 16,
    ref="a" * 16,
    assessed_on="2026-05-04",
    period=1,
    kind="self",
    rater="Kim",
    reason="",
    started_at="2026-05-04T08:00:00+00:00",
    ratings={"first-words": 3},
    why={"first-words": "Ten arrivals"},
    revisions={"first-words": 2, "coat-rack": 1},
    origins={item: Origin("k" * 16, "2026-05-04T09:00:00+00:00") for item in ("first-words", "coat-rack")},
    cover={"hours_spent": 6.5},
    facts={"state": "Vermont"},
)
INSTRUMENT = {"id": "lantern", "version": "1.0", "checksum": "0" * 64}


def sealed() -> seal.Record:
    return seal.record(ASSESSMENT, INSTRUMENT, {"overall": "3"}, by="k" * 16, at="2026-05-05T08:00:00+00:00")


def test_a_value_is_written_in_one_way():
    assert seal.canonical({"b": [1, 6.5, None, True], "a": "„ü“\n\x1f"}) == (
        '{"a":"„ü“\\n\\u001f","b":[1,6.5,null,true]}'.encode()
    )


@given(VALUES)
def test_what_is_written_is_read_back_and_written_the_same(value):
    try:
        data = seal.canonical(value)
    except UnicodeEncodeError:
        return  # half of a surrogate pair, which nobody can type
    assert seal.canonical(seal.read(data)) == data


@pytest.mark.parametrize(
    "data", [b'{"b":1,"a":2}', b"[1, 2]", b'"\\u00fc"', b'"\\u001F"', b"", b"\xff", b"NaN", b"1 ", b"[" * 100_000]
)
def test_another_way_to_write_a_value_is_refused(data):
    with pytest.raises(seal.Unreadable):
        seal.read(data)


def test_what_cannot_be_written_exactly_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        seal.canonical(float("nan"))


@given(VALUES, VALUES)
def test_a_digest_holds_for_its_salt_and_value_alone(value, other):
    salt = seal.new_salt()
    try:
        data, more = seal.canonical(value), seal.canonical(other)
    except UnicodeEncodeError:
        return
    digest = seal.salted(salt, value)
    assert seal.holds(digest, salt.encode(), data)
    assert seal.holds(digest, salt.encode(), more) == (data == more)
    assert not seal.holds(digest, seal.new_salt().encode(), data)


def test_salts_are_never_the_same_so_that_equal_values_cannot_be_told():
    one, two = sealed(), sealed()
    assert one.texts["rater"].value == two.texts["rater"].value
    assert one.core["texts"]["rater"] != two.core["texts"]["rater"]


def test_a_record_holds_who_when_and_what_and_of_typed_text_only_digests():
    record = sealed()
    assert record.hash == sha256(seal.canonical(record.core)).hexdigest()
    assert (record.core["format"], record.core["methods"]) == (seal.FORMAT, seal.METHODS)
    assert (record.core["sealed_by"], record.core["sealed_at"]) == ("k" * 16, "2026-05-05T08:00:00+00:00")
    assert record.core["ratings"]["first-words"] == {
        "rating": 3,
        "revision": 2,
        "by": "k" * 16,
        "saved_at": "2026-05-04T09:00:00+00:00",
    }
    assert record.core["ratings"]["coat-rack"]["rating"] is None
    assert record.core["agency"] == {"ref": "g" * 16, "name": "Rosewood"}
    names = {"rater", "reason", "why/first-words", "cover/hours_spent", "facts/state"}
    assert record.core["texts"].keys() == record.texts.keys() == names
    for text in ("Ten arrivals", "Vermont", "Kim"):
        assert text not in seal.canonical(record.core).decode()


def test_a_link_stands_over_everything_in_an_entry_and_the_one_before():
    entry = dict.fromkeys(seal.ENTRY, "x") | {"n": 1, "changes": []}
    links = {seal.link(entry)} | {seal.link(entry | {name: "y"}) for name in seal.ENTRY}
    assert len(links) == len(seal.ENTRY) + 1
    assert seal.link(entry | {"hash": "y"}) in links


def test_the_last_entry_that_erases_a_place_counts_and_what_cannot_be_read_erases_nothing():
    place = seal.place("entry", 3, "first-words evidence", "new")
    said = seal.canonical([{"name": place}, {"name": "reason", "new": "0"}])
    found = seal.erasures([(9, said), (4, said), (5, b"{"), (6, b"[1]"), (7, b'[{"x":1}]')])
    assert found == {"entry/3/first-words evidence/new": 9, "reason": 9}


def test_an_export_holds_everything_that_it_takes_to_verify_it():
    record = sealed()
    texts = {name.encode(): (text.salt.encode(), seal.canonical(text.value)) for name, text in record.texts.items()}
    texts[b"rater"] = (None, None)
    row = dict.fromkeys(("at", "who", "act", "kind", "ref", "agency", "program", "previous", "hash"), b"x")
    kept = seal.KeptRecord(1, seal.canonical(record.core), record.hash.encode(), 1, texts, {}, [], {"salt": b"s"})
    entry = seal.KeptEntry(1, row | {"changes": b"[]"}, [])
    erased = {seal.place("assessment", "a" * 16, "rater"): 2}
    exported = json.loads(seal.export(kept, b"id = 1", [entry], erased, (2, "h")))
    assert exported["core"] == record.core
    assert (exported["format"], exported["hash"], exported["instrument"]) == (seal.EXPORT, record.hash, "id = 1")
    assert exported["texts"]["rater"] == {"erased": 2}
    assert exported["texts"]["facts/state"] == {"salt": record.texts["facts/state"].salt, "value": "Vermont"}
    assert exported["entries"] == [dict.fromkeys(row, "x") | {"n": 1, "changes": []}]
    assert (exported["sealing"], exported["head"]) == ({"n": 1, "salt": "s"}, {"n": 2, "hash": "h"})
