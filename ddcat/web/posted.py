"""Items that a page sent: what of them may be saved, and the answers that the page and its script get."""

from collections.abc import Collection, Mapping

from flask import render_template
from flask.typing import ResponseReturnValue

from ddcat.instrument import Instrument
from ddcat.progress import Progress
from ddcat.records import Assessment, Rating
from ddcat.store.saving import Change, Saved
from ddcat.web.forms.ratings import Posted, stamp


def is_fit(sent: Collection[Posted]) -> bool:
    """Whether every item can be saved; each is looked at, so that each says what is wrong with it."""
    unfit = [item for item in sent if not item.is_fit()]
    return not unfit


def touched(sent: Collection[Posted]) -> dict[str, Rating]:
    """What somebody changed, by item."""
    return {item.item.id: item.said for item in sent if item.is_touched}


def changes(said: Mapping[str, Rating]) -> dict[str, Change]:
    """The same as the store takes it."""
    return {id: Change(rating.value, rating.why, rating.revision) for id, rating in said.items()}


def reasons(sent: Collection[Posted]) -> dict[str, str]:
    """Why texts that look like patient data may stay, by item."""
    return {item.item.id: item.reason for item in sent if item.warning}


def refused(sent: Collection[Posted]) -> ResponseReturnValue:
    """What the page's script is told where something cannot be saved."""
    again = [item.shown for item in sent]
    return {
        "mistakes": [text for item in again for _field, text in item.mistakes],
        "refusals": {item.item.id: item.refusal for item in sent if item.refusal},
        "warnings": {item.item.id: item.warning for item in again if item.warning},
    }, 422


def saved(
    instrument: Instrument,
    now: Progress | None,
    said: Mapping[str, Rating],
    saved: Saved,
    carries: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    """What the page's script needs: new stamps, the time, progress, and how far evidence carries an item in words."""
    counts = {part.id: [part.n_rated, part.n_items] for part in now.parts} if now else {}
    answer = {
        "saved_at": saved.at,
        "stamps": {
            id: stamp(Rating(said[id].value, said[id].why, revision)) for id, revision in saved.revisions.items()
        },
        "conflicts": [instrument.by_id[id].title for id in saved.conflicts],
        "carries": carries or {},
        "progress": counts | ({"all": [now.n_rated, now.n_items]} if now else {}),
    }
    return answer, 409 if saved.conflicts else 200


def conflict(
    assessment: Assessment, instrument: Instrument, back: str, said: Mapping[str, Rating], saved: Saved
) -> ResponseReturnValue:
    """Both versions, item by item; choosing one sends it to `back` over the other."""
    versions = [
        (instrument.by_id[id], standing, said[id], stamp(standing)) for id, standing in saved.conflicts.items()
    ]
    page = render_template(
        "pages/conflict.html",
        assessment=assessment,
        instrument=instrument,
        back=back,
        versions=versions,
        others=len(saved.revisions),
    )
    return page, 409
