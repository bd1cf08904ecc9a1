"""What only a browser shows: warnings while somebody types, and a login that ends in the middle of a page."""

from contextlib import closing
from typing import Any

from playwright.sync_api import expect

from ddcat import store
from ddcat.store import people
from tests.browser.conftest import PASSWORD

PATIENT = "Chart of patient Jane Miller"
WARNING = "looks like the name of a patient"


def test_patient_data_is_warned_of_while_typing_and_saved_once_gone(house: Any, visit: Any, troubles: Any) -> None:
    troubles.expect("422")
    draft = house.start()
    page = visit(f"{house.url}/assessments/{draft}/dimensions/structure")
    evidence = page.locator("textarea").first
    evidence.press_sequentially(PATIENT)
    expect(page.locator("[data-warning]").first).to_contain_text(WARNING)
    expect(page.locator("#saved")).to_contain_text("looks like patient data")
    assert house.said(draft).why == {}
    evidence.fill("Ten charts")
    expect(page.locator("#saved")).to_contain_text("Saved")
    expect(page.locator("[data-guard]").first).to_be_hidden()
    assert list(house.said(draft).why.values()) == ["Ten charts"]


def test_a_reason_lets_it_stay(house: Any, visit: Any, troubles: Any) -> None:
    troubles.expect("422")
    draft = house.start()
    page = visit(f"{house.url}/assessments/{draft}/dimensions/structure")
    page.locator("textarea").first.press_sequentially(PATIENT)
    page.get_by_label("Reason why it may stay").first.fill("An invented name")
    expect(page.locator("#saved")).to_contain_text("Saved")
    assert list(house.said(draft).why.values()) == [PATIENT]


def test_other_forms_warn_while_somebody_types_too(house: Any, visit: Any) -> None:
    page = visit(f"{house.url}/assessments/{house.start()}/cover")
    name = page.get_by_label("Name of the rater, or of the raters")
    name.press_sequentially(" and patient Jane Miller")
    expect(page.locator("[data-typed]")).to_contain_text(WARNING)
    name.fill("Ada Finch")
    expect(page.locator("[data-typed]")).to_be_empty()


def test_what_was_typed_when_a_login_ended_is_sent_after_the_next(
    empty_house: Any, visit: Any, troubles: Any
) -> None:
    troubles.expect("401")
    house = empty_house
    draft = house.start()
    page = visit(f"{house.url}/assessments/{draft}/dimensions/structure")
    with closing(store.connect(house.database).conn) as connection:
        db = store.Database(connection)
        people.end_sessions(db, people.first(db))
    page.locator("textarea").first.press_sequentially("Ten charts of May")
    expect(page.locator("#saved")).to_contain_text("Your login has ended")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("What you typed is kept")
    page.get_by_label("E-mail address or login name").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What you had typed")
    page.get_by_role("button", name="Send it now").click()
    expect(page.locator("textarea").first).to_have_value("Ten charts of May")
    assert list(house.said(draft).why.values()) == ["Ten charts of May"]
    page.goto(f"{house.url}/account/typed")
    expect(page.get_by_text("Nothing is kept for you.")).to_be_visible()
