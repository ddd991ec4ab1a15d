"""Measures on a batch stand beside each other: lifting one shows the next, and nothing graver is ever hidden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.journal.halts import BEGINS, CHANGES, ENDS, GRAVEST_FIRST, KINDS, OFFICIAL, standing

STOP = ("batch.stopped", {"public_text": "漏气"})
START = ("batch.stop_lifted", {})
ORDER = ("order.confirmed", {"public_text": "1 号"})
LIFT = ("order.lifted", {})
RECALL = ("recall.announced", {"public_text": "公告"})
OLD = ("order.confirmed", {"public_text": "旧 3 号", "proposal_id": "3"})
FAIL = ("sampling.failed", {"public_text": "第 9 号"})


def served(number: int, measure: str, text: str) -> tuple[str, dict[str, str]]:
    return ("measure.served", {"measure_id": str(number), "measure": measure, "public_text": text})


def taken(number: int, measure: str) -> tuple[str, dict[str, str]]:
    return ("measure.taken", {"measure_id": str(number), "measure": measure, "public_text": "待补"})


def lapsed(number: int) -> tuple[str, dict[str, str]]:
    return ("measure.lapsed", {"measure_id": str(number), "measure": "stop"})


def ends(number: int) -> tuple[str, dict[str, str]]:
    return ("measure.served", {"measure_id": "99", "measure": "lift", "ends": str(number)})


def clear(case: int) -> tuple[str, dict[str, str]]:
    return ("sampling.cleared", {"case_id": str(case)})


def recall(number: int, text: str = "公告") -> tuple[str, dict[str, str]]:
    return ("recall.announced", {"recall_id": str(number), "public_text": text})


def close(number: int) -> tuple[str, dict[str, str]]:
    return ("recall.closed", {"recall_id": str(number)})


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        ([], ("", "")),
        ([STOP], ("own_stop", "漏气")),
        ([STOP, START], ("", "")),
        ([FAIL], ("failed_sampling", "第 9 号")),
        ([FAIL, clear(1)], ("", "")),
        ([STOP, FAIL], ("failed_sampling", "第 9 号")),
        ([STOP, FAIL, clear(2)], ("own_stop", "漏气")),
        ([ORDER, FAIL], ("ordered_stop", "1 号")),
        ([FAIL, ORDER, LIFT], ("failed_sampling", "第 9 号")),
        ([FAIL, ORDER, clear(1)], ("ordered_stop", "1 号")),
        ([RECALL, ORDER, FAIL, STOP], ("recall", "公告")),
        ([RECALL, ORDER, close(1)], ("ordered_stop", "1 号")),
        ([recall(71), ORDER, close(71)], ("ordered_stop", "1 号")),
        ([recall(71, "甲"), recall(72, "乙")], ("recall", "甲；乙")),
        ([recall(71, "甲"), recall(72, "乙"), close(72)], ("recall", "甲")),
        ([recall(71, "甲"), recall(72, "乙"), close(71)], ("recall", "乙")),
        ([recall(71, "甲"), recall(72, "乙"), close(71), close(72)], ("", "")),
        ([recall(71, "甲"), recall(71, "甲，法定公告已发")], ("recall", "甲，法定公告已发")),
        ([recall(71), RECALL, close(71)], ("recall", "公告")),
        ([recall(71), close(99)], ("recall", "公告")),
        ([FAIL, FAIL, clear(1)], ("failed_sampling", "第 9 号")),
        ([FAIL, FAIL, clear(1), clear(2)], ("", "")),
        ([clear(5)], ("", "")),
        ([START, LIFT, close(3)], ("", "")),
        ([served(7, "stop", "9 号")], ("ordered_stop", "9 号")),
        ([served(7, "seal", "查封"), served(8, "detain", "扣押")], ("seized", "查封；扣押")),
        ([served(7, "seal", "查封"), served(8, "stop", "9 号"), ends(8)], ("seized", "查封")),
        ([taken(7, "stop"), served(7, "stop", "9 号")], ("ordered_stop", "9 号")),
        ([taken(7, "stop"), lapsed(7)], ("", "")),
        ([STOP, taken(7, "stop"), lapsed(7)], ("own_stop", "漏气")),
        ([OLD, ends(3)], ("", "")),
        ([OLD, ORDER, ends(3)], ("ordered_stop", "1 号")),
        ([OLD, served(7, "stop", "9 号"), LIFT], ("ordered_stop", "9 号")),
        ([served(7, "recall", "责令"), recall(71), ends(7)], ("recall", "公告")),
    ],
)
def test_what_stands(acts: list[tuple[str, dict[str, str]]], expected: tuple[str, str]) -> None:
    assert standing((number, *act) for number, act in enumerate(acts, 1)) == expected


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 12)), max_size=12))
def test_the_gravest_of_what_was_begun_and_not_ended_is_shown(drawn: list[tuple[str, int]]) -> None:
    what = ("stop", "seal", "detain", "recall", "lift")
    acts: list[tuple[int, str, Mapping[str, Any]]] = []
    for number, (kind, case) in enumerate(drawn, 1):
        named = {"public_text": str(number), "case_id": str(case), "recall_id": str(case)}
        if kind.startswith("measure."):
            named = {"public_text": str(number), "measure_id": str(1000 + case), "measure": what[case % 5]}
            named |= {"ends": str(1000 + number % 12)}
        acts.append((number, kind, named))
    alive: set[tuple[str, object]] = set()
    for number, kind, body in acts:
        if kind == "sampling.failed":
            alive.add(("failed_sampling", number))
        elif kind == "sampling.cleared":
            alive.discard(("failed_sampling", int(body["case_id"])))
        elif kind == "recall.announced":
            alive.add(("recall", int(body["recall_id"])))
        elif kind == "recall.closed":
            alive.discard(("recall", int(body["recall_id"])))
        elif kind == "measure.lapsed" or body.get("measure") == "lift":
            over = body["measure_id"] if kind == "measure.lapsed" else body["ends"]
            alive -= {one for one in alive if one[1] == f"m{over}"}
        elif kind in CHANGES:
            alive.add((OFFICIAL[body["measure"]], f"m{body['measure_id']}"))
        elif kind in BEGINS:
            alive.add((BEGINS[kind], 0))
        else:
            alive.discard((ENDS[kind], 0))
    names = {halt for halt, _ in alive}
    expected = next((halt for halt in GRAVEST_FIRST if halt in names), "")
    assert standing(acts)[0] == expected
