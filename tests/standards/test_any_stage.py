"""``any_stage``: what was taken elsewhere is judged by its own stage's clauses, and nothing is owed there."""

from __future__ import annotations

from typing import Any

import pytest

from trace.errors import InvalidInput
from trace.standards import evaluate, facts_from_request, load_book

SERIES = {"what": "车厢温度", "readings": [{"at": "2026-10-01T08:00:00+08:00", "celsius": "-19"}]}
RECORD = {"kind": "配送交接记录", "fields": {"种类": "酱卤鸭"}}


def found(stage: str | None, any_stage: bool | None, **members: Any) -> dict[str, str]:
    request: dict[str, Any] = {
        "product": {"name": "酱卤鸭", "category": "肉制品-酱卤肉制品", "storage": "冷冻"},
        "produced_on": "2026-10-01",
        **members,
    }
    request |= {"stage": stage} if stage else {}
    request |= {"any_stage": any_stage} if any_stage is not None else {}
    book = load_book()
    return {one.clause_id: one.status for one in evaluate(book, facts_from_request(request, book)).findings}


def test_a_stage_alone_keeps_other_stages_out() -> None:
    assert "CC-04-1" not in found("加", None, temperatures=[SERIES])
    assert "CC-04-1" not in found("加", False, temperatures=[SERIES])


def test_what_was_taken_elsewhere_is_judged_there_and_nothing_is_owed_there() -> None:
    told = found("加", True, temperatures=[SERIES], records=[RECORD])
    assert told["CC-04-1"] == "pass"
    assert told["CC-07-3"] == "insufficient_evidence", "its own gaps are its own"
    assert "CC-07-1" not in told, "no 入库交接记录 was supplied, and none is owed by a factory"
    assert told["REC-09"] == "insufficient_evidence", "the factory's own record is owed"


def test_at_its_own_stage_everything_is_owed_as_before() -> None:
    for any_stage in (None, True):
        told = found("配", any_stage, records=[RECORD])
        assert told["CC-07-1"] == "insufficient_evidence"


@pytest.mark.parametrize("wrong", ["yes", 1, []])
def test_it_is_a_flag(wrong: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        found("加", wrong)
    assert [e.pointer for e in refused.value.errors] == ["/any_stage"]
