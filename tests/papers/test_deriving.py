"""What the record itself gives to a filed record: only what is there, never against what a person wrote."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trace.papers.deriving import CATERING, INCOMING, PROCESS, RELEASE, Known, completed, derived

PRODUCT = {
    "名称": "酱卤鸭",
    "规格": "500 g",
    "数量": "100 件",
    "生产日期": "2026-11-23",
    "批号": "A1",
    "保质期": "180 天",
}
REPORT = {"kind": "出厂自检", "number": "CC-1", "lot": "A1", "conclusion": "符合"}
SALES = [
    {"数量": "60 件", "销售日期": "2026-11-24", "购货者名称": "南门超市", "购货者地址": "南门 1 号"},
    {"数量": "40 件", "销售日期": "2026-11-25", "购货者名称": "北门超市", "购货者地址": ""},
]
INPUTS = [{"名称": "鸭胚", "批号": "L1", "进货日期": "2026-11-20", "供货者名称": "合作社"}]


def known(**more: Any) -> Known:
    stated: dict[str, Any] = {"product": PRODUCT, "inputs": INPUTS, "reports": [REPORT], "shipments": SALES}
    return Known(**(stated | more))


def test_only_what_is_there_is_told() -> None:
    found = derived(known(), "加")
    assert [one["购货者名称"] for one in found[RELEASE]] == ["南门超市", "北门超市"]
    assert found[RELEASE][0]["检验报告编号"] == "CC-1"
    assert "购货者联系方式" not in found[RELEASE][0]
    assert "购货者地址" not in found[RELEASE][1], "an empty text is not an address"
    assert found[INCOMING] == INPUTS
    assert "工序设备贮存包装" not in found[PROCESS][0]
    assert CATERING in derived(known(), "餐")
    bare = derived(known(inputs=[], reports=[], shipments=[]), "加")
    assert bare == {}, "a batch without inputs, reports and shipments proves nothing"


def test_a_type_report_and_a_report_of_another_lot_are_no_release_test() -> None:
    others = [REPORT | {"kind": "型式", "lot": ""}, REPORT | {"kind": "快检"}]
    assert RELEASE not in derived(known(reports=others, shipments=[]), "加")


def test_a_person_fills_what_the_record_lacks() -> None:
    filed = [{"kind": RELEASE, "fields": {"购货者联系方式": "023-1"}, "kept_until": "2029-01-01"}]
    made, used = completed(filed, derived(known(), "加"))
    rows = [one for one in made if one["kind"] == RELEASE]
    assert [one["fields"]["购货者联系方式"] for one in rows] == ["023-1", "023-1"]
    assert {one["kept_until"] for one in rows} == {"2029-01-01"}
    assert RELEASE in used


def test_a_record_of_one_sale_does_not_cover_the_other() -> None:
    own = {"kind": RELEASE, "fields": {"销售日期": "2026年11月24日", "数量": "六十件", "购货者联系方式": "023-1"}}
    made, _ = completed([own], derived(known(), "加"))
    rows = [one["fields"] for one in made if one["kind"] == RELEASE]
    assert len(rows) == 2
    assert rows[0]["数量"] == "六十件", "what a person wrote comes first"
    assert "购货者联系方式" not in rows[1]


def test_a_record_about_nothing_that_is_known_stands_for_itself() -> None:
    own = {"kind": RELEASE, "fields": {"销售日期": "2026-11-30", "购货者名称": "西门超市"}}
    made, _ = completed([own], derived(known(), "加"))
    assert own in made
    assert len([one for one in made if one["kind"] == RELEASE]) == 3


_text = st.text("鸭酱A1 -", max_size=4)
_records = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from([RELEASE, INCOMING, PROCESS, "留样记录"]),
            "fields": st.dictionaries(
                st.sampled_from(["名称", "批号", "销售日期", "购货者名称", "数量"]), _text, max_size=4
            ),
        }
    ),
    max_size=5,
)


@given(_records)
def test_nothing_that_a_person_wrote_is_lost(filed: list[dict[str, Any]]) -> None:
    made, _ = completed(filed, derived(known(), "加"))
    for one in filed:
        for name, text in one["fields"].items():
            same = [row for row in made if row["kind"] == one["kind"] and (row.get("fields") or {}).get(name) == text]
            others = [x for x in filed if x is not one and x["kind"] == one["kind"] and x["fields"].get(name)]
            assert text == "" or same or others
    kinds = {one["kind"] for one in made}
    assert {one["kind"] for one in filed} <= kinds
