"""What a statement must say: types, strange fields, periods, days. Pure."""

from datetime import date

import pytest

from chain.register.folding import fold
from chain.register.rules import Checked, Checker, NewStatement
from chain.register.yielding import view_of
from service.messages import field_errors
from service.params import _day
from tests.chain.statements import Book
from trace.problems import Problems

TODAY = date(2026, 11, 26)
CAPACITY = {"link": "M12", "low": "100", "unit": "吨"}
NAMED = {"name": "某公司"}


def check(
    kind: str, body: dict[str, object], basis: str = "declared", subject: str = "1"
) -> tuple[Checked | None, dict[str, str]]:
    problems = Problems()
    new = NewStatement("enterprise", subject, kind, body, "2026-10-01", "文件", basis)
    made = Checker(problems, {"M12"}, TODAY, families={"pomelo": "柚"}).check(new)
    return made, {error.pointer: error.detail for error in problems.errors}


@pytest.mark.parametrize(
    ("kind", "body", "pointer"),
    [
        ("subject", NAMED | {"name": ["某公司"]}, "/name"),
        ("subject", NAMED | {"name": {"a": 1}}, "/name"),
        ("subject", NAMED | {"controller": True}, "/controller"),
        ("subject", NAMED | {"code": []}, "/code"),
        ("subject", NAMED | {"code": 0}, "/code"),
        ("subject", NAMED | {"fields": []}, "/fields"),
        ("operates", CAPACITY | {"low": []}, "/low"),
        ("operates", CAPACITY | {"low": True}, "/low"),
        ("operates", CAPACITY | {"low": float("inf")}, "/low"),
        ("operates", CAPACITY | {"unit": ["吨"]}, "/unit"),
        ("operates", CAPACITY | {"ended": {}}, "/ended"),
        ("operates", CAPACITY | {"link": ["M12"]}, "/link"),
        ("requires", {"what": ["cold"], "low": "1", "unit": "吨"}, "/what"),
        ("supplies", CAPACITY | {"to": ["2"]}, "/to"),
    ],
)
def test_a_list_or_an_object_is_no_text(kind: str, body: dict[str, object], pointer: str) -> None:
    made, told = check(kind, body)
    assert made is None
    assert list(told) == [pointer]
    assert "“" in told[pointer] or "请" in told[pointer] or "最多" in told[pointer]


def test_numbers_are_read_as_they_are_written() -> None:
    made, told = check("operates", CAPACITY | {"low": 0, "high": 1.5})
    assert made is not None
    assert not told
    assert (made.body["low"], made.body["high"]) == ("0", "1.5")


def test_a_field_that_the_kind_does_not_have_is_told() -> None:
    made, told = check("operates", {"link": "M12", "capacity": "100", "unit": "吨", "note": ""})
    assert made is None
    assert list(told) == ["/capacity"]
    assert "没有“capacity”这一栏" in told["/capacity"]


@pytest.mark.parametrize("period", ["月", "天", "季度", "班"])
def test_capacities_are_of_a_year(period: str) -> None:
    made, told = check("operates", CAPACITY | {"period": period})
    assert made is None
    assert "换算成一年" in told["/period"]
    given, told = check("operates", CAPACITY | {"period": "每年"})
    assert given is not None
    assert given.body["period"] == "年"
    assert not told


def test_a_capacity_of_another_period_on_record_is_unknown() -> None:
    book = Book()
    book.subject("1")
    book.need("M12", low="1200")
    book.operates("1", "M12", low="100")
    (yearly,) = view_of(fold(book.said, TODAY)).presences["M12"]
    assert yearly.capacity == 100
    said = book.operates("1", "M12", low="100")
    said.body["period"] = "月"  # type: ignore[index]
    (monthly,) = view_of(fold(book.said, TODAY)).presences["M12"]
    assert monthly.capacity is None
    assert monthly.capacity_high is None


def test_a_day_is_no_number_of_seconds() -> None:
    assert _day("") is None
    assert _day(None) is None
    assert _day("20261101") == _day("2026/11/01") == date(2026, 11, 1)
    for wrong in ("0", "1764000000", "1999-12-31", "2026-02-30", "2026-11-26T00:00:00"):
        with pytest.raises(ValueError, match="不是有效日期"):
            _day(wrong)


def test_choices_are_listed_in_chinese() -> None:
    found = {"type": "literal_error", "loc": ("query", "kind"), "input": "x", "ctx": {"expected": "'a', 'b' or 'c'"}}
    assert field_errors([found])[0].detail.endswith("应为以下之一：a、b、c")


AMOUNT: dict[str, object] = {"low": "100", "unit": "吨"}
WHOLE: dict[str, object] = {
    "here": "1", "here_all": "2", "there": "3", "there_all": "4", "unit": "人", "region": "重庆市", "year": "2024",
}  # fmt: skip
SAID: dict[str, tuple[str, dict[str, object]]] = {
    "operates": ("1", dict(CAPACITY)),
    "base_size": ("1", {"what": "柚", "low": "500", "unit": "亩"}),
    "supplies": ("1", CAPACITY | {"to": "2"}),
    "candidate_for": ("1", dict(CAPACITY)),
    "survey": ("M12", {"where": "全区走访"}),
    "need": ("M12", AMOUNT),
    "volume": ("pomelo", AMOUNT),
    "reference": ("M12", WHOLE),
    "licence": ("1", {"what": "食品生产许可证", "number": "SC1"}),
    "equipment": ("1", {"what": "杀菌锅"}),
    "position": ("1", {"lon": "107.8", "lat": "30.6"}),
}


@pytest.mark.parametrize("kind", SAID)
@pytest.mark.parametrize("basis", ["declared", "planned", "observed"])
def test_a_plan_of_what_is_and_a_sight_of_what_batches_do_not_show_are_refused(kind: str, basis: str) -> None:
    """Nothing tells a planned need from one that is: it would count as the need of today."""
    subject, body = SAID[kind]
    good = {"declared": set(SAID), "planned": {"operates", "base_size", "supplies", "candidate_for"},
            "observed": {"operates", "supplies", "volume", "candidate_for"}}  # fmt: skip
    made, told = check(kind, body, basis, subject)
    if kind in good[basis]:
        assert not told
        assert made is not None
        assert made.basis == basis
    else:
        assert made is None
        assert list(told) == ["/basis"]
        assert "请改为“申报”" in told["/basis"]
        assert {"planned": "计划中", "observed": "批次流观察"}[basis] in told["/basis"]
