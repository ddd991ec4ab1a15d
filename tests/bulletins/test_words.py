"""The vocabulary and the default panels are files that people correct: what is wrong in them is said in Chinese."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

from trace.bulletins.panels import build_panels, load_panels
from trace.bulletins.words import COLUMNS, SEEDS, SeedError, build_words, header_key, load_words, read_seed
from trace.standards import load_book


def shipped(name: str) -> Any:
    return yaml.safe_load((SEEDS / name).read_text(encoding="utf-8"))


def test_the_shipped_vocabulary_is_whole() -> None:
    words = load_words()
    assert set(words.columns) == set(COLUMNS)
    assert words.by_header[header_key("标称 生产企业名称：")] == "maker"
    assert words.by_header[header_key("生产日期／批号")] == "produced"
    assert words.tasks["监督抽查"] == "监督抽检"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d.pop("tasks"), "words.yaml tasks：缺少这一段"),
        (lambda d: d.update(colour=[]), "words.yaml colour：不认识这一段"),
        (lambda d: d["columns"].pop("food"), "columns.food：应写成"),
        (lambda d: d["columns"].update(weight={}), "columns.weight：不认识这一列"),
        (lambda d: d["columns"]["food"].update(headers=[]), "columns.food.headers：应为不空的文字列表"),
        (lambda d: d["columns"]["food"].update(required="yes"), "columns.food.required：应为 true 或 false"),
        (lambda d: d["columns"]["spec"]["headers"].append("商标"), "已写在"),
        (lambda d: d["tasks"].pop("快检"), "tasks：应恰好有"),
        (lambda d: d["tasks"]["快检"].append("风险监测"), "写在两种任务类型里"),
        (lambda d: d["limits"].pop("sentences"), "limits：应恰好有"),
        (lambda d: d.update(empty=[1]), "empty：应为不空的文字列表"),
    ],
)
def test_a_wrong_vocabulary_says_where_and_why(change: Any, says: str) -> None:
    data = copy.deepcopy(shipped("words.yaml"))
    change(data)
    with pytest.raises(SeedError) as caught:
        build_words(data)
    assert any(says in line for line in caught.value.problems), caught.value.problems


def test_every_problem_is_told_at_once_and_broken_yaml_names_its_line() -> None:
    data = copy.deepcopy(shipped("words.yaml"))
    del data["empty"], data["columns"]["food"]
    with pytest.raises(SeedError) as caught:
        build_words(data)
    assert len(caught.value.problems) >= 2
    with pytest.raises(SeedError, match="第 3 行"):
        read_seed("a: 1\nb: [\n", "words.yaml")
    with pytest.raises(SeedError):
        build_words(["not", "a", "mapping"])


@pytest.mark.parametrize(
    ("item", "microbial"),
    [
        ("菌落总数", True), ("大肠菌群", True), ("沙门氏菌", True), ("霉菌和酵母", True), ("嗜渗酵母计数", True), ("铜绿假单胞菌", True),
        ("多菌灵", False), ("腈菌唑", False), ("吡唑醚菌酯", False), ("氟唑菌酰胺", False), ("黄曲霉毒素B₁", False), ("铅(以Pb计)", False),
    ],
)  # fmt: skip
def test_pesticides_with_a_germ_in_their_name_are_no_microbiology(item: str, microbial: bool) -> None:
    assert load_words().is_microbial(item) is microbial


def test_the_shipped_panels_speak_the_dictionary() -> None:
    panels = load_panels()
    assert (panels.source_code, panels.confidence) == ("B", "M")
    assert len(panels.panels) == 10
    dictionary = load_book().dictionary
    known = {p for panel in panels.panels for p in panel.parameters if dictionary.find(p).parameter is not None}
    assert {"铅", "铬", "苯甲酸", "沙门氏菌"} <= known


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d.update(source=""), "source：请写明出处"),
        (lambda d: d.update(source_code="X"), "source_code：应为"),
        (lambda d: d.update(confidence="高"), "confidence：应为"),
        (lambda d: d["panels"][0].update(parameters="铅"), "parameters 应为文字列表"),
        (lambda d: d["panels"][0].update(match=[]), "match 不能是空的"),
        (lambda d: d["panels"].append({"title": "x"}), "第 11 个品类：应写成"),
    ],
)
def test_wrong_panels_say_where_and_why(change: Any, says: str) -> None:
    data = shipped("panels.yaml")
    change(data)
    with pytest.raises(SeedError) as caught:
        build_panels(data)
    assert any(says in line for line in caught.value.problems), caught.value.problems


def test_panels_need_their_frame() -> None:
    with pytest.raises(SeedError):
        build_panels({"source": "x"})


def test_a_panel_leaves_out_what_is_asked_of_ready_to_eat_only() -> None:
    panel = next(p for p in load_panels().panels if p.name == "速冻调理肉制品")
    assert panel.fits("速冻食品-速冻调制食品", "小酥肉")
    assert not panel.fits("酒类-白酒", "高粱酒")
    assert "沙门氏菌" in dict(panel.tests(True))
    assert "沙门氏菌" in dict(panel.tests(None)), "nobody said it is not ready to eat"
    assert "沙门氏菌" not in dict(panel.tests(False))
