"""Item forms into what the record's commands take, and rows back into forms. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.web import trees
from service.web.trees import Tree
from service.web.units import SHORT, digits
from trace.evidence.models import NewReport
from trace.items.models import KINDS, PROCESSING, STORAGE, NewItem, NewRecipeLine
from trace.parties.commands import CREDENTIAL_KINDS
from trace.quantity import show

TEXTS = (
    "kind", "name", "gtin", "spec", "net_content", "net_unit", "base_unit", "shelf_life_days", "storage",
    "processing", "sc_category", "food_category", "executed_standard", "heating", "ingredients", "allergens",
    "link_code", "usual_yield",
)  # fmt: skip
LABELS = {
    "kind": "类别",
    "name": "名称",
    "gtin": "商品条码",
    "key": "编码",
    "spec": "规格",
    "net_content": "净含量",
    "net_unit": "净含量单位",
    "base_unit": "计量单位",
    "shelf_life_days": "保质期（天）",
    "storage": "贮存方式",
    "processing": "加工方式",
    "ready_to_eat": "即食",
    "prepackaged": "预包装",
    "sc_category": "许可类别",
    "food_category": "食品类别",
    "executed_standard": "执行标准",
    "heating": "食用方法",
    "ingredients": "配料表",
    "allergens": "致敏物质",
    "link_code": "产业链环节",
    "usual_yield": "常规出品率",
}
ACTS = {
    "item.registered": "登记",
    "item.changed": "更改",
    "recipe.set": "配方",
    "recipe.viewed": "查看配方",
    "report": "型式检验",
    "item.classified": "人工归类",
    "item.label": "标签",
    "item.label_withdrawn": "撤回标签",
}
SOON_DAYS = 60
"""How long before its end a credential is pointed out: a first choice of ours (团队拟定)."""
SC_CATEGORIES = (
    "肉制品", "速冻食品", "方便食品", "蔬菜制品", "豆制品", "水产制品", "调味品", "罐头", "蛋制品", "粮食加工品",
    "水果制品", "淀粉及淀粉制品", "炒货食品及坚果制品", "其他食品",
)  # fmt: skip


def read_item(tree: Tree) -> NewItem:
    """A submitted item form."""
    ready = trees.text(tree, "ready_to_eat")
    stated: dict[str, Any] = {name: trees.text(tree, name) for name in TEXTS}
    return NewItem(
        **stated,
        ready_to_eat={"yes": True, "no": False}.get(ready),
        prepackaged=trees.text(tree, "prepackaged") != "no",
    )


def item_values(item: Any) -> Tree:
    """A trade item's row as form values."""
    values: Tree = {name: "" if getattr(item, name) is None else str(getattr(item, name)) for name in TEXTS}
    values["net_content"] = digits(item.net_content)
    values["usual_yield"] = digits(item.usual_yield)
    values["ready_to_eat"] = {True: "yes", False: "no"}.get(item.ready_to_eat, "")
    values["prepackaged"] = "yes" if item.prepackaged else "no"
    return values


def read_recipe(tree: Tree) -> tuple[list[Tree], list[NewRecipeLine]]:
    """The recipe lines that say anything, as form values and for the command, in the same order."""
    rows = [r for r in trees.branches(tree, "lines") if trees.text(r, "material_id") or trees.text(r, "per_unit")]
    lines = [
        NewRecipeLine(
            material_id=trees.number(trees.text(r, "material_id")) or 0,
            per_unit=trees.text(r, "per_unit"),
            unit=trees.text(r, "unit") or "KGM",
            small=bool(trees.text(r, "small")),
        )
        for r in rows
    ]
    return rows, lines


def recipe_values(rows: Sequence[Any]) -> list[Tree]:
    """Recipe rows as form values."""
    return [
        {
            "material_id": str(row.material_id),
            "per_unit": digits(row.per_unit),
            "unit": row.unit,
            "small": "1" if row.small else "",
        }
        for row in rows
    ]


def read_type_report(tree: Tree, attachment_id: int | None) -> NewReport:
    """A submitted type-test report."""
    names = ("number", "laboratory", "cma", "issued_on", "sampled_on", "valid_to", "conclusion")
    stated: dict[str, Any] = {n: trees.text(tree, n) for n in names}
    return NewReport(kind="type", attachment_id=attachment_id, **stated)


@dataclass(frozen=True, slots=True)
class CredentialView:
    """A credential with how it stands today: ``tone`` is good, warn, bad or quiet."""

    kind: str
    number: str
    scope: str
    validity: str
    tone: str
    standing: str


def credential_view(row: Any, today: date) -> CredentialView:
    """How a credential stands on a day."""
    start = date.fromisoformat(row.valid_from)
    end = date.fromisoformat(row.valid_to) if row.valid_to else None
    if start > today:
        tone, standing = "quiet", "尚未生效"
    elif end is None:
        tone, standing = "good", "长期有效"
    elif end < today:
        tone, standing = "bad", f"已过期 {(today - end).days} 天"
    elif (end - today).days <= SOON_DAYS:
        tone, standing = "warn", f"还有 {(end - today).days} 天到期"
    else:
        tone, standing = "good", "有效"
    return CredentialView(
        CREDENTIAL_KINDS.get(row.kind, row.kind),
        row.number,
        row.scope,
        f"{row.valid_from} 至 {row.valid_to or '长期'}",
        tone,
        standing,
    )


def shown(field: str, value: Any) -> str:
    """One fact of an item as its history says it."""
    if value is None or value == "":
        return "（空）"
    if field in ("net_content", "usual_yield"):
        return show(int(value))
    if isinstance(value, bool):
        return "是" if value else "否"
    for labels in (KINDS, STORAGE, PROCESSING, SHORT):
        if str(value) in labels:
            return labels[str(value)]
    return str(value)


def history_lines(kind: str, body: str, materials: Mapping[int, str]) -> list[str]:
    """What an act on an item says, in sentences."""
    facts = json.loads(body)
    if kind == "item.changed":
        return [
            f"{LABELS.get(k, k)}：{shown(k, v.get('before'))} → {shown(k, v.get('after'))}" for k, v in facts.items()
        ]
    if kind == "recipe.set":
        lines = facts.get("lines") or []
        named = "、".join(materials.get(int(line["material_id"]), "已删除的原料") for line in lines[:6])
        return [f"第 {facts.get('version')} 版，{len(lines)} 种原料：{named}" + ("…" if len(lines) > 6 else "")]
    if kind == "report":
        return [f"报告 {facts.get('number')}，{facts.get('laboratory') or '机构未填'}，{facts.get('issued_on') or ''}"]
    if kind == "item.classified":
        said = [
            facts.get("category") or "",
            {"yes": "是预制菜", "no": "不是预制菜"}.get(facts.get("premade") or "", ""),
        ]
        return ["；".join(one for one in said if one) or "撤回先前的归类"]
    if kind == "item.label":
        label = facts["label"]
        declared = [
            f"GB 7718-{label['edition']}" if label.get("edition") else "",
            f"GB 28050-{label['nutrition_edition']}" if label.get("nutrition_edition") else "",
        ]
        stated = "、".join(one for one in declared if one) or "没有声明版本"
        return [f"{facts['used_from']} 启用，{stated}"]
    if kind == "item.registered":
        return [f"{LABELS[k]}：{shown(k, facts[k])}" for k in ("name", "gtin") if facts.get(k)]
    return []
