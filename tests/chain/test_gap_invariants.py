"""What must hold for any data: unknown is never missing, order never matters, an operator never makes things missing."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from chain.gaps import find_gaps
from chain.models import Demand, Flow, Grade, Presence, Survey
from tests.chain.factories import AS_OF, link

LINKS = [link("U01", weight="B"), link("M12"), link("S01", weight="C", batches=False)]
IDS = st.sampled_from([item.id for item in LINKS])
DAYS = st.integers(-40, 400).map(lambda days: AS_OF - timedelta(days=days))
AMOUNTS = st.integers(0, 300).map(Decimal)
UNITS = st.sampled_from(["吨", "万只"])

PRESENCES = st.lists(
    st.builds(
        Presence,
        org_code=st.sampled_from("ABCDE"),
        name=st.just("甲（演示）"),
        link_id=IDS,
        capacity=st.none() | AMOUNTS,
        unit=UNITS,
        data_date=DAYS,
        source=st.sampled_from(["申报", "台账"]),
        inside_district=st.booleans(),
        demo=st.just(True),
        controller=st.none() | st.sampled_from(["G", "H"]),
        basis=st.sampled_from(["declared", "observed", "planned"]),
    ),
    max_size=8,
)
DEMANDS = st.lists(st.builds(Demand, IDS, AMOUNTS, UNITS, DAYS, st.just("测算")), max_size=3)
SURVEYS = st.lists(st.builds(Survey, IDS, DAYS, st.just("走访")), max_size=3)
FLOWS = st.lists(
    st.builds(
        Flow,
        IDS,
        st.none() | DAYS,
        st.none() | st.integers(0, 99),
        st.none() | DAYS,
        st.integers(0, 5),
        st.none() | st.just(Decimal("0.5")),
    ),
    max_size=3,
)


@given(PRESENCES, DEMANDS, FLOWS, SURVEYS, st.randoms(use_true_random=False))
def test_the_order_of_inputs_never_matters(
    presences: list[Presence],
    demands: list[Demand],
    flows: list[Flow],
    surveys: list[Survey],
    shuffle: random.Random,
) -> None:
    first = find_gaps(LINKS, presences, demands, flows, AS_OF, surveys=surveys)
    mixed = [list(rows) for rows in (LINKS, presences, demands, flows, surveys)]
    for rows in mixed:
        shuffle.shuffle(rows)
    links, presences_, demands_, flows_, surveys_ = mixed
    again = find_gaps(links, presences_, demands_, flows_, AS_OF, surveys=surveys_)  # type: ignore[arg-type]
    assert first == sorted(again, key=lambda gap: [link.id for link in LINKS].index(gap.link))


@given(PRESENCES, DEMANDS, FLOWS)
def test_without_evidence_of_absence_nothing_is_missing(
    presences: list[Presence], demands: list[Demand], flows: list[Flow]
) -> None:
    for gap in find_gaps(LINKS, presences, demands, flows, AS_OF):
        assert gap.grade != "missing"
        assert "缺" not in gap.kinds


@given(DEMANDS)
def test_removing_all_evidence_leaves_unknown(demands: list[Demand]) -> None:
    gaps = find_gaps(LINKS, [], demands, [], AS_OF)
    assert {gap.grade for gap in gaps} == {"unknown"}
    assert all(gap.flags == () for gap in gaps)


@given(PRESENCES, DEMANDS, FLOWS, SURVEYS, st.sampled_from(["declared", "observed"]), st.booleans())
def test_adding_an_operator_never_makes_a_link_missing(
    presences: list[Presence],
    demands: list[Demand],
    flows: list[Flow],
    surveys: list[Survey],
    basis: str,
    inside: bool,
) -> None:
    added = Presence("Z", "乙（演示）", "M12", None, "吨", AS_OF, "申报", inside, True, None, basis)  # type: ignore[arg-type]
    gaps = find_gaps(LINKS, [*presences, added], demands, flows, AS_OF, surveys=surveys)
    grade = next(gap.grade for gap in gaps if gap.link == "M12")
    assert grade != "missing"
    if inside:
        assert not any(gap.link == "M12" and "缺" in gap.kinds for gap in gaps)


@given(PRESENCES, DEMANDS, FLOWS, SURVEYS)
def test_every_answer_is_whole(
    presences: list[Presence], demands: list[Demand], flows: list[Flow], surveys: list[Survey]
) -> None:
    gaps = find_gaps(LINKS, presences, demands, flows, AS_OF, surveys=surveys)
    assert [gap.link for gap in gaps] == [item.id for item in LINKS]
    for gap in gaps:
        assert gap.grade in get_args(Grade)
        assert gap.reason.endswith("。")
        assert gap.data_date is None or gap.data_date <= AS_OF
        for _, evidence in gap.inputs:
            assert evidence.value is not None or evidence.note
