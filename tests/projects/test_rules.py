"""Stages and their proofs, folding and counting: pure."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.projects import rules
from chain.projects.models import STAGES, Act, Project, Stage
from chain.projects.projecting import fold, one, project_counts
from chain.projects.rules import Entry, NewProject
from chain.projects.todo import due_steps
from trace.errors import Conflict, InvalidInput

TODAY = date(2026, 11, 24)
GOOD = {
    "signed": Entry("signed", "", "协 1 号", "2026-11-01"),
    "landed": Entry("landed", "land", "土 1 号", "2026-11-02"),
    "producing": Entry("producing"),
}


class Book:
    """Acts of projects, one after another."""

    def __init__(self) -> None:
        self.acts: list[Act] = []

    def open(self, project: int = 1, **more: Any) -> Project:
        new = NewProject("甲项目", ("M12",), "", "9", "展会", "2026-10-01", **more)
        self.say(project, "opened", rules.opened(new, {"M12"}, TODAY))
        return self.now(project)

    def say(self, project: int, kind: str, body: dict[str, Any]) -> None:
        number = sum(act.project == project for act in self.acts) + 1
        made = len(self.acts) + 100
        self.acts.append(Act(made, project, number, kind, body, made, 1, 1))

    def enter(self, project: int, entry: Entry) -> Project:
        body = rules.entered(self.now(project), entry, TODAY)
        if body["stage"] == "producing" and not body["back"]:
            body |= {"proof": "批 1", "data_date": "2026-11-03", "statements": ["77"]}
        self.say(project, "entered", body)
        return self.now(project)

    def now(self, project: int = 1) -> Project:
        return one(act for act in self.acts if act.project == project)


def test_stage_by_stage_with_proof() -> None:
    book = Book()
    assert book.open().stage == "lead"
    for stage, entry in GOOD.items():
        found = book.enter(1, entry)
        assert found.stage == stage
        assert found.proofs[found.stage].value
    assert book.now().written == (77,)
    assert list(book.now().proofs) == list(STAGES)


@pytest.mark.parametrize(
    ("entry", "pointer", "words"),
    [
        (Entry("signed", "", "", "2026-11-01"), "/proof", "协议编号"),
        (Entry("signed", "", "协 1", ""), "/data_date", "凭证日期"),
        (Entry("signed", "", "协 1", "2026-12-01"), "/data_date", "晚于今天"),
        (Entry("signed", "lease", "协 1", "2026-11-01"), "/kind", "协议编号"),
        (Entry("somewhere"), "/stage", "线索"),
    ],
)
def test_no_proof_no_stage(entry: Entry, pointer: str, words: str) -> None:
    book = Book()
    project = book.open()
    with pytest.raises(InvalidInput) as refused:
        rules.entered(project, entry, TODAY)
    assert {e.pointer: e.detail for e in refused.value.errors}[pointer].find(words) >= 0


def test_landing_takes_one_of_three_proofs() -> None:
    book = Book()
    book.open()
    project = book.enter(1, GOOD["signed"])
    with pytest.raises(InvalidInput) as refused:
        rules.entered(project, Entry("landed", "", "土 1", "2026-11-01"), TODAY)
    assert [e.pointer for e in refused.value.errors] == ["/kind"]
    for kind in ("project_code", "land", "lease"):
        assert rules.entered(project, Entry("landed", kind, "号 1", "2026-11-01"), TODAY)["kind"] == kind


def test_no_stage_is_skipped_and_back_needs_a_reason() -> None:
    book = Book()
    project = book.open()
    with pytest.raises(Conflict, match="不能跳过"):
        rules.entered(project, GOOD["landed"], TODAY)
    book.enter(1, GOOD["signed"])
    project = book.enter(1, GOOD["landed"])
    with pytest.raises(InvalidInput) as refused:
        rules.entered(project, Entry("lead"), TODAY)
    assert "退回理由" in refused.value.errors[0].detail
    back = book.enter(1, Entry("lead", reason="企业改了主意"))
    assert (back.stage, list(back.proofs)) == ("lead", ["lead"])
    with pytest.raises(Conflict, match="不能跳过"):
        rules.entered(back, GOOD["landed"], TODAY)


def test_going_back_from_production_forgets_what_it_stood_on() -> None:
    book = Book()
    book.open()
    for entry in GOOD.values():
        book.enter(1, entry)
    back = book.enter(1, Entry("landed", reason="批次登记有误"))
    assert (back.stage, back.written) == ("landed", ())
    assert back.proofs["landed"].value == "土 1 号"
    assert "producing" not in back.proofs


@given(st.lists(st.tuples(st.sampled_from(list(STAGES)), st.booleans()), max_size=8))
def test_counts_add_up(given_stages: list[tuple[Stage, bool]]) -> None:
    book = Book()
    for number, (stage, ended) in enumerate(given_stages, 1):
        book.open(number)
        for name in list(STAGES)[1 : list(STAGES).index(stage) + 1]:
            book.enter(number, GOOD[name])
        if ended:
            book.say(number, "ended", {"reason": "不来了"})
    projects = fold(reversed(book.acts))
    counts = project_counts(projects)
    assert counts.open + counts.ended == len(given_stages)
    assert counts.reached["lead"] == counts.open
    standing = [list(STAGES).index(stage) for stage, ended in given_stages if not ended]
    assert counts.reached["landed"] == sum(place >= 2 for place in standing)
    assert list(counts.reached.values()) == sorted(counts.reached.values(), reverse=True)


def test_steps_due_and_overdue() -> None:
    book = Book()
    book.open()
    for due in ("2026-11-20", "2026-11-24", "2026-12-08", "2026-12-09"):
        book.say(1, "step", rules.stepped("去看地", due))
    book.say(1, "done", {"step": str(book.now().steps[1].id)})
    found = due_steps([book.now()], TODAY)
    assert [(one.step.due.isoformat(), one.overdue) for one in found] == [("2026-11-20", True), ("2026-12-08", False)]
    book.say(1, "ended", {"reason": "不来了"})
    assert due_steps([book.now()], TODAY) == []


@pytest.mark.parametrize(
    ("new", "pointer"),
    [
        (NewProject("", ("M12",), "", "9", "展会", "2026-10-01"), "/name"),
        (NewProject("甲", (), "", "9", "展会", "2026-10-01"), "/links"),
        (NewProject("甲", ("M99",), "", "9", "展会", "2026-10-01"), "/links"),
        (NewProject("甲", ("M12",), "", "", "展会", "2026-10-01"), "/owner"),
        (NewProject("甲", ("M12",), "", "9", "", "2026-10-01"), "/source"),
        (NewProject("甲", ("M12",), "", "9", "展会", ""), "/data_date"),
    ],
)
def test_a_lead_says_what_it_is(new: NewProject, pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.opened(new, {"M12"}, TODAY)
    assert [e.pointer for e in refused.value.errors] == [pointer]
