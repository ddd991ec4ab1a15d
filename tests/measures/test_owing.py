"""A recall may be ordered only where the maker owed one and did not begin."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trace.measures.owing import Facts, Known, facts_from, known_from, owed
from trace.measures.rules import HOUR

KNOWN = [Known(0, "抽检")]
LEVELS = {"一级": 24, "二级": 48, "三级": 72, "": 72}


@dataclass
class Act:
    id: int
    kind: str
    at: int
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def body(self) -> str:
        return json.dumps(self.told)


@dataclass
class Order:
    id: int = 9
    measure: str = "stop"
    state: str = "served"
    ground: str = "unsafe"
    served_at: int | None = 5
    document_no: str = "1 号"


@given(
    st.booleans(),
    st.sampled_from(sorted(LEVELS)),
    st.integers(0, 100 * HOUR),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_the_rule(known: bool, level: str, now: int, refused: bool, covered: bool, recallable: bool) -> None:
    facts = Facts(KNOWN if known else [], level, "2026-11-24" if refused else "", covered, recallable)
    over = known and now > LEVELS[level] * HOUR
    found = owed(facts, now)
    assert found.allowed is ((over or refused) and not covered and recallable)
    assert bool(found.missing) is not found.allowed


def test_each_condition_that_is_not_met_is_named() -> None:
    assert "没有企业知悉时间" in owed(Facts([], "", "", False), 0).missing[0]
    early = owed(Facts(KNOWN, "一级", "", True, False), 24 * HOUR)
    assert ["未到" in early.missing[0], early.missing[1:]] == [
        True,
        ("这个批次已在召回中", "批次尚未生产或已作废，无可召回"),
    ]
    late = owed(Facts(KNOWN, "一级", "", False), 24 * HOUR + 1)
    assert late.allowed
    assert "届满" in late.basis[1]


def test_what_counts_as_knowing() -> None:
    failed = Act(1, "sampling.failed", 7, {"public_text": "第 9 号"})
    assert [one.at for one in known_from([failed], [Order()])] == [5, 7], "the earlier first"
    assert known_from([failed, Act(2, "sampling.cleared", 8, {"case_id": "1"})], []) == []
    for other in (
        Order(ground="label"),
        Order(state="draft"),
        Order(state="lifted"),
        Order(measure="seal"),
        Order(served_at=None),
    ):
        assert known_from([], [other]) == [], other


def test_the_level_of_the_case_goes_before_what_the_findings_suggest() -> None:
    step = Act(3, "case.step", 1, {"level": "三级"})
    refusal = Act(4, "measure.recall_refused", 1, {"on": "2026-11-24"})
    facts = facts_from([step, refusal], [], ["沙门氏菌"], covered=False, recallable=True)
    assert (facts.level, facts.refused_on) == ("三级", "2026-11-24")
    assert facts_from([], [], ["沙门氏菌"], covered=False, recallable=True).level == "一级"
    assert facts_from([], [], [], covered=False, recallable=True).level == ""
