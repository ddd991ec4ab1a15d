"""Forms of labels, records, documents, times and series into what the commands take, and prefilled ones. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from service.web import trees
from service.web.trees import Tree
from trace.context import SHANGHAI
from trace.papers.asking import Kind, LabelQuestions
from trace.papers.models import NewLabel, NewPaper, NewTimes
from trace.quantity import show

TIME_ROWS = 6
_COLD = {"chilled": "0～4 ℃ 冷藏", "frozen": "-18 ℃ 以下冷冻"}
"""Only a hint beside the field: what a label states of storage is read from it."""


def flat(fields: Iterable[str]) -> list[tuple[str, str]]:
    """Fields as (name, hint): ``甲|乙`` becomes two, of which one is enough; each name once."""
    found: dict[str, str] = {}
    for field in fields:
        names = field.split("|")
        for name in names:
            others = "、".join(one for one in names if one != name)
            found.setdefault(name, f"与{others}填一项即可" if others else "")
    return list(found.items())


def words(text: str) -> list[str]:
    """A list as people write it: one a line, or between 、 ，."""
    plain = text.replace("，", "\n").replace("、", "\n").replace(",", "\n").replace("；", "\n")
    return [one.strip() for one in plain.splitlines() if one.strip()]


def label_values(item: Any, owner: Any, licences: Sequence[Any], last: Mapping[str, Any] | None, today: str) -> Tree:
    """A label's form filled from the product, its maker and the label filed before; dates and lots are never filled."""
    if last is not None:
        label = last["label"]
        return {
            "used_from": today,
            "dates_as": last["dates_as"],
            "audience": label.get("audience", ""),
            "fields": dict(label.get("fields") or {}),
            "shelf_life": label.get("shelf_life", ""),
            "allergens": "、".join(label.get("allergens") or []),
            "claims": "、".join(label.get("claims") or []),
            "no_allergens": "1" if label.get("allergens") == [] else "",
            "nutrition_exempt": label.get("nutrition_exempt", ""),
            "area_cm2": label.get("area_cm2", ""),
            "panel": [{k: one.get(k, "") for k in ("nutrient", "amount", "nrv")} for one in label.get("nutrition") or []],
        }  # fmt: skip
    licence = next((one for one in licences if one.kind == "sc"), None)
    days = f"{item.shelf_life_days} 天" if item.shelf_life_days else ""
    net = show(item.net_content, item.net_unit) if item.net_content else ""
    fields = {
        "食品名称": item.name,
        "配料表": item.ingredients,
        "净含量和规格": item.spec if any(sign.isdigit() for sign in item.spec) else net,
        "净含量": net,
        "规格": item.spec,
        "生产者名称": owner.name if owner is not None else "",
        "地址": owner.address if owner is not None else "",
        "保质期": days,
        "食品生产许可证编号": licence.number if licence is not None else "",
        "产品标准代号": item.executed_standard,
        "致敏物质": item.allergens,
    }
    return {
        "used_from": today,
        "fields": {name: text for name, text in fields.items() if text},
        "shelf_life": days,
        "allergens": item.allergens,
        "hints": {"贮存条件": f"照标签填写，例如 {_COLD[item.storage]}" if item.storage in _COLD else ""},
    }


def read_label(tree: Tree, asked: LabelQuestions, attachment_id: int | None) -> tuple[NewLabel, list[str]]:
    """A submitted label, and the form's name of each row of its panel; what was left empty is not stated, “没有” is."""
    fields = tree.get("fields")
    stated = {k: v for k, v in fields.items() if isinstance(v, str) and v} if isinstance(fields, dict) else {}
    panel = {trees.text(row, "nutrient"): row for row in trees.branches(tree, "panel")}
    rows: list[dict[str, str]] = []
    stems: list[str] = []
    for place, (nutrient, unit) in enumerate(asked.nutrients):
        row = panel.get(nutrient, {})
        amount = trees.text(row, "amount")
        if amount or trees.text(row, "nrv"):
            made = {"nutrient": nutrient, "amount": amount, "unit": unit, "nrv": trees.text(row, "nrv")}
            rows.append({k: v for k, v in made.items() if v})
            stems.append(f"panel.{place}")
    for place, row in enumerate(trees.branches(tree, "more")):
        if trees.text(row, "nutrient") or trees.text(row, "amount"):
            rows.append({k: v for k in ("nutrient", "amount", "unit", "nrv") if (v := trees.text(row, k))})
            stems.append(f"more.{place}")
    label: dict[str, Any] = {
        "edition": trees.text(tree, "edition"),
        "nutrition_edition": trees.text(tree, "nutrition_edition"),
        "audience": asked.audience,
        "fields": stated or None,
        "shelf_life": stated.get("保质期") or trees.text(tree, "shelf_life"),
        "nutrition_exempt": trees.text(tree, "nutrition_exempt"),
        "area_cm2": trees.text(tree, "area_cm2"),
        "nutrition": rows or None,
    }
    for name in ("allergens", "claims"):
        found = words(trees.text(tree, name))
        label[name] = found if found or trees.text(tree, f"no_{name}") else None
    return NewLabel(label, trees.text(tree, "used_from"), trees.text(tree, "dates_as"), attachment_id), stems


def label_errors(errors: Mapping[str, str], stems: Sequence[str]) -> dict[str, str]:
    """What was refused, by the names of the form's fields."""
    found: dict[str, str] = {}
    for name, text in errors.items():
        parts = name.removeprefix("label.").split(".")
        if parts[0] == "nutrition" and len(parts) > 2 and parts[1].isdigit() and int(parts[1]) < len(stems):
            parts = [*stems[int(parts[1])].split("."), parts[2]]
        found[".".join(parts)] = text
    return found


def known_texts(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What the record itself gives to each field of a record: the text, or that several are told apart."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        texts = list(dict.fromkeys(row[name] for row in rows if name in row))
        whole = len(texts) == 1 and all(name in row for row in rows)
        found[name] = texts[0] if whole else f"{texts[0]} 等 {len(texts)} 项，逐项带入"
    return found


def read_paper(tree: Tree, kind: Kind, attachment_id: int | None) -> NewPaper:
    """A submitted record or document of a kind."""
    names = ("made_on", "kept_until") if kind.member == "records" else ("number", "valid_from", "valid_to", "used_on")
    stated: dict[str, Any] = {"kind": kind.name} | {name: trees.text(tree, name) for name in names}
    stated["fields"] = {name: text for name, _ in flat(kind.fields) if (text := trees.text(tree.get("fields"), name))}
    return NewPaper(stated, attachment_id)


def read_times(tree: Tree) -> NewTimes:
    """Submitted times (Beijing time of a browser's date-and-time field) and intervals; empty rows are left out."""
    events: list[dict[str, Any]] = []
    for row in trees.branches(tree, "events"):
        what, at, of = (trees.text(row, name) for name in ("what", "at", "of"))
        if what or at or of:
            events.append({k: v for k, v in (("what", what), ("at", with_offset(at)), ("of", of)) if v})
    intervals: list[dict[str, Any]] = []
    for row in trees.branches(tree, "intervals"):
        what, days, of = (trees.text(row, name) for name in ("what", "days", "of"))
        if what or days or of:
            whole = int(days) if days.isascii() and days.isdigit() and len(days) < 6 else days
            intervals.append({k: v for k, v in (("what", what), ("days", whole), ("of", of)) if v != ""})
    return NewTimes(events, intervals)


def with_offset(text: str) -> str:
    """A local date and time with the offset of Beijing time; anything else as it is, for the reader to refuse."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return found.replace(tzinfo=SHANGHAI).isoformat() if found.tzinfo is None and len(text) > 10 else text
