"""Figures, ranks, questions and what-ifs over the whole chain: what changes is exactly what the formula has."""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from chain.assessment.loading import LOCALITIES, frame, parse_localities
from chain.assessment.models import LOCALISABLE, Weights
from chain.assessment.nearness import nearness
from chain.assessment.questions import questions
from chain.assessment.ranking import link_risk, ranked
from chain.assessment.whole import Rows, assess, clustering, flows_suffice, links_of, with_added, without
from chain.measures import UNKNOWN, Interval
from chain.models import Demand, Flow, Presence, Survey
from chain.seedrows import SeedError, read_text

DAY = date(2026, 11, 20)
SEEDS = int(os.environ.get("LIANGPIN_DELETIONS", "1"))
"""Random districts of the deletion test; ``make soak`` asks for 20."""


def operator(
    link: str, name: str, capacity: str | None = "100", *, controller: str = "", inside: bool = True
) -> Presence:
    amount = None if capacity is None else Decimal(capacity)
    owner = controller or name
    return Presence(name, name, link, amount, "吨", date(2026, 9, 30), "申报", inside, False, owner, "declared")


def surveyed(link: str) -> Survey:
    return Survey(link, date(2026, 10, 1), "走访")


def needed(link: str, amount: str = "200") -> Demand:
    return Demand(link, Decimal(amount), "吨", date(2026, 10, 1), "测算")


def district(seed: int) -> Rows:
    """Every link surveyed, needed and operated by three to five controllers with ample capacity."""
    dice = random.Random(seed)
    people = []
    for link in frame().links:
        for n in range(dice.randrange(3, 6)):
            people.append(operator(link.id, f"{link.id}-{n}", str(dice.randrange(100, 140))))
    every = [link.id for link in frame().links]
    return Rows(tuple(people), tuple(needed(x) for x in every), tuple(surveyed(x) for x in every))


def grades(rows: Rows) -> dict[str, str]:
    return {link: one.gap.grade for link, one in links_of(frame(), rows, DAY).items()}


@pytest.mark.parametrize("seed", range(SEEDS))
def test_deleting_a_link_or_all_but_one_controller_shows_exactly_there(seed: int) -> None:
    rows = district(seed)
    before = grades(rows)
    assert not {"missing", "single", "unknown"} & set(before.values())
    for link in frame().links:
        here = [p for p in rows.presences if p.link_id == link.id]
        gone = grades(replace(rows, presences=tuple(p for p in rows.presences if p.link_id != link.id)))
        assert {x for x, grade in gone.items() if grade == "missing"} == {link.id}
        assert {x: g for x, g in gone.items() if x != link.id} == {x: g for x, g in before.items() if x != link.id}
        one = grades(replace(rows, presences=tuple(p for p in rows.presences if p not in here[1:])))
        assert Counter(one.values())["single"] == 1
        assert one[link.id] == "single"


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_unknown_is_never_missing(seed: int) -> None:
    rows = district(seed)
    dice = random.Random(seed)
    links = [link.id for link in frame().links]
    hidden = set(dice.sample(links, len(links) // 5))
    kept = replace(
        rows,
        presences=tuple(p for p in rows.presences if p.link_id not in hidden),
        surveys=tuple(s for s in rows.surveys if s.link_id not in hidden),
    )
    found = assess(frame(), kept, DAY)
    assert {link for link, one in found.links.items() if one.gap.grade == "missing"} == set()
    assert {link for link, one in found.links.items() if one.state == "unknown"} == hidden
    assert all(found.links[link].cover == UNKNOWN for link in hidden)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_with_a_fifth_of_the_records_unknown_nothing_is_falsely_missing(seed: int) -> None:
    """Links that are truly empty were surveyed; then any fifth of all records is taken away."""
    dice = random.Random(seed)
    rows = district(seed)
    empty = set(dice.sample([link.id for link in frame().links], 15))
    people = [p for p in rows.presences if p.link_id not in empty and dice.random() >= 0.2]
    looked = [s for s in rows.surveys if s.link_id in empty and dice.random() >= 0.2]
    told = tuple(replace(p, capacity=None) if dice.random() < 0.2 else p for p in people)
    found = grades(replace(rows, presences=told, surveys=tuple(looked)))
    assert {link for link, grade in found.items() if grade == "missing"} == {s.link_id for s in looked}


def test_figures_of_a_link_by_hand() -> None:
    rows = Rows(
        (
            operator("M12", "甲", "60", controller="集团"),
            operator("M12", "乙", "20", controller="集团"),
            operator("M12", "丙", "20"),
            operator("M12", "外", "50", inside=False),
        ),
        (needed("M12", "200"),),
    )
    one = assess(frame(), rows, DAY).links["M12"]
    assert one.cover == Interval(0.5, 0.5)
    assert one.controllers == 2
    assert one.hhi == pytest.approx(80**2 + 20**2)
    assert one.effective == pytest.approx(10_000 / 6_800)
    assert one.outside == pytest.approx(50 / 150)
    assert one.age == (DAY - date(2026, 9, 30)).days
    assert one.gap.grade == "weak"


def test_cover_is_an_interval_while_somebody_is_silent() -> None:
    silent = (operator("M12", "甲", "60"), operator("M12", "乙", None))
    found = assess(frame(), Rows(silent, (needed("M12"),)), DAY).links["M12"]
    assert found.cover == Interval(0.3, 1.0)
    assert found.hhi is None
    ranged = (replace(operator("M12", "甲", "60"), capacity_high=Decimal(100)), operator("M12", "乙", "20"))
    assert assess(frame(), Rows(ranged, (needed("M12"),)), DAY).links["M12"].cover == Interval(0.4, 0.6)


def test_one_changed_record_moves_exactly_the_figures_that_have_it() -> None:
    rows = district(5)
    before = assess(frame(), rows, DAY)
    changed = tuple(replace(p, capacity=Decimal(1)) if p.link_id == "M28" else p for p in rows.presences)
    after = assess(frame(), replace(rows, presences=changed), DAY)
    assert [link for link in before.links if before.links[link] != after.links[link]] == ["M28"]
    touched = {f.id for f, g in zip(before.families, after.families, strict=True) if f.figures != g.figures}
    uses = {f.id for f in frame().graph.families if any(n.link == "M28" and n.role != "negligible" for n in f.needs)}
    assert touched
    assert touched <= uses


def test_the_rank_is_its_factors_and_weights_move_it() -> None:
    rows = replace(district(2), presences=tuple(p for p in district(2).presences if p.link_id not in ("M12", "M30")))
    found = assess(frame(), rows, DAY)
    for one in found.ranked:
        assert one.score.low == pytest.approx(one.risk * one.lack.low * one.local)
        assert one.local == LOCALISABLE[one.figures.locality.advice]
    assert found.ranked[0].figures.link.id == "M12"
    plain = assess(frame(), rows, DAY, Weights(risk=0, lack=1, local=0))
    assert {one.figures.link.id for one in plain.ranked[:2]} == {"M12", "M30"}
    assert {one.score.low for one in plain.ranked[:2]} == {1.0}
    with pytest.raises(ValueError, match="权重"):
        ranked(found.links.values(), frame().risk, Weights(risk=4))


def test_risk_of_links_counts_what_hangs_on_them() -> None:
    risk, settled = link_risk({link.id: link.weight for link in frame().links}, frame().edges)
    assert settled
    assert all(0 < value <= 1 for value in risk.values())
    assert risk["M02"] > risk["S09"]


def test_taking_away_and_adding_enterprises_moves_everything_or_nothing() -> None:
    rows = Rows((operator("M12", "甲", "150"), operator("M12", "乙", "150")), (needed("M12"),))
    assert assess(frame(), without(rows, ["乙"]), DAY).links["M12"].gap.grade == "single"
    assert assess(frame(), without(rows, ["无此"]), DAY) == assess(frame(), rows, DAY)
    more = assess(frame(), with_added(rows, [operator("M12", "新", "100")]), DAY)
    assert more.links["M12"].controllers == 3
    assert without(with_added(rows, [operator("M12", "新", "100")]), ["新"]) == rows


def test_clustering_counts_who_is_not_placed_as_none_to_all() -> None:
    people = tuple(operator("M12", name) for name in "甲乙丙丁")
    found = clustering(Rows(people, parks={"甲": "屏锦", "乙": "屏锦", "丙": ""}), DAY)
    assert found.in_parks == Interval(0.5, 0.75)
    assert found.hhi == pytest.approx(10_000)
    assert clustering(Rows(), DAY).hhi is None


def test_ten_questions_name_whom_to_ask_and_what_changes() -> None:
    rows = Rows(
        (operator("M12", "甲", None), operator("M12", "乙", "150"), operator("M13", "丙"), operator("M13", "丁")),
        (needed("M12"),),
        (surveyed("M02"),),
    )
    found = assess(frame(), rows, DAY)
    asked = questions(frame(), rows, DAY, found, count=100, among=88)
    kinds = {(q.kind, q.link, q.org_code) for q in asked}
    assert ("capacity", "M12", "甲") in kinds
    assert ("need", "M13", "") in kinds
    assert not [q for q in asked if q.link == "M02"], "what is known is not asked"
    assert all(q.changes and q.whom and q.why for q in asked)
    assert [q.spread for q in asked] == sorted((q.spread for q in asked), reverse=True)
    assert len(questions(frame(), rows, DAY, found)) == 10
    answered = replace(rows, presences=(*rows.presences[1:], operator("M12", "甲", "100")))
    again = questions(frame(), answered, DAY, assess(frame(), answered, DAY), count=100, among=88)
    assert ("capacity", "M12", "甲") not in {(q.kind, q.link, q.org_code) for q in again}


def test_nothing_is_asked_where_everything_is_known() -> None:
    rows = district(1)
    assert questions(frame(), rows, DAY, assess(frame(), rows, DAY)) == ()


def test_nearness_names_what_is_found_together() -> None:
    doing = {"甲": {"M12", "M13"}, "乙": {"M12", "M13", "M16"}, "丙": {"M18"}, "外": {"M15", "M13"}}
    found = nearness(doing, {"M12", "M13"}, ["M16", "M15", "M18"])
    assert [(near.link, near.nearness, near.together) for near in found] == [
        ("M15", 1.0, (("M13", 1),)),
        ("M16", 1.0, (("M12", 1), ("M13", 1))),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: U02,", "id: U01,", "重复"),
        ("id: U02,", "id: X99,", "没有环节"),
        ("advice: 周边协同", "advice: 随便", "advice"),
        ("direction: head", "direction: tail", "不是"),
    ],
)
def test_localities_say_what_is_wrong(old: str, new: str, said: str) -> None:
    with pytest.raises(SeedError, match=said):
        parse_localities(read_text(LOCALITIES).replace(old, new, 1), frame().links)


def test_every_link_has_a_locality() -> None:
    text = "\n".join(line for line in read_text(LOCALITIES).splitlines() if "id: S16," not in line)
    with pytest.raises(SeedError, match="S16"):
        parse_localities(text, frame().links)


def test_batches_tell_enough_once_half_of_the_links_are_known() -> None:
    from_day = date(2026, 6, 1)
    links = [link.id for link in frame().links if link.expects_batches][:4]
    people = tuple(operator(link, f"{link}-甲") for link in links)
    flows = tuple(Flow(link, DAY, 3, from_day, 1, Decimal(1)) for link in links[:2])
    assert flows_suffice(assess(frame(), Rows(people, flows=flows), DAY), 90)
    assert not flows_suffice(assess(frame(), Rows(people, flows=flows[:1]), DAY), 90)
    assert not flows_suffice(assess(frame(), Rows(), DAY), 90)
