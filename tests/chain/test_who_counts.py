"""Who counts at a link: licences that ran out, and two names that may be one enterprise. Unknown is neither way."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.assessment.clusters import clustered, together, working
from chain.assessment.families import doubts_of
from chain.assessment.links import cover_of, figures_of, state_of
from chain.assessment.loading import frame
from chain.assessment.models import LinkFigures, Locality
from chain.assessment.questions import questions
from chain.assessment.whole import Rows, assess
from chain.completeness import Need
from chain.gaps import find_gaps
from chain.licensing import Ask, asked, lapsed, parse_asks, plain
from chain.models import Gap, Presence, Thresholds
from chain.register import folding
from chain.register.folding import fold
from chain.register.models import Licence
from chain.register.yielding import view_of
from chain.resilience import Doubts, fragility
from chain.seedrows import SeedError, read_text
from chain.supply import Supply, supply_of
from tests.chain.factories import AS_OF, demand, flow, link, presence, survey
from tests.chain.statements import Book

ASK = Ask("food", ("食品生产许可证", "小作坊登记证"), ("SC证",), ("M12",), "《食品安全法》", "M")
LIMITS = Thresholds()


def licence(
    valid_to: date | None, what: str = "食品生产许可证", number: str = "SC1", valid_from: date | None = None
) -> Licence:
    return Licence(1, 1, "1", AS_OF, 0, "查验", "declared", None, what, number, valid_from, valid_to)


def out(one: Presence) -> Presence:
    return replace(one, lapsed="食品生产许可证 SC1 有效期至 2026-11-01")


def twin(one: Presence, group: str = "A") -> Presence:
    return replace(one, perhaps=group)


def supply(*presences: Presence, need: str | None = "100", surveyed: bool = False) -> Supply:
    known = [demand(need)] if need else []
    return supply_of(link(), presences, known, [flow()], [survey()] if surveyed else [], AS_OF)


def judged(*presences: Presence, need: str | None = "100", surveyed: bool = False, public: bool = False) -> Gap:
    known = [demand(need)] if need else []
    return find_gaps(
        [link()], presences, known, [flow()], AS_OF, surveys=[survey()] if surveyed else [], public=public
    )[0]


# ---- licences ----


@pytest.mark.parametrize(
    ("valid_to", "valid_from", "good"),
    [
        (AS_OF, None, True),
        (AS_OF - timedelta(days=1), None, False),
        (None, None, True),
        (AS_OF + timedelta(days=9), AS_OF + timedelta(days=1), False),
    ],
)
def test_a_licence_counts_through_its_last_day(valid_to: date | None, valid_from: date | None, good: bool) -> None:
    assert (lapsed([ASK], [licence(valid_to, valid_from=valid_from)], AS_OF) == "") == good


def test_one_of_the_licences_asked_for_is_enough_and_none_on_record_says_nothing() -> None:
    old = licence(AS_OF - timedelta(days=5))
    assert lapsed([ASK], [], AS_OF) == ""
    assert lapsed([ASK], [licence(AS_OF - timedelta(days=5), "食品经营许可证")], AS_OF) == "", "of another kind"
    assert lapsed([ASK], [old], AS_OF) == f"食品生产许可证 SC1 有效期至 {AS_OF - timedelta(days=5)}"
    assert lapsed([ASK], [old, licence(AS_OF, "小作坊登记证")], AS_OF) == ""
    assert lapsed([ASK], [old, licence(AS_OF, "SC 证（新）")], AS_OF) == ""
    assert lapsed([ASK], [old, licence(AS_OF + timedelta(days=900), number="SC2")], AS_OF) == "", "renewed"
    assert lapsed([ASK, replace(ASK, id="b", names=("排污许可证",))], [licence(AS_OF)], AS_OF) == ""


def test_names_are_compared_without_form() -> None:
    assert plain("食品生产许可证（SC）") == plain(" 食品生产许可证 ") == plain("《食品生产许可证》")
    assert plain("sc证") == "SC证"


def test_what_ships_is_read_strictly() -> None:
    text = read_text("chain/licences.yaml")
    assert {"M12", "D14", "U12"} <= asked().keys()
    assert "M04" not in asked(), "净菜 is a primary product: no licence is asked for"
    links = [link(one) for one in asked()]
    assert len(parse_asks(text, links)) > 5
    with pytest.raises(SeedError, match="没有环节 M99"):
        parse_asks(text.replace("[M21]", "[M99]"), links)
    with pytest.raises(SeedError, match="重复"):
        parse_asks(text.replace("id: feed", "id: seed"), links)


# ---- the register ----


def test_a_register_with_a_licence_that_ran_out_and_its_renewal() -> None:
    book = Book()
    book.subject("1", "甲卤味厂")
    book.operates("1", "M12")
    assert folding.state_of(fold(book.said, AS_OF), "M12") == "present"
    old = book.say(
        "licence", "1", {"what": "食品生产许可证", "number": "SC1", "valid_from": None, "valid_to": "2026-11-01"}
    )
    book.survey("M12", on=date(2026, 10, 1))
    register = fold(book.said, AS_OF)
    (one,) = view_of(register).presences["M12"]
    assert one.lapsed == "食品生产许可证 SC1 有效期至 2026-11-01"
    assert folding.state_of(register, "M12") == "unknown", "and not 缺, although a survey found nobody"
    assert register.apply(
        book.say(
            "licence", "1", {"what": "食品生产许可证", "number": "SC1", "valid_from": None, "valid_to": "2031-11-01"}
        )
    ) == {"M12"}, "the link is worked out again, and no other"
    assert view_of(register).presences["M12"][0].lapsed == ""
    book.withdraw(old)
    assert view_of(fold(book.said[:-2] + book.said[-1:], AS_OF)).presences["M12"][0].lapsed == ""


def test_a_merged_subject_has_the_licences_of_both() -> None:
    book = Book()
    book.subject("1", "甲卤味厂", code="91350100M000100Y43")
    book.subject("2", "甲卤味食品厂")
    book.operates("1", "M12")
    old = {"what": "食品生产许可证", "number": "SC1", "valid_from": None, "valid_to": "2026-11-01"}
    book.say("licence", "1", old)
    book.say("licence", "2", old | {"number": "SC2", "valid_to": "2031-11-01"})
    assert view_of(fold(book.said, AS_OF)).presences["M12"][0].lapsed
    book.same("2", "1")
    assert view_of(fold(book.said, AS_OF)).presences["M12"][0].lapsed == ""


def test_of_an_organisation_outside_no_licence_is_asked() -> None:
    book = Book()
    book.subject("1", "外县厂", inside=False)
    book.operates("1", "M12")
    book.say("licence", "1", {"what": "食品生产许可证", "number": "SC1", "valid_from": None, "valid_to": "2026-11-01"})
    assert view_of(fold(book.said, AS_OF)).presences["M12"][0].lapsed == ""


# ---- judging ----


def test_who_may_or_may_not_count_makes_a_grade_unknown_only_where_it_matters() -> None:
    alone = judged(out(presence("A")), surveyed=True)
    assert (alone.grade, alone.kinds) == ("unknown", ())
    assert "另有 1 家应有的证照已过有效期" in alone.reason
    assert "缺、单点" in alone.reason
    second = judged(presence("A"), out(presence("B")))
    assert second.grade == "unknown"
    assert "单点、稳" in second.reason or "单点、集中" in second.reason
    same = judged(presence("A", "300"), presence("B", "300"), presence("C", "300"), out(presence("D", "10")))
    assert same.grade == "strong", "with it and without it the same"
    assert judged(presence("A", "20"), presence("B", "20"), out(presence("C", "20"))).kinds == ("弱",)
    assert judged(presence("A", "50"), presence("B", "20"), out(presence("C", "50"))).kinds == ()


def test_two_that_may_be_one_are_counted_as_a_range() -> None:
    found = judged(twin(presence("A")), twin(presence("B")))
    inputs = dict(found.inputs)
    assert (inputs["operators_inside"].value, inputs["controllers_inside"].value) == ("1～2", "1～2")
    assert found.grade == "unknown"
    assert "1～2 家在产，1～2 个控制方" in found.reason
    with_third = judged(
        twin(presence("A", "200")), twin(presence("B", "200")), presence("C", "200"), presence("D", "200")
    )
    assert dict(with_third.inputs)["controllers_inside"].value == "3～4"
    assert with_third.grade == "strong"
    one_owner = judged(twin(presence("A", controller="X")), twin(presence("B", controller="X")), presence("C"))
    assert dict(one_owner.inputs)["controllers_inside"].value == "2", "one owner anyway"
    assert dict(one_owner.inputs)["operators_inside"].value == "2～3"


def test_what_may_be_shown_to_the_public_is_counted_the_careful_way() -> None:
    three = [presence(one, "100") for one in "ABC"]
    assert dict(judged(*three, public=True).inputs)["capacity_inside"].value == "300"
    doubted = judged(twin(three[0]), twin(three[1]), three[2], public=True)
    assert dict(doubted.inputs)["capacity_inside"].value is None
    alone = judged(out(presence("A")), public=True)
    assert dict(alone.inputs)["capacity_inside"].value is None


def test_cover_is_an_interval_from_without_to_with() -> None:
    one = supply(presence("A", "20"), out(presence("B", "30")))
    assert (cover_of(one).low, cover_of(one).high) == (0.2, 0.5)
    nobody = supply(out(presence("B", "30")), surveyed=True)
    assert state_of(nobody) == "unknown"
    assert (cover_of(nobody).low, cover_of(nobody).high) == (0, 0.3), "no more than what its licence would let it make"
    figures = figures_of(one, Locality("M12", "本地补", "", ""), AS_OF, LIMITS)
    assert (figures.hhi, figures.outside, figures.controllers) == (None, None, 1)


def test_each_whose_licence_ran_out_may_count_alone() -> None:
    sure = [presence(one, "100") for one in "ABC"]
    one, big = out(presence("D", "100")), out(presence("E", "900"))
    found = judged(*sure, one, big, need="100")
    assert found.grade == "unknown", "with E alone it would be concentrated, whatever both and neither come to"
    assert len(supply(*sure, one, big).readings()) == 4
    many = [out(presence(str(n), "1")) for n in range(9)]
    assert len(supply(*many).readings()) == 20, "none, all, each alone, each left out"


def test_amounts_are_told_from_without_to_with() -> None:
    found = judged(presence("A", "100"), presence("B", "100"), out(presence("C", "300")), need="1000")
    assert "缺 500～800 吨" in found.reason
    assert "覆盖 20～50%" in found.reason
    assert dict(found.inputs)["coverage"].value == "20～50"


def test_outside_suppliers_in_doubt_are_counted_the_careful_way_too() -> None:
    inside = [presence(one, "10") for one in "ABC"]
    away = [presence(one, "30", inside=False) for one in "XYZ"]
    assert dict(judged(*inside, *away, public=True).inputs)["external_share"].value == "75"
    doubted = [twin(away[0], "X"), twin(away[1], "X"), away[2]]
    found = judged(*inside, *doubted, public=True)
    assert dict(found.inputs)["external_share"].value is None
    assert dict(found.inputs)["operators_outside"].value == "2～3"
    plans = [twin(presence(one, basis="planned"), "P") for one in "PQ"]
    assert dict(judged(*plans).inputs)["planned"].value == "1～2"


def test_parks_are_a_range_where_it_is_in_doubt_who_counts() -> None:
    parks = {"A": "甲园", "B": "", "D": "甲园"}
    sure = clustered(working([presence("A"), presence("B")], AS_OF), parks)
    assert (sure.least, sure.enterprises, sure.in_parks.low, sure.in_parks.high) == (2, 2, 0.5, 0.5)
    more = clustered(working([presence("A"), presence("B"), out(presence("D"))], AS_OF), parks)
    assert (more.least, more.enterprises, more.hhi) == (2, 3, None)
    assert (more.in_parks.low, more.in_parks.high) == (0.5, pytest.approx(2 / 3))
    assert more.parks == {"甲园": 1}, "only who surely is in business"
    pair = clustered(working([twin(presence("A")), twin(presence("B"))], AS_OF), parks)
    assert (pair.least, pair.enterprises, pair.in_parks.low, pair.in_parks.high) == (1, 2, 0, 1)
    elsewhere = working([out(presence("A")), presence("A", link_id="M14")], AS_OF)
    assert (elsewhere.sure, elsewhere.lapsed) == ({"A"}, frozenset()), "it works where it may"
    assert together([working([out(presence("A"))], AS_OF), working([presence("A", link_id="M14")], AS_OF)]) == elsewhere


@given(st.lists(st.tuples(st.sampled_from("ABCDE"), st.booleans(), st.booleans()), max_size=5, unique_by=lambda t: t[0]),
       st.dictionaries(st.sampled_from("ABCDE"), st.sampled_from(["", "甲园"])))  # fmt: skip
def test_every_way_of_counting_lies_within_the_share_in_parks(
    several: list[tuple[str, bool, bool]], parks: dict[str, str]
) -> None:
    known = [
        replace(presence(c), lapsed="到期" if old else "", perhaps="Z" if same else "") for c, old, same in several
    ]
    found = clustered(working(known, AS_OF), parks)
    sure = [p.org_code for p in known if not p.lapsed]
    doubtful = [p.org_code for p in known if p.lapsed]
    for size in range(len(doubtful) + 1):
        for some in combinations(doubtful, size):
            here = [*sure, *some]
            unplaced = [code for code in here if code not in parks]
            placed = sum(bool(parks.get(code)) for code in here)
            for filled in range(len(unplaced) + 1):
                if here:
                    share = (placed + filled) / len(here)
                    assert found.in_parks.low - 1e-9 <= share <= found.in_parks.high + 1e-9


DOUBTFUL = st.lists(
    st.builds(
        lambda org, amount, mark, group: replace(presence(org, amount), lapsed=mark, perhaps=group),
        st.sampled_from("ABCDEF"),
        st.none() | st.integers(0, 200).map(str),
        st.sampled_from(["", "", "证照 到期"]),
        st.sampled_from(["", "", "A"]),
    ),
    max_size=7,
    unique_by=lambda one: one.org_code,
)


@given(DOUBTFUL, st.booleans())
def test_a_doubt_never_makes_a_grade_only_takes_it_away(several: list[Presence], surveyed: bool) -> None:
    sure = [replace(one, lapsed="", perhaps="") for one in several]
    doubted, counted = judged(*several, surveyed=surveyed), judged(*sure, surveyed=surveyed)
    left_out = judged(*(s for s, one in zip(sure, several, strict=True) if not one.lapsed), surveyed=surveyed)
    assert doubted.grade in ("unknown", counted.grade)
    assert doubted.grade in ("unknown", left_out.grade)
    assert "缺" not in doubted.kinds or not several
    whole, part = supply(*several, surveyed=surveyed), supply(*sure, surveyed=surveyed)
    assert cover_of(whole).low <= cover_of(part).low
    assert cover_of(part).high <= cover_of(whole).high
    assert len(whole.controllers_least) <= len(whole.controllers) <= len(part.controllers)


# ---- k of a family ----


def test_k_is_a_range_where_it_is_in_doubt_who_counts() -> None:
    needs = [Need("卤", ("M12",), "essential"), Need("鸭", ("U12",), "essential")]
    held = {"M12": {"A", "B"}, "U12": {"C", "D", "E"}}
    sure = fragility(needs, held, held)
    assert (sure.k, sure.least, sure.most, sure.text) == (2, 2, 2, "2")
    tied = fragility(needs, held, held, doubts=Doubts({}, (("A", "B"),)))
    assert (tied.k, tied.text) == (2, "1～2")
    more = fragility(needs, held, held, doubts=Doubts({"M12": frozenset("F")}, ()))
    assert (more.k, more.text) == (2, "2～3")
    chained = fragility(needs, held, held, doubts=Doubts({}, (("C", "D"), ("D", "E"))))
    assert chained.text == "1～2"
    open_ = fragility(needs, {"U12": {"C", "D"}}, ["U12"], doubts=Doubts({"M12": frozenset("F")}, ()))
    assert (open_.k, open_.text, open_.uncounted) == (2, "1～2", ("卤",))
    looked = Doubts({"M12": frozenset("F")}, (), frozenset({"M12"}))
    surveyed = fragility(needs, {"U12": {"C", "D"}}, ["U12"], doubts=looked)
    assert (surveyed.least, surveyed.most) == (0, 1), "without it the survey holds: nobody is there"
    apart = Doubts({"M12": frozenset("F"), "S01": frozenset("X")}, ())
    third = [*needs, Need("检", ("S01",), "essential")]
    both = fragility(third, {"M12": {"A", "B"}, "U12": {"C", "D", "E"}}, ["M12", "U12"], doubts=apart)
    assert (both.least, both.most) == (1, 3), "each may count without the other"


def test_doubts_are_read_off_the_links() -> None:
    place = Locality("M12", "本地补", "", "")
    assert doubts_of([figures_of(supply(presence("A")), place, AS_OF, LIMITS)]) is None
    one = figures_of(supply(twin(presence("A")), twin(out(presence("B")))), place, AS_OF, LIMITS)
    assert doubts_of([one]) == Doubts({"M12": frozenset("B")}, (("A", "B"),))
    assert Decimal(one.supply.capacities(one.supply.inside)[0] or 0) == 100


def test_two_that_may_be_one_need_not_work_at_one_link() -> None:
    place = Locality("M12", "本地补", "", "")
    here = replace(presence("A"), alike=("B",))
    there = replace(presence("B"), link_id="M13", alike=("A",))
    other = supply_of(link("M13"), [there], [], [], [], AS_OF)
    assert not other.doubled, "at either link there is one, whoever it is"
    assert [one.controllers_least for one in other.readings()] == [{"B"}]
    found = [figures_of(one, place, AS_OF, LIMITS) for one in (supply(here), other)]
    doubts = doubts_of(found)
    assert doubts == Doubts({}, (("A", "B"),))
    held = {"M12": {"A"}, "M13": {"B"}}
    either = [Need("卤或罐", ("M12", "M13"), "essential")]
    assert fragility(either, held, held, doubts=doubts).text == "1～2"
    both = [Need("卤", ("M12",), "essential"), Need("罐", ("M13",), "essential")]
    assert fragility(both, held, held, doubts=doubts).text == "1"
    assert fragility(either, {"M12": {"A"}, "M13": {"C"}}, held, doubts=doubts).text == "2", "B has no part in it"


def test_the_groups_of_one_link_say_nothing_of_anothers() -> None:
    place = Locality("M12", "本地补", "", "")

    def at(name: str, *several: Presence) -> LinkFigures:
        moved = [replace(one, link_id=name) for one in several]
        return figures_of(supply_of(link(name), moved, [], [], [], AS_OF), place, AS_OF, LIMITS)

    a, b, c = presence("A"), presence("B"), presence("C")
    first = at("M12", replace(a, perhaps="A", alike=("B",)), replace(b, perhaps="A", alike=("A",)), presence("D"))
    second = at("M13", replace(a, perhaps="A", alike=("C",)), replace(c, perhaps="A", alike=("A",)), presence("E"))
    doubts = doubts_of([first, second, at("M14", b, c)])
    assert doubts is not None
    assert doubts.ties == (("A", "B"), ("A", "C")), "nobody took B and C for one"
    held = {"M12": {"A", "B", "D"}, "M13": {"A", "C", "E"}, "M14": {"B", "C"}}
    needs = [Need(name, (name,), "essential") for name in held]
    assert fragility(needs, held, held, doubts=doubts).text == "2"


def test_amounts_of_a_link_are_withheld_on_one_rule() -> None:
    three = [presence(one, "100") for one in "ABC"]
    need = replace(demand("600"), computed=True)
    place = Locality("M12", "本地补", "", "")
    for elsewhere, shown in ((False, True), (True, False)):
        one = supply_of(link(), three, [replace(need, elsewhere=elsewhere)], [], [], AS_OF)
        found = figures_of(one, place, AS_OF, LIMITS, public=True)
        told = {name: evidence.value for name, evidence in found.gap.inputs}
        assert (told["demand"] is not None) == (told["coverage"] is not None) == shown
        assert (found.cover.known, found.hhi is not None) == (shown, shown)
    alone = supply_of(link(), three[:1], [need], [], [], AS_OF)
    assert dict(figures_of(alone, place, AS_OF, LIMITS, public=True).gap.inputs)["demand"].value is None


def test_owners_that_may_be_one_are_a_range_of_controllers_and_not_of_operators() -> None:
    one = replace(presence("A", controller="X"), alike=("Y",))
    two = replace(presence("B", controller="Y"), alike=("X",))
    inputs = dict(judged(one, two).inputs)
    assert (inputs["operators_inside"].value, inputs["controllers_inside"].value) == ("2", "1～2")


# ---- what to ask ----


def _rows(*presences: Presence) -> Rows:
    return Rows(presences=presences, demands=(demand("100"),), flows=(flow(),))


def test_a_licence_that_ran_out_is_asked_for_and_its_answer_settles_the_grade() -> None:
    rows = _rows(presence("A", "100"), out(presence("B", "100")))
    asked_now = questions(frame(), rows, AS_OF, assess(frame(), rows, AS_OF), count=500, among=88)
    one = next(q for q in asked_now if q.kind == "licence")
    assert (one.link, one.org_code, one.whom) == ("M12", "B", "B（演示）")
    assert "换证了吗" in one.text
    assert set(one.grades) == {"single", "stable"}
    assert "B（演示）" not in one.unnamed.text + one.unnamed.whom + one.unnamed.org_code
    assert "SC1" in one.text
    assert "SC1" not in one.unnamed.text
    only = _rows(out(presence("B", "100")))
    kinds = [q.kind for q in questions(frame(), only, AS_OF, assess(frame(), only, AS_OF), count=500, among=88)
             if q.link == "M12"]  # fmt: skip
    assert kinds == ["licence"], "not whether there is anybody: somebody is on record"
    renewed = _rows(presence("A", "100"), presence("B", "100"))
    assert not [q for q in questions(frame(), renewed, AS_OF, assess(frame(), renewed, AS_OF), 500, 88)
                if q.kind in ("licence", "same")]  # fmt: skip


def test_whether_two_are_one_is_asked_of_the_office() -> None:
    rows = _rows(twin(presence("A", "100")), twin(presence("B", "100")))
    one = next(q for q in questions(frame(), rows, AS_OF, assess(frame(), rows, AS_OF), 500, 88) if q.kind == "same")
    assert set(one.grades) == {"single", "stable"}
    assert one.text == "A（演示）和B（演示）是不是同一家？（酱卤肉）"
    assert one.unnamed.text == "在产主体和在产主体是不是同一家？（酱卤肉）"
