"""The cheapest road of a program to "enhanced" by both methods, against an integer program that finds its cost.

The product gives the one road that its rules for ties name. The floor is HiGHS, by `scipy.optimize.milp`, with all
its arrays made beforehand: it has the same costs and the same target, and finds the cost alone, no tie broken.
"""

from random import Random

import numpy as np
from clock import in_turn, tell, timed
from scipy.optimize import Bounds, LinearConstraint, milp

from ddcat import roads, scoring, shelf
from ddcat.instrument import Instrument

PROGRAMS = 20
ROUNDS = 9
TARGET = "DDE"


def main() -> None:
    """Measure and print."""
    volume = shelf.find("ddcat@4.0")
    programs = [invent(volume.instrument, Random(number)) for number in range(PROGRAMS)]
    prepared = [arrays(volume.instrument, *program) for program in programs]

    def road(ratings: dict[str, int], costs: dict[str, int]) -> roads.Road:
        return roads.road(volume.instrument, volume.guide, ratings, to=TARGET, by="both", costs=costs)

    def product() -> float:
        return 1000 / PROGRAMS * timed(lambda: [road(*program) for program in programs])

    def floor() -> float:
        return 1000 / PROGRAMS * timed(lambda: [solve(*program) for program in prepared])

    assert [road(*program).total_cost for program in programs] == [solve(*program) for program in prepared]
    tell(f"a road for {len(volume.instrument.items)} items", in_turn(floor, product, ROUNDS), "ms", "under 100 ms")
    slowest = max(timed(lambda program=program: road(*program)) for program in programs)
    print(f"the slowest of {PROGRAMS}: {1000 * slowest:.4g} ms")


def invent(instrument: Instrument, chance: Random) -> tuple[dict[str, int], dict[str, int]]:
    """Ratings of a program with a long way to go, from the lowest two anchors, and a cost for every item."""
    ratings = {item.id: chance.choice(item.ratings[:2]) for item in instrument.items}
    return ratings, {item: chance.randint(1, 5) for item in ratings}


def arrays(
    instrument: Instrument, ratings: dict[str, int], costs: dict[str, int]
) -> tuple[np.ndarray, LinearConstraint]:
    """What a rise costs, a column a rise; and the rules: one rise an item, enough units, enough items."""
    rises = [
        (item, to, steps)
        for item in instrument.items
        for steps, to in enumerate([to for to in item.ratings if to > ratings[item.id]], 1)
    ]
    unit = {item.id: 980 * scoring.point_on(instrument, instrument.home[item.id]) for item in instrument.items}
    least = instrument.scoring.criterion.levels[TARGET]
    part, whole = instrument.scoring.criterion.share
    floor = 980 * next(band.floor for band in instrument.bands if band.code == TARGET)
    now = sum(unit[item] * rating for item, rating in ratings.items())
    table = [
        *([item is one for item, _to, _steps in rises] for one in instrument.items),
        [unit[item.id] * (to - ratings[item.id]) for item, to, _steps in rises],
        [ratings[item.id] < least <= to for item, to, _steps in rises],
    ]
    needed = -(-part * len(instrument.items) // whole) - sum(rating >= least for rating in ratings.values())
    low = [-np.inf] * len(instrument.items) + [float(floor - now), needed]
    high = [1] * len(instrument.items) + [np.inf, np.inf]
    price = np.array([steps * costs[item.id] for item, _to, steps in rises], dtype=float)
    return price, LinearConstraint(np.array(table, dtype=float), low, high)


def solve(price: np.ndarray, rules: LinearConstraint) -> int:
    """The least cost that keeps the rules."""
    options = {"mip_rel_gap": 0}
    solved = milp(price, integrality=np.ones(len(price)), bounds=Bounds(0, 1), constraints=rules, options=options)
    return round(solved.fun)


if __name__ == "__main__":
    main()
