"""What an event says, as plain data; an error declaration says exactly the opposite."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.journal.documents import Amount, declared_wrong, received_new, shipped, transformed
from trace.journal.effects import EdgeFact, Effects, effects

NOON = 1_795_492_800_000_000
ROOT = "https://id.gs1.org/01/09520000000011/10/"


def read(document: dict[str, Any]) -> Effects:
    return effects(document, lambda text: text)


amounts = st.builds(
    Amount,
    uri=st.sampled_from([ROOT + letter for letter in "ABCD"]),
    quantity=st.integers(1, 10**12),
    unit=st.sampled_from(["KGM", "GRM", "TNE", "LTR", "H87"]),
    basis=st.sampled_from(["weighed", "by_recipe"]),
)


@given(st.lists(amounts, min_size=1, max_size=6), amounts)
def test_a_declaration_is_the_exact_inverse(inputs: list[Amount], made: Amount) -> None:
    original = transformed(NOON, inputs, made, {"cbvmda:lotNumber": "A"}, {})
    told, declared = read(original), read(declared_wrong(original, NOON + 5, "录错"))
    assert not told.voided
    assert declared.voided
    assert declared.named == told.named
    assert declared.edges == told.edges
    assert [(m.uri, -m.delta, m.unit) for m in declared.moves] == [(m.uri, m.delta, m.unit) for m in told.moves]
    assert "errorDeclaration" not in original, "the original is left as it was"


@given(st.lists(amounts, min_size=1, max_size=6), amounts)
def test_one_edge_per_output_and_input_and_none_to_itself(inputs: list[Amount], made: Amount) -> None:
    told = read(transformed(NOON, inputs, made, {}, {}))
    pairs = [(e.output, e.input) for e in told.edges]
    assert len(pairs) == len(set(pairs))
    assert {i for _, i in pairs} == {a.uri for a in inputs} - {made.uri}
    assert {o for o, _ in pairs} <= {made.uri}


def edge_of(*inputs: Amount) -> EdgeFact:
    (edge,) = read(transformed(NOON, list(inputs), Amount(ROOT + "OUT", 1, "H87"), {}, {})).edges
    return edge


def test_the_same_lot_on_two_lines_adds_up() -> None:
    kilo, grams = Amount(ROOT + "A", 1_000_000, "KGM"), Amount(ROOT + "A", 500_000_000, "GRM")
    assert edge_of(kilo, kilo) == EdgeFact(ROOT + "OUT", ROOT + "A", 2_000_000, "KGM", "weighed")
    assert edge_of(kilo, grams) == EdgeFact(ROOT + "OUT", ROOT + "A", 1_500_000, "KGM", "weighed")
    assert edge_of(grams, kilo) == EdgeFact(ROOT + "OUT", ROOT + "A", 1_500_000, "KGM", "weighed")


def test_the_sum_is_unknown_where_a_part_is() -> None:
    kilo, pieces = Amount(ROOT + "A", 1_000_000, "KGM"), Amount(ROOT + "A", 1_000_000, "H87")
    assert edge_of(kilo, pieces).quantity is None
    document = transformed(NOON, [kilo, kilo], Amount(ROOT + "OUT", 1, "H87"), {}, {})
    del document["inputQuantityList"][0]["quantity"]
    (edge,) = read(document).edges
    assert edge.quantity is None
    del document["inputQuantityList"][1]["quantity"]
    assert read(document).edges[0].quantity is None
    assert [m.uri for m in read(document).moves] == [ROOT + "OUT"], "an unstated amount moves no stock"


def test_partly_by_recipe_was_not_weighed() -> None:
    weighed, guessed = Amount(ROOT + "A", 1, "KGM"), Amount(ROOT + "A", 1, "KGM", "by_recipe")
    assert edge_of(weighed, guessed).basis == "by_recipe"
    assert edge_of(guessed, weighed).basis == "by_recipe"


@pytest.mark.parametrize(
    ("step", "action", "sign"),
    [
        ("commissioning", "ADD", 1),
        ("receiving", "ADD", 1),
        ("receiving", "OBSERVE", 1),
        ("shipping", "OBSERVE", -1),
        ("destroying", "OBSERVE", -1),
        ("retail_selling", "OBSERVE", -1),
        ("decommissioning", "DELETE", -1),
        ("inspecting", "OBSERVE", 0),
        ("https://ref.gs1.org/cbv/BizStep-shipping", "OBSERVE", -1),
        ("urn:epcglobal:cbv:bizstep:receiving", "OBSERVE", 1),
    ],
)
def test_what_each_step_does_to_the_stock(step: str, action: str, sign: int) -> None:
    document = {
        "type": "ObjectEvent",
        "action": action,
        "bizStep": step,
        "quantityList": [{"epcClass": ROOT + "A", "quantity": 12.5, "uom": "KGM"}],
    }
    moved = [(m.uri, m.delta, m.unit) for m in read(document).moves]
    assert moved == ([] if sign == 0 else [(ROOT + "A", sign * 12_500_000, "KGM")])
    assert bool(read(document).created) == (action == "ADD")


def test_who_hands_over_to_whom() -> None:
    lot = Amount(ROOT + "A", 1_000_000, "KGM")
    out = read(shipped(NOON, lot, "urn:liangpin:party:a", "urn:liangpin:party:b", {}))
    assert (out.shipped_to, out.received_from, out.receives) == ("urn:liangpin:party:b", None, False)
    got = read(received_new(NOON, lot, {}, "urn:liangpin:person:5", "urn:liangpin:party:b", {}))
    assert (got.shipped_to, got.received_from, got.receives) == (None, "urn:liangpin:person:5", True)
    alone = read(received_new(NOON, lot, {}, None, "urn:liangpin:party:b", {}))
    assert (alone.received_from, alone.receives) == (None, True)


def test_a_case_passes_nothing_on() -> None:
    document = {
        "type": "AggregationEvent",
        "action": "ADD",
        "bizStep": "packing",
        "parentID": "https://id.gs1.org/00/106141412345678908",
        "childQuantityList": [{"epcClass": ROOT + "A", "quantity": 2}, {"epcClass": ROOT + "B", "quantity": 3}],
    }
    told = read(document)
    assert (told.edges, told.moves, told.created) == ((), (), ())
    assert [(n.role, n.line, n.quantity, n.unit) for n in told.named] == [
        ("parent", 0, None, ""), ("child", 0, 2_000_000, "H87"), ("child", 1, 3_000_000, "H87"),
    ]  # fmt: skip
