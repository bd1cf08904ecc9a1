"""What a rule found, in the words of the rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ddcat.instrument import Item
from ddcat.words import _

REFUSES, ASKS, NOTES = SEVERITIES = ("refuses", "asks", "notes")

SAID: dict[tuple[str, str], str] = {}
"""What each rule says at each severity; the modules of rules write it in, each its own."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: it "refuses" to be sealed until mended, "asks" for an answer, or "notes" what to know.

    `items` are the ids it is about, in paper order; none where it is about the whole. `about` says what it is about
    beside its rule: when that changes it is another finding, and an answer to the one before is none to it.
    """

    rule: str
    severity: str
    items: tuple[str, ...] = ()
    about: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The text by which an answer to it is kept."""
        return f"{self.rule}/{self.about}" if self.about else self.rule

    @property
    def text(self) -> str:
        """What is found and what to do about it, in the language now spoken."""
        return _(SAID[self.rule, self.severity], **self.values)


def of_item(item: Item, rule: str, severity: str, about: object, **values: object) -> Finding:
    """A finding about one item, and about this of it."""
    called = _("“%(title)s” (%(code)s)", title=item.title, code=item.code)
    return Finding(rule, severity, (item.id,), f"{item.id}/{about}", {"item": called, **values})
