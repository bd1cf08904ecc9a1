"""`ddcat score FILE --json` on 10,000 assessments, against reading the same file and dumping the same objects.

Each in a fresh process that times itself once Python is up: the product with all it imports, the floor with its
objects already in memory, so that there is no scoring between reading and dumping.
"""

import csv
import gc
import json
import random
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

ASSESSMENTS = 10_000
ROUNDS = 7


def main() -> None:
    """Measure and print."""
    from clock import in_turn, tell

    with TemporaryDirectory() as name:
        folder = Path(name)
        file, scored, dumped = folder / "ratings.csv", folder / "scored.json", folder / "dumped.json"
        write_ratings(file)

        def product() -> float:
            return run(["product", str(file)], scored)

        def floor() -> float:
            return run(["floor", str(file), str(folder / "objects.json")], dumped)

        product()
        scored.rename(folder / "objects.json")
        figures = in_turn(floor, product, ROUNDS)
        assert scored.read_bytes() == dumped.read_bytes(), "both write the same"
    tell(f"score of {ASSESSMENTS:,}", figures, "s", "within 4")


def run(arguments: list[str], output: Path) -> float:
    """The seconds that this script in a fresh process says it took; what it prints goes to a file."""
    with output.open("wb") as out:
        command = [sys.executable, __file__, *arguments]
        return float(subprocess.run(command, stdout=out, stderr=subprocess.PIPE, check=True).stderr)


def write_ratings(file: Path) -> None:
    """A wide sheet of invented programs, a quarter of them rated by half."""
    from ddcat import shelf
    from ddcat.interchange import ratings

    instrument = shelf.find("ddcat@4.0").instrument
    chance = random.Random(4)
    with file.open("w", newline="", encoding="utf-8") as out:
        sheet = csv.writer(out)
        sheet.writerow(ratings.blank(instrument))
        for number in range(ASSESSMENTS):
            share = 0.5 if number % 4 == 0 else 1
            given = [chance.choice(item.ratings) if chance.random() < share else "" for item in instrument.items]
            sheet.writerow([f"Invented program {number}", "2026-11-22", "self", "R. Invented", *given])


def product(file: str) -> None:
    """The command as people give it."""
    from ddcat.cli import main

    main(["score", file, "--json"], standalone_mode=False)


def floor(file: str, objects: list[object]) -> None:
    """Read every row, dump every object, nothing between."""
    with open(file, newline="", encoding="utf-8") as rows:
        list(csv.reader(rows))
    text = (json.dumps(value, ensure_ascii=False) for value in objects)
    sys.stdout.write("[" + next(text))
    for value in text:
        sys.stdout.write(",\n" + value)
    sys.stdout.write("]\n")


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case ["product", file]:
            begun = perf_counter()
            product(file)
            sys.stdout.flush()
            print(perf_counter() - begun, file=sys.stderr)
        case ["floor", file, prepared]:
            objects = json.loads(Path(prepared).read_text(encoding="utf-8"))
            gc.freeze()  # the collector shall not walk through what the floor has only for its convenience
            begun = perf_counter()
            floor(file, objects)
            sys.stdout.flush()
            print(perf_counter() - begun, file=sys.stderr)
