"""The notes of a verdict as people read them."""

from __future__ import annotations

from service.verdicts.explaining import gathered


def test_parameters_of_which_the_same_is_told_share_a_line() -> None:
    tested = "最近型式检验 2026-08-18·X-1·符合"
    notes = ["记录未登记，未比对", f"铅：本批未测；{tested}", f"钠：本批未测；{tested}，其中没有这一项"]
    notes += [f"镉：本批未测；{tested}", "甲：乙", "甲：乙"]
    assert gathered(notes) == [
        "记录未登记，未比对", f"铅、镉：本批未测；{tested}", f"钠：本批未测；{tested}，其中没有这一项", "甲：乙",
    ]  # fmt: skip
    assert gathered([]) == []
