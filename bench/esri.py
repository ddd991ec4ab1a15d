"""Shocks through enterprise networks: layers of suppliers and buyers, one flow in thirty against the direction."""

from __future__ import annotations

import random
import time

from chain.esri import prepare, shocks

LAYERS = 12
BACKWARD = 1 / 30


def network(firms: int, flows: int, seed: int = 7) -> tuple[list[tuple[str, str, float]], dict[str, str]]:
    """Flows with volumes as uneven as real ones, and the link of each firm."""
    dice = random.Random(seed)  # noqa: S311 - made-up data
    layer = [n * LAYERS // firms for n in range(firms)]
    of_layer: dict[int, list[int]] = {}
    for firm, at in enumerate(layer):
        of_layer.setdefault(at, []).append(firm)
    edges = []
    while len(edges) < flows:
        giver = dice.randrange(firms)
        step = -dice.randrange(1, 3) if dice.random() < BACKWARD else dice.randrange(1, 3)
        takers = of_layer.get(layer[giver] + step)
        if takers:
            edges.append((str(giver), str(dice.choice(takers)), dice.paretovariate(1.2)))
    return edges, {str(firm): f"{layer[firm]}-{firm % 5}" for firm in range(firms)}


def essential(supplier: str, buyer: str) -> bool:
    return (int(supplier[-1]) + int(buyer[-1])) % 3 == 0


def risk() -> list[str]:
    """All shocks of 500 firms, and 512 of 5,000."""
    said = []
    for firms, flows, count, goal in ((500, 2_500, 500, "goal ≤ 0.5 s"), (5_000, 50_000, 512, "goal ≤ 10 ms a shock")):
        edges, sector = network(firms, flows)
        for replaceable in (False, True):
            began = time.process_time()
            made = prepare(edges, sector, essential)
            _, moving = shocks(made, sorted(made.firms)[:count], replaceable)
            spent = time.process_time() - began
            how = "market shares" if replaceable else "no replacement"
            said.append(
                f"ESRI, {firms:,} firms, {flows:,} flows, {how}: {count} shocks {spent:.2f} s CPU, "
                f"{spent / count * 1e3:.2f} ms a shock, {len(moving)} 未收敛 ({goal})"
            )
    return said
