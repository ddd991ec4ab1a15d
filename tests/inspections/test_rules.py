"""Pure rules of inspections: custody, lateness, EXIF, certificates, the check-list."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.photos import picture
from trace.inspections import checklist
from trace.inspections.exif import taken_at
from trace.inspections.models import CLOSED, HANDED, OPEN, RECEIVED, TAKEN, Link
from trace.inspections.rules import custody_faults, degrees, is_certificate, is_photo, lateness, next_steps
from trace.standards import load_book

GOOD = [Link(TAKEN, 1, "intact"), Link(HANDED, 2, "intact"), Link(RECEIVED, 3, "intact")]


def test_a_whole_chain_has_no_fault() -> None:
    assert custody_faults(GOOD) == []
    assert next_steps(GOOD) == ()


@given(st.lists(st.sampled_from(GOOD), max_size=6))
def test_only_a_chain_from_taking_to_the_laboratory_is_whole(links: list[Link]) -> None:
    whole = custody_faults(links) == []
    steps = [one.step for one in links]
    assert not whole or {TAKEN, HANDED, RECEIVED} <= set(steps)
    assert not whole or [one.at for one in links] == sorted(one.at for one in links)


@given(st.integers(0, 2), st.sampled_from(["broken", "unknown"]))
def test_a_seal_that_is_not_intact_is_always_told(place: int, seal: str) -> None:
    links = [Link(one.step, one.at, seal if i == place else one.seal) for i, one in enumerate(GOOD)]
    assert any("封条" in one for one in custody_faults(links))


def test_what_is_missing_is_named() -> None:
    assert custody_faults([]) == ["没有抽取记录", "还没有检验机构的接收记录"]
    assert custody_faults([GOOD[0], GOOD[2]]) == ["检验机构接收前没有移交记录"]
    assert "移交早于抽取" in custody_faults([Link(TAKEN, 5, "intact"), Link(HANDED, 2, "intact")])


def test_lateness() -> None:
    today = date(2026, 11, 24)
    assert lateness(OPEN, "2026-11-24", "2026-11-25", False, today) == ""
    assert lateness(OPEN, "2026-11-20", "2026-11-25", False, today) == "改正期限已过 4 天，企业没有报告"
    assert lateness(OPEN, "2026-11-20", "2026-11-25", True, today) == ""
    assert lateness(OPEN, "2026-11-20", "2026-11-22", True, today) == "复查已逾期 2 天"
    assert lateness(CLOSED, "2026-11-20", "2026-11-22", False, today) == ""


@given(st.integers(0, 400))
def test_an_open_order_is_late_from_the_day_after_its_recheck(days: int) -> None:
    today = date(2026, 11, 24)
    due = (today - timedelta(days=days)).isoformat()
    assert bool(lateness(OPEN, due, due, True, today)) is (days > 0)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_time_in_a_photo(kind: str) -> None:
    assert taken_at(picture(taken="2026:11:24 08:15:00", kind=kind)) == "2026-11-24 08:15:00"
    assert taken_at(picture(kind=kind)) == ""
    assert is_photo(picture(kind=kind))


@given(st.binary(max_size=300), st.integers(0, 400))
def test_broken_photos_say_nothing_and_raise_nothing(rest: bytes, cut: int) -> None:
    good = picture(taken="2026:11:24 08:15:00")
    for content in (
        rest,
        b"\xff\xd8" + rest,
        b"\x89PNG\r\n\x1a\n" + rest,
        b"RIFF1234WEBP" + rest,
        good[:cut],
        good[:20] + rest,
    ):
        assert isinstance(taken_at(content), str)


def test_certificates_and_degrees() -> None:
    assert is_certificate("渝执法0123456")
    assert not is_certificate("12")
    assert not is_certificate("1234;drop")
    assert degrees("29.68", 90) == "29.68"
    assert degrees("", 90) == ""
    assert degrees("91", 90) is None
    assert degrees("NaN", 90) is None
    assert degrees("北纬", 90) is None
    assert not is_photo(b"%PDF-1.7")


FACTS = {
    "product": {"name": "酱卤鸭", "category": "肉制品-酱卤肉制品", "processing": "熟制", "ready_to_eat": False, "storage": "冷冻", "prepackaged": True},
    "produced_on": "2026-11-20",
    "stage": "加",
    "lot": "A",
    "maker": [{"kind": "sc", "number": "SC1", "valid_from": "2022-01-01", "valid_to": "2030-01-01"}],
}  # fmt: skip


def test_the_check_list_follows_product_stage_and_day() -> None:
    book = load_book()
    items = {one.key: one for one in checklist.of_batch(book, FACTS, [])}
    assert items["LIC-01"].kind == "document"
    assert items["REC-09"].record == checklist.NOTHING
    assert "REC-01" not in items  # the farm's
    assert "RCL-1-1" not in items  # a recall's
    assert items["MD-01"].kind == "if_done"
    for one in items.values():
        assert book.clauses[one.clause_id].in_force(date(2026, 11, 20))
    older = {one.key for one in checklist.of_batch(book, FACTS | {"produced_on": "2026-08-01"}, [])}
    assert "GMP-05" in older
    assert "GMP-05" not in items


def test_the_check_list_shows_what_the_record_shows() -> None:
    book = load_book()
    told = [
        {"clause_id": "REC-09", "status": "fail", "reason": "没有杀菌记录"},
        {"clause_id": "REC-09", "status": "pass", "reason": "有"},
        {"clause_id": next(c.id for c in book.clauses.values() if c.judged), "status": "fail", "reason": "超标"},
        {"clause_id": "", "status": "needs_review", "reason": "归类"},
    ]
    items = checklist.of_batch(book, FACTS, told)
    [worst] = [one for one in items if one.key == "REC-09"]
    assert worst.status == "fail"
    assert worst.record == "比对不符合：没有杀菌记录"
    assert [one.record for one in items if one.kind == "test"] == ["比对不符合：超标"]
    assert len({one.key for one in items}) == len(items)


def test_a_place_is_asked_for_its_stages() -> None:
    book = load_book()
    farm = {one.key for one in checklist.of_place(book, date(2026, 11, 20), "田")}
    plant = {one.key for one in checklist.of_place(book, date(2026, 11, 20), "加")}
    assert "REC-01" in farm
    assert "REC-01" not in plant
    assert "LIC-01" in plant
