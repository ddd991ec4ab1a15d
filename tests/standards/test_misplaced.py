"""Names that end with, or mention, another food's word are not judged as that food."""

from __future__ import annotations

import pytest

from tests.standards.helpers import ask, judged, one
from trace.standards import evaluate, facts_from_request, load_book


def _lead(name: str, category: str | None, value: str) -> str:
    (finding,) = judged(ask({"name": name, "category": category}, measurements=one("铅", value, unit="mg/kg")))
    return finding.status


@pytest.mark.parametrize(
    ("name", "category", "value", "status"),
    [
        ("卤牛肉", "鲜、冻水产动物:鱼类", "0.4", "needs_review"),  # the category says fish (0.5), the name meat (0.3)
        ("卤牛肉", "鲜、冻水产动物:鱼类", "0.6", "fail"),
        ("卤牛肉", "鲜、冻水产动物:鱼类", "0.2", "pass"),
        ("肥肠鸡", "熟肉制品", "0.4", "needs_review"),  # offal may hold 0.5, the chicken 0.3
        ("卤鸭肠串", "酱卤肉制品", "0.4", "pass"),
        ("米豆腐", None, "0.28", "fail"),  # rice, 0.2
        ("米豆腐", "豆制品-非发酵性豆制品", "0.28", "needs_review"),
        ("凉虾", None, "0.28", "fail"),
        ("日本豆腐", None, "0.28", "needs_review"),  # egg 0.2, bean curd 0.3
        ("素鱼", None, "0.28", "needs_review"),
        ("素牛肉丸", None, "0.28", "needs_review"),
        ("叶黄素鸡蛋", None, "0.3", "fail"),
        ("花椒鸡调料", "调味品", "2.0", "needs_review"),  # no Sichuan pepper (3.0)
        ("大红袍花椒粒", "调味品", "2.0", "pass"),
        ("海蜇头拌鱼", "水产制品", "1.2", "needs_review"),
        ("牛肉丸（不含猪肉）", None, "0.25", "pass"),  # a meat product, not fresh pork
        ("卤毛豆", None, "0.25", "needs_review"),  # fresh 0.2, cooked 0.3
        ("鲜毛豆", None, "0.25", "fail"),
        ("绒柄牛肝菌", None, "0.9", "needs_review"),  # 1.0 is for four species
        ("鸡枞", "食用农产品-鲜食用菌", "0.9", "pass"),  # its own limit, 1.0
        ("鱼腥草", "食用农产品-蔬菜", "0.09", "pass"),  # no suspicion of wood ear, whose limit is on dry weight
        ("云耳", "食用农产品-鲜食用菌", "0.6", "insufficient_evidence"),
        ("干香菇", "干制食用菌", "0.9", "insufficient_evidence"),  # to be converted by the water lost
    ],
)
def test_lead_is_judged_by_what_the_food_may_be(name: str, category: str | None, value: str, status: str) -> None:
    assert _lead(name, category, value) == status


def test_a_pickled_chili_is_a_pickle_whatever_fresh_word_ends_its_name() -> None:
    pickle = {"name": "泡小米椒", "category": "蔬菜制品-酱腌菜"}
    assert judged(ask(pickle, measurements=one("甜蜜素", "1.5", unit="g/kg")))[0].clause_id == "ADD-SWT-CYC-01"


def test_a_mention_of_preserved_plums_gives_no_more_sweetener() -> None:
    mango = {"name": "话梅芒果", "category": "糖果制品-果脯蜜饯"}
    (finding,) = judged(ask(mango, measurements=one("甜蜜素", "7", unit="g/kg")))
    assert finding.status == "needs_review"


@pytest.mark.parametrize("name", ["鸡公山腊肉", "宝鸡腊肉", "鸭嘴镇腊肉"])
def test_a_bird_in_a_brand_makes_no_poultry(name: str) -> None:
    """0.5 for bacon, 1.5 for cured birds (GB 2730)."""
    bacon = {"name": name, "category": "肉制品-腌腊肉制品"}
    assert "腌腊禽" not in judged(ask(bacon, measurements=one("过氧化值", "1.0", unit="g/100g")))[0].reason
    assert judged(ask(bacon, measurements=one("过氧化值", "1.0", unit="g/100g")))[0].status == "fail"
    duck = {"name": "腊板鸭", "category": "肉制品-腌腊肉制品"}
    assert judged(ask(duck, measurements=one("过氧化值", "1.0", unit="g/100g")))[0].status == "pass"


@pytest.mark.parametrize("name", ["粉蒸肉", "咸烧白扣碗", "梅菜扣肉", "回锅肉"])
def test_a_frozen_dish_of_the_district_is_judged(name: str) -> None:
    """A complete honest panel of a dish that is heated at home comes out as a pass, with nothing to clear up."""
    dish = {
        "name": name,
        "category": "速冻食品-速冻调制食品",
        "ready_to_eat": False,
        "storage": "冷冻",
        "prepackaged": True,
    }
    panel = one("过氧化值", "0.05", unit="g/100g") + one("铅", "0.05", unit="mg/kg") + one("镉", "0.01", unit="mg/kg")
    panel += one("铬", "0.1", unit="mg/kg") + one("苯甲酸", "未检出", unit="g/kg", lod="0.005")
    panel += one("山梨酸", "未检出", unit="g/kg", lod="0.005")
    answer = ask(dish, measurements=panel)
    assert answer.verdict == "pass", [f.reason for f in answer.findings if f.status not in ("pass", "advisory")]


ROWS = """
食用农产品-蔬菜-根茎类和薯芋类蔬菜-姜|小黄姜|2026-05-20|噻虫胺|0.56mg/kg
食用农产品-蔬菜-辣椒|青线椒|2026-05-03|噻虫胺|0.21 mg/kg
食用农产品-水果类-柑橘类水果-柑、橘|沃柑|2026-03-10|丙溴磷|0.51mg/kg
食用农产品-水产品-淡水产品-淡水鱼|乌鱼|2026-04-11|恩诺沙星（以恩诺沙星与环丙沙星之和计）|317μg/kg
食用农产品-水产品-海水蟹|梭子蟹|2026-10-11|镉（以Cd计）|3.6mg/kg
畜禽肉及副产品-畜副产品-猪肝|猪肝|2026-04-11|磺胺类（总量）|240μg/kg
肉制品-预制肉制品-调理肉制品(非速冻)|腌制鸡排|2026-01-11|山梨酸及其钾盐(以山梨酸计)|0.12g/kg
速冻食品-速冻面米食品-速冻面米生制品|香菇猪肉水饺|2026-02-11|过氧化值(以脂肪计)|0.38g/100g
豆制品-大豆蛋白类制品等|麻辣素牛排|2026-02-11|脱氢乙酸及其钠盐（以脱氢乙酸计）|0.31g/kg
蔬菜制品-蔬菜干制品|干豇豆|2026-02-11|柠檬黄|0.02g/kg
水产制品-生食动物性水产制品|醉泥螺|2026-02-11|苯甲酸及其钠盐|0.3g/kg
餐饮食品-火锅调味料（底料、蘸料）（自制）|火锅底料|2026-02-11|那可丁|88μg/kg
餐饮食品-肉制品（自制）-酱卤肉制品（自制）|卤牛肉（自制）|2026-02-11|胭脂红|0.0021g/kg
"""


@pytest.mark.parametrize("row", ROWS.split("\n")[1:-1])
def test_a_bulletin_row_as_provinces_write_it_is_judged(row: str) -> None:
    category, name, made, item, result = row.split("|")
    body = {"product": {"name": name, "category": category}, "produced_on": made}
    answer = evaluate(
        load_book(), facts_from_request(body | {"measurements": [{"parameter": item, "values": [result]}]})
    )
    assert [finding.status for finding in judged(answer)] == ["fail"]
