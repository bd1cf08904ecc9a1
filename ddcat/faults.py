"""What is wrong with a file, and where: the one shape in which every reader reports it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One slip: its place inside the file, and what is wrong with what was expected."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class Faulty(Exception):
    """A file that was refused, with every fault in it."""

    def __init__(self, file: str, faults: Iterable[Fault]) -> None:
        self.file = file
        self.faults = tuple(faults)
        super().__init__(self.lines)

    @property
    def lines(self) -> str:
        """One line a fault: `file: place: fault`."""
        return "\n".join(f"{self.file}: {fault}" for fault in self.faults)
