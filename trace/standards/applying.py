"""Whether a clause covers a product: yes, no, or only perhaps and what would have to be known."""

from __future__ import annotations

from trace.standards.clauses import Clause
from trace.standards.placing import Placement

YES, MAYBE, NO = 2, 1, 0
_PROCESS_WORDS = {
    "生制": ("生制", "生食", "腌渍", "醉", "刺身"),
    "净菜": ("净菜", "鲜切", "预切", "去皮", "切配"),
    "镀锡薄钢板容器": ("镀锡", "马口铁"),
    "添加酸水解植物蛋白": ("酸水解植物蛋白", "水解植物蛋白液"),
    "乳基产品": ("乳基",),
    "乳基且不含豆类": ("乳基且不含豆类",),
    "未添加豆类": ("未添加豆类", "不含豆类"),
    "未添加蔬菜和水果": ("未添加蔬菜和水果", "不含蔬菜和水果"),
}
"""A clause's condition → the words by which a product's name, category, process or recipe says that it holds."""


def relation(clause: Clause, placement: Placement, stage: str | None, more: str = "") -> tuple[int, str]:
    """Whether a clause covers the product: YES, NO, or MAYBE with what would have to be known.

    A MAYBE with an empty reason is only a matter of the narrower food class. ``more`` is further text in
    which a condition of the clause may be written (the recipe).
    """
    if stage and clause.stages and stage not in clause.stages:
        return NO, ""
    if clause.prepackaged is not None and placement.prepackaged == (not clause.prepackaged):
        return NO, ""
    if placement.types & set(clause.not_types):
        return NO, ""
    missing = ""
    if clause.types:
        allowed = set(clause.types)
        if not placement.types <= allowed or not placement.types:
            if not placement.types & allowed and not placement.maybe_types:
                return NO, ""
            missing = "是否速冻食品"
    if clause.foods is not None and not placement.mask & clause.foods:
        return NO, ""
    if clause.ready_to_eat is not None:
        if placement.ready_to_eat is None:
            missing = missing or "是否即食"
        elif placement.ready_to_eat != clause.ready_to_eat:
            return NO, ""
    for process in clause.processing:
        if not any(word in placement.text or word in more for word in _PROCESS_WORDS.get(process, (process,))):
            missing = missing or f"是否{process}"
    if missing:
        return MAYBE, missing
    if clause.foods is not None and placement.mask & ~clause.foods:
        return MAYBE, ""
    return YES, ""
