"""Which instrument is suggested for a program: the rules of the guides that come with ddcat, and of a tiny one."""

from collections.abc import Mapping
from typing import Any

import pytest

from ddcat import choosing, shelf
from ddcat.choosing import Suggestion, Why
from ddcat.instrument import Guide
from ddcat.shelf import Volume

NAMES = {"ddcat": "ddcat@4.0", "ddcmht": "ddcmht@4.0", "iop-ic": "iop-ic@1.0"}
ADDICTION, MENTAL_HEALTH = {"primary_focus": "addiction"}, {"primary_focus": "mental-health"}
IOP, CLINIC = {"level_addiction": ["2.1"]}, {"level_mental_health": ["outpatient"]}


@pytest.mark.parametrize(
    ("program", "agency", "chosen"),
    [
        ({}, ADDICTION, "ddcat"),
        ({}, MENTAL_HEALTH, "ddcmht"),
        (IOP, ADDICTION, "ddcat"),
        (IOP, {}, "ddcat"),
        ({"level_addiction": ["otp", "wm"]}, MENTAL_HEALTH, "ddcat"),
        (CLINIC, ADDICTION, "ddcmht"),
        (IOP | CLINIC, MENTAL_HEALTH, "ddcmht"),
        (IOP | CLINIC, ADDICTION, "ddcat"),
        ({}, {"primary_focus": "mix"}, None),
        ({"capacity": 24, "level_addiction": []}, {}, None),
    ],
)
def test_the_facts_speak_for_an_instrument_and_the_program_before_its_agency(
    program: Mapping[str, Any], agency: Mapping[str, Any], chosen: str | None
) -> None:
    expected = Suggestion(NAMES[chosen], Why.FACTS) if chosen else None
    assert choosing.suggestion(shelf.newest(), program, agency) == expected


def test_the_last_instrument_comes_before_the_facts_and_one_that_is_gone_does_not() -> None:
    volumes = shelf.newest()
    assert choosing.suggestion(volumes, {}, ADDICTION, "iop-ic") == Suggestion("iop-ic@1.0", Why.LAST)
    assert choosing.suggestion(volumes, {}, ADDICTION, "lantern") == Suggestion("ddcat@4.0", Why.FACTS)
    assert choosing.suggestion(volumes, {}, {}, "lantern") is None


def test_the_only_one_needs_no_reason(ddcat: Volume) -> None:
    assert choosing.suggestion([ddcat], {}, MENTAL_HEALTH) == Suggestion("ddcat@4.0", Why.ALONE)
    assert choosing.suggestion([], {}, MENTAL_HEALTH) is None


def test_an_intensive_outpatient_program_fits_the_checklist_too() -> None:
    fitting = {volume.instrument.id for volume in shelf.newest() if choosing.fits(volume.guide, IOP)}
    assert fitting == {"ddcat", "iop-ic"}


def test_a_guide_without_rules_fits_nothing() -> None:
    assert not choosing.fits(Guide(**{"for": "lantern@1.0"}), IOP | CLINIC | ADDICTION)


@pytest.mark.parametrize("volume", shelf.newest(), ids=lambda volume: volume.instrument.id)
def test_every_instrument_that_comes_with_ddcat_says_in_a_line_what_it_suits_and_offers(volume: Volume) -> None:
    assert volume.guide.suits
    assert volume.guide.offers.endswith(".")
    assert volume.guide.fits
