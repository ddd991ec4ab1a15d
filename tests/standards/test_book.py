"""The book loads, says what is wrong with it, and answers a standards page; its values are the standard's."""

from __future__ import annotations

import json
import re
import warnings
from datetime import date
from pathlib import Path

import pytest

from tests.standards.helpers import SHARED
from trace.standards import BookError, in_force, load_book, parameters, to_verify, unknown_clauses
from trace.standards.loading import SEEDS, load_texts
from trace.standards.vocabulary.text import name_key

TEXTS = {path.name: path.read_text(encoding="utf-8") for path in SEEDS.glob("*.yaml")}


def broken(file: str, old: str, new: str) -> list[str]:
    assert old in TEXTS[file]
    with pytest.raises(BookError) as caught:
        load_texts(TEXTS | {file: TEXTS[file].replace(old, new, 1)})
    return caught.value.problems


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("gb-2726-2016.yaml", "parameter: 菌落总数", "parameter: 菌落种数", "gb-2726-2016.yaml 条款 2726-APC：字段 parameter"),
        ("gb-2726-2016.yaml", "熟肉制品（发酵肉制品类", "熟食（发酵肉制品类", "条款 2726-APC：字段 foods"),
        ("gb-2726-2016.yaml", "unit: CFU/g", "unit: 斤", "字段 unit “斤”"),
        ("gb-2726-2016.yaml", "{n: 5, c: 2, m: 10^4, M: 10^5}", "{n: 5, c: 6, m: 10^4, M: 10^5}", "字段 plan"),
        ("gb-2726-2016.yaml", "{n: 5, c: 2, m: 10^4, M: 10^5}", "五件", "字段 plan"),
        ("gb-2726-2016.yaml", "id: 2726-COLI", "id: 2726-APC", "字段 id 与 gb-2726-2016.yaml 中的重复"),
        ("gb-2726-2016.yaml", "source: B", "source: X", "字段 source “X”"),
        ("gb-2726-2016.yaml", "level: required", "level: maybe", "字段 level “maybe”"),
        ("gb-2726-2016.yaml", "methods:", "methodes:", "字段 methodes 不认识这个字段"),
        ("gb-2762-2025.yaml", "max: 0.1}", "max: 一点}", "字段 max “一点”不是一个数"),
        ("gb-2762-2025.yaml", "effective_from: 2026-09-02", "effective_from: 明天", "字段 effective_from"),
        ("gb-2762-2022.yaml", "effective_to: 2026-09-01", "effective_to: 2026-09-02", "同一天只能有一版"),
        ("gb-2762-2022.yaml", "unknown: true", "unknown: 也许", "字段 unknown"),
        ("gb-29921-2021.yaml", "ready_to_eat: true", "ready_to_eat: 是", "字段 ready_to_eat 应为 true 或 false"),
        ("gb-19295-2021.yaml", "速冻面米食品", "速冻什么", "字段 types"),
        ("placing.yaml", "is: 酱卤肉制品类}", "is: 酱卤什么}", "placing.yaml：“酱卤什么”不在类别树中"),
        ("parameters.yaml", "units: [g/100g]", "units: [克每斤]", "项目 过氧化值：字段 units"),
        ("gb-31605-2020.yaml", "check: logging_interval", "check: 记录间隔", "条款 CC-05：字段 check"),
        ("gb-31605-2020.yaml", "check: logging_interval", "check: kept_record", "不能用于 temperature"),
        ("gb-31605-2020.yaml", "every_minutes: 10", "every_minutes: 十", "字段 every_minutes"),
        ("gb-31654-2021.yaml", "within: 4 h", "within: 四小时", "条款 CAT-05-2：字段 within"),
        ("gb-31654-2021.yaml", "tolerance: {留样量: 125}", "tolerance: {留样量: 很多}", "字段 tolerance"),
        ("gb-14881-2025.yaml", "keep: {months_after_shelf_life: 6, years: 2}", "keep: 两年", "条款 GMP-04：字段 keep"),
        ("gb-28050-2025.yaml", "蛋白质: 60 g", "蛋白质: 很多", "字段 reference"),
        ("gb-7718-2025.yaml", r"pattern: 'SC\d{14}'", "pattern: 'SC('", "条款 LBL-13：字段 pattern"),
        ("gb-12694-2016.yaml", "min_celsius: 0, max_celsius: 4", "min_celsius: 9, max_celsius: 4", "字段 max_celsius"),
        ("gb-2762-2025.yaml", "total: 总汞", "total: 总泵", "字段 total"),
        ("gb-2762-2025.yaml", "dries: true", "places: [鱼塘]", "limit 类条款不用这个字段"),
        ("gb-2760-2024.yaml", "parameters: [山梨酸,", "parameters: [山梨醇酸,", "字段 parameters"),
        ("book.yaml", "number: 2", "number: [2", "book.yaml 第"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_in_chinese(file: str, old: str, new: str, said: str) -> None:
    assert any(said in problem for problem in broken(file, old, new))


def test_the_version_changes_with_any_file() -> None:
    book = load_book()
    other = load_texts(TEXTS | {"gb-2726-2016.yaml": TEXTS["gb-2726-2016.yaml"] + "# 注\n"})
    assert other.version != book.version
    assert load_book() is book
    assert re.fullmatch(r"v\d+\+[0-9a-f]{12}", book.version)


def test_a_limit_keeps_its_digits() -> None:
    assert load_book().clauses["PB-05-3"].limit_text == "≤1.0 mg/kg"


@pytest.mark.parametrize(("on", "edition"), [(date(2026, 9, 1), "2022"), (date(2026, 9, 2), "2025")])
def test_what_is_in_force_on_a_day(on: date, edition: str) -> None:
    found = {standard.number: standard.edition for standard, _ in in_force(load_book(), on)}
    assert found["GB 2762"] == edition


def test_in_force_by_stage_and_category() -> None:
    rows = in_force(load_book(), date(2026, 10, 1), stage="加", category="肉及肉制品:熟肉制品:油炸肉类")
    ids = {clause.id for _, clauses in rows for clause in clauses}
    assert {"PB-07-3", "CD-05-1", "CR-01-5", "2726-APC", "29921-MEAT-SAL", "LIC-01"} <= ids
    assert not {"BAP-01-2", "PB-01-1", "2712-COLI"} & ids


def test_the_lists_of_what_must_be_verified() -> None:
    unknown = {clause.id for _, clause in unknown_clauses(load_book())}
    assert {"PB-2022", "CD-2022", "CR-2022", "BAP-2022", "29921-SEA-SA"} <= unknown
    assert all(clause.to_close for _, clause in unknown_clauses(load_book()))
    assert "19295-COLI" in {clause.id for _, clause in to_verify(load_book())}


def test_every_clause_has_a_source_and_evidence() -> None:
    for clause in load_book().clauses.values():
        assert all((clause.source, clause.confidence, clause.evidence)), clause.id


def test_the_dictionary_for_forms() -> None:
    names = {one.name: one for one in parameters()}
    assert names["菌落总数"].samples == 5
    assert names["铅"].units[0] == "mg/kg"
    find = load_book().dictionary.find
    for written in ("苯并[a]芘", "苯并（a）芘", "苯并［a］芘", "苯并芘"):
        assert find(written).parameter is names["苯并[a]芘"]
    assert find("山梨酸及其钾盐（以山梨酸计)").parameter is names["山梨酸"]
    assert find("铝的残留量(干样品,以Al计)").foreign_basis == ""


def test_categories_cover_the_published_tree() -> None:
    file = SHARED / "data" / "gb2762" / "appendix-a1-tree.json"
    if not file.exists():
        pytest.skip("the published tree is not here")
    tree = load_book().categories

    def walk(node: dict, above: int) -> int:  # type: ignore[type-arg]
        mask = tree.parse(node["name"])
        assert mask & ~above == 0, node["name"]
        return 1 + sum(walk(child, mask) for child in node["children"])

    root = json.loads(file.read_text())
    assert sum(walk(child, tree.full) for child in root["children"]) == 254


def test_limits_are_those_of_the_published_text() -> None:
    file = SHARED / "data" / "gb2762" / "GB_2762-2025.pdf"
    if not file.exists():
        pytest.skip("the published standard is not here")
    text = _text(file)
    worded_otherwise = {  # the row stands in the text in other words, checked by eye
        "PB-19-1", "PB-19-3", "PB-19-4", "PB-19-6", "PB-19-7", "CD-01-3", "CR-01-7", "BAP-01-1", "AS-01-8", "AS-01-13",
        "AS-01-14", "NO2-01-10", "NO3-01-6",
    }  # fmt: skip
    checked = 0
    for clause in load_book().clauses.values():
        if clause.standard != "GB 2762-2025" or clause.id in worded_otherwise:
            continue
        name, value = name_key(clause.foods_text.split(":")[-1]), clause.limit_text.removeprefix("≤").split(" ")[0]
        between = ""
        if clause.total:
            between = "—"  # the species stand in the second column
        elif clause.parameter_name.startswith("硝酸盐"):
            between = r"[\d.]+(?:mg/l)?[a-e]?(?:\(以.{2,5}计\))?"
        assert re.search(re.escape(name) + between + re.escape(value), text), clause.id
        checked += 1
    assert checked > 180


def _text(file: Path) -> str:
    pypdfium2 = pytest.importorskip("pypdfium2")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        document = pypdfium2.PdfDocument(file)
        pages = []
        for number in range(len(document)):
            page = document[number]
            part = page.get_textpage()
            pages.append(part.get_text_range())
            part.close()
            page.close()
        document.close()
    text = name_key("".join(pages))
    text = re.sub(r"(?<=[一-鿿])[ab](?=[(\d一-鿿、—])", "", text)
    return re.sub(r"表\d+食品中.{1,6}限量指标\(续\)食品类别\(名称\)限量\(以.{1,3}计\)mg/kg", "", text)
