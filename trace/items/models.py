"""Trade items and recipes as a person or an API client states them; the allowed words in one place."""

from __future__ import annotations

from dataclasses import dataclass

STORAGE = {"ambient": "常温", "chilled": "冷藏", "frozen": "冷冻"}
PROCESSING = {
    "raw": "未加工农产品",
    "fresh_cut": "净菜（清洗切分，未烹制）",
    "raw_prepared": "生制调理（未熟制）",
    "heated": "熟制",
    "part_cooked": "部分熟制",
    "fermented": "发酵",
    "cured": "腌制",
    "dried": "干制",
    "sterilised": "商业无菌（罐头工艺）",
    "other": "其他",
}
KINDS = {"product": "产品", "material": "原料"}


@dataclass(frozen=True, slots=True)
class NewItem:
    """A trade item before it is checked. Empty text means not stated; nothing is filled in silently."""

    kind: str
    name: str
    gtin: str = ""
    spec: str = ""
    net_content: str = ""
    net_unit: str = ""
    base_unit: str = ""
    shelf_life_days: str = ""
    storage: str = ""
    processing: str = ""
    ready_to_eat: bool | None = None
    prepackaged: bool = True
    sc_category: str = ""
    food_category: str = ""
    executed_standard: str = ""
    heating: str = ""
    ingredients: str = ""
    allergens: str = ""
    link_code: str = ""
    usual_yield: str = ""


@dataclass(frozen=True, slots=True)
class NewRecipeLine:
    """How much of a material one unit of the product takes."""

    material_id: int
    per_unit: str
    unit: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposed input of a batch: a lot on hand and how much of it, or no lot where none is on hand."""

    material_id: int
    material: str
    lot_id: int | None
    lot: str
    best_before: str | None
    quantity: int
    unit: str
    basis: str
    small: bool
