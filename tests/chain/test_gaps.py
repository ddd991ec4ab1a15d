"""Grades, flags and reasons, case by case: every line of the table in chain/gaps.py, and what must stay unknown."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest

from chain.gaps import find_gaps, number, percent
from chain.models import Demand, Flow, Gap, Presence, Survey, Thresholds
from tests.chain.factories import AS_OF, demand, flow, link, presence, survey


def judge(
    *presences: Presence,
    need: Demand | None = None,
    seen: Flow | None = None,
    surveys: Sequence[Survey] = (),
    batches: bool = True,
    as_of: date = AS_OF,
) -> Gap:
    (gap,) = find_gaps(
        [link(batches=batches)],
        presences,
        [need] if need else [],
        [seen] if seen else [],
        as_of,
        surveys=surveys,
    )
    return gap


def evidence(gap: Gap, key: str) -> str | None:
    return dict(gap.inputs)[key].value


A, B, C = presence("A"), presence("B"), presence("C")
OUTSIDE = presence("O", "400", inside=False)
PLANNED = presence("P", basis="planned")


@pytest.mark.parametrize(
    ("presences", "need", "seen", "surveys", "grade", "kinds"),
    [
        ((), None, None, (), "unknown", ()),
        ((), demand(), None, (), "unknown", ()),
        ((), None, None, (survey(),), "missing", ("缺",)),
        ((PLANNED,), None, None, (), "unknown", ("计划中",)),
        ((PLANNED,), None, None, (survey(),), "missing", ("缺", "计划中")),
        ((OUTSIDE,), None, None, (), "unknown", ()),
        ((OUTSIDE,), None, None, (survey(),), "external", ("缺",)),
        ((A,), None, None, (), "single", ("单点",)),
        ((A,), demand("150"), None, (), "single", ("弱", "单点")),
        ((A,), demand(), None, (survey(),), "single", ("单点",)),
        ((A, PLANNED), demand(), None, (), "single", ("单点",)),
        ((presence("A", controller="G"), presence("B", controller="G")), demand("100"), None, (), "single", ("单点",)),
        ((A, B), demand("201"), None, (), "weak", ("弱",)),
        ((A, B), demand("200"), None, (), "stable", ()),
        ((A, B), None, None, (), "unknown", ()),
        ((A, presence("B", None)), demand("500"), None, (), "unknown", ()),
        ((A, presence("B", None)), demand("90"), None, (), "unknown", ()),
        ((A, presence("B", "100", unit="万只")), demand("500"), None, (), "unknown", ()),
        ((A, B, OUTSIDE), demand("200"), None, (), "external", ()),
        ((A, B, OUTSIDE), demand("300"), None, (), "weak", ("弱",)),
        ((presence("A", "71"), presence("B", "29")), demand("90"), None, (), "concentrated", ()),
        ((presence("A", "70"), presence("B", "30")), demand("90"), None, (), "stable", ()),
        ((presence("A", "71"), presence("B", "29")), None, None, (), "concentrated", ()),
        ((A, B, C), demand("250"), flow(), (), "strong", ()),
        ((A, B, C), demand("251"), flow(), (), "stable", ()),
        ((A, B, C), demand("250"), None, (), "stable", ()),
        ((A, B), demand("100"), flow(), (), "stable", ()),
        ((A, B, C), demand("250"), flow(90), (), "stable", ("断流",)),
        ((A, B), demand("0"), None, (), "stable", ()),
    ],
)
def test_grade(
    presences: tuple[Presence, ...],
    need: Demand | None,
    seen: Flow | None,
    surveys: tuple[Survey, ...],
    grade: str,
    kinds: tuple[str, ...],
) -> None:
    gap = judge(*presences, need=need, seen=seen, surveys=surveys)
    assert (gap.grade, gap.kinds) == (grade, kinds)


@pytest.mark.parametrize(
    ("seen", "presences", "batches", "stopped"),
    [
        (None, (A,), True, False),
        (flow(89), (A,), True, False),
        (flow(90), (A,), True, True),
        (flow(90), (), True, True),
        (flow(-1), (A,), True, False),
        (flow(None, 0, observed=90), (A,), True, True),
        (flow(None, 0, observed=89), (A,), True, False),
        (flow(None, 0, observed=None), (A,), True, False),
        (flow(None, 0, observed=200), (), True, False),
        (flow(None, 0, observed=200), (PLANNED,), True, False),
        (flow(None, 0, observed=200), (OUTSIDE,), True, False),
        (flow(None, 0, observed=200), (A,), False, False),
    ],
)
def test_stopped_only_on_evidence(
    seen: Flow | None, presences: tuple[Presence, ...], batches: bool, stopped: bool
) -> None:
    assert ("断流" in judge(*presences, seen=seen, batches=batches).flags) is stopped


def test_the_reason_gives_the_numbers() -> None:
    gap = judge(presence("A", "6000"), presence("B", "2400"), need=demand("10000"), seen=flow(120))
    assert gap.reason == (
        "酱卤肉（弱）：区内登记 2 家在产，2 个控制方；年产能 8,400 吨，年需求 10,000 吨，覆盖 84%；"
        "缺 1,600 吨；断流：近 90 天没有批次（此前有过）。"
    )
    assert evidence(gap, "capacity_inside") == "8400"
    assert evidence(gap, "coverage") == "84"
    assert evidence(gap, "top_share") == "71.4"
    assert dict(gap.inputs)["demand"].source == "需求测算"


def test_silence_is_said_to_be_unknown() -> None:
    gap = judge()
    assert "未调查，不能判为缺" in gap.reason
    assert "批次流未知" in gap.reason
    assert gap.data_date is None
    assert [key for key, value in gap.inputs if value.value is not None] == []


def test_a_lower_bound_is_called_one() -> None:
    gap = judge(A, presence("B", None), need=demand("500"))
    assert dict(gap.inputs)["capacity_inside"].note == "1 家产能未知，此数为下限"
    assert "以上（部分企业产能未知）" in gap.reason


@pytest.mark.parametrize(
    ("seen", "shown"),
    [
        (flow(enterprises=3, share="0.7"), "40"),
        (flow(enterprises=2, share="0.5"), None),
        (flow(enterprises=3, share="0.71"), None),
        (flow(enterprises=3, share=None), None),
    ],
)
def test_flow_numbers_that_would_give_an_enterprise_away_are_withheld(seen: Flow, shown: str | None) -> None:
    gap = judge(A, B, C, need=demand(), seen=seen)
    assert evidence(gap, "flow") == shown
    assert ("40 批" in gap.reason) is (shown is not None)
    assert ("保密" in gap.reason) is (shown is None)


def test_data_date_is_the_oldest_used() -> None:
    gap = judge(presence("A", days_ago=200), B, need=demand())
    assert gap.data_date == AS_OF - timedelta(days=200)


def test_what_is_dated_later_does_not_exist_yet() -> None:
    gap = judge(A, B, need=demand(), surveys=(survey(),), as_of=AS_OF - timedelta(days=365))
    assert gap.grade == "unknown"


def test_an_organisation_counts_once_with_its_latest_capacity() -> None:
    gap = judge(presence("A", "10", days_ago=300), presence("A", "80", days_ago=5, basis="observed"), B, need=demand())
    assert evidence(gap, "operators_inside") == "2"
    assert evidence(gap, "capacity_inside") == "180"


def test_an_observation_without_capacity_keeps_the_declared_one() -> None:
    gap = judge(presence("A", "80", days_ago=50), presence("A", None, basis="observed", days_ago=1), B, need=demand())
    assert evidence(gap, "capacity_inside") == "180"


def test_where_a_survey_found_nobody_the_numbers_say_so_for_everybody() -> None:
    """Not 未知 beside the 0 of the link's figures; and nothing of it is anybody's secret."""
    outside = presence("D", "500", inside=False)
    for public in (False, True):
        (gap,) = find_gaps([link()], [outside], [demand("100")], [], AS_OF, surveys=[survey()], public=public)
        told = dict(gap.inputs)
        for key in ("operators_inside", "controllers_inside", "capacity_inside", "coverage"):
            assert (told[key].value, told[key].data_date) == ("0", survey().data_date), key
    assert dict(judge(surveys=[survey()]).inputs)["coverage"].value == "0", "as the figures say, whatever the need"
    unsurveyed = judge(need=demand("100"))
    for key in ("operators_inside", "controllers_inside", "capacity_inside", "coverage"):
        assert dict(unsurveyed.inputs)[key].value is None


def test_thresholds_can_be_set_and_are_shown() -> None:
    limits = Thresholds(stop_days=30, coverage_enough=Decimal("0.8"))
    (gap,) = find_gaps([link()], [A, B], [demand("240")], [flow(40)], AS_OF, thresholds=limits)
    assert (gap.grade, gap.flags) == ("stable", ("断流",))
    thresholds = gap.as_json()["thresholds"]
    assert isinstance(thresholds, dict)
    assert thresholds["stop_days"] == "30"


def test_json_has_the_promised_fields() -> None:
    data = judge(A, need=demand()).as_json()
    assert {"link", "name", "layer", "grade", "flags", "reason", "inputs", "data_date"} <= set(data)
    assert data["data_date"] == "2026-10-25"


@pytest.mark.parametrize(("value", "text"), [("1000", "1,000"), ("1200.50", "1,200.5"), ("1E+3", "1,000"), ("0", "0")])
def test_numbers_as_people_write_them(value: str, text: str) -> None:
    assert number(Decimal(value)) == text


def test_percent_rounds_half_up_and_keeps_unknown() -> None:
    assert percent(Decimal("0.6665")) == "66.7%"
    assert percent(None) is None
