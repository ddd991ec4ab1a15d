"""Trade items: checked, never silently changed, resolvable with and without a GS1 prefix."""

from __future__ import annotations

import json
from typing import Any

import pytest

from service.database import Database
from tests.fixtures.record import GTIN, Org, organisation
from trace.errors import Conflict, InvalidInput, NotFound
from trace.identifiers.canonical import canonical
from trace.identifiers.gs1 import check_digit
from trace.identifiers.private_key import private_key
from trace.items import store
from trace.items.commands import change_item, create_item, fill_recipe, set_recipe
from trace.items.models import NewItem, NewRecipeLine
from trace.journal import store as journal
from trace.parties import store as parties
from trace.parties.commands import NewCredential, add_credential

PRODUCT: dict[str, Any] = {
    "kind": "product", "name": "酱卤鸭", "storage": "frozen", "processing": "heated", "ready_to_eat": False,
}  # fmt: skip


@pytest.fixture
def org(db: Database) -> Org:
    return organisation(db)


def create(org: Org, **more: Any) -> int:
    return org.do(lambda c: create_item(c, NewItem(**PRODUCT | more)))


def item_of(org: Org, item_id: int) -> Any:
    with org.db.read() as conn:
        return store.get_item(conn, item_id)


@pytest.mark.parametrize("length", [8, 12, 13, 14])
def test_a_wrong_check_digit_is_refused_with_the_right_one(org: Org, length: int) -> None:
    body = "9520000000123"[: length - 1]
    right = check_digit(body)
    for wrong in "0123456789":
        if wrong == right:
            continue
        with pytest.raises(InvalidInput) as refused:
            create(org, gtin=body + wrong)
        (error,) = refused.value.errors
        assert (error.pointer, error.code) == ("/gtin", "gtin_check_digit")
        assert f"末位应为 {right}" in error.detail
        assert f"expected {right}" in error.detail_en
    assert item_of(org, create(org, gtin=f" {body}{right} ")).gtin == f"{body}{right}".zfill(14)


def test_one_gtin_is_one_item_however_it_is_written(org: Org, db: Database) -> None:
    create(org, gtin=GTIN)
    other = organisation(db, "demo-other")
    for who in (org, other):
        for text in (GTIN, GTIN[1:]):
            with pytest.raises(Conflict) as refused:
                create(who, gtin=text)
            assert refused.value.code == "duplicate_gtin"


def test_a_private_key_resolves(org: Org) -> None:
    item = item_of(org, create(org))
    assert item.gtin is None
    found = canonical(f"http://testserver/{item.key}/10/L1", "http://testserver")
    assert found.key == private_key(item.id)
    assert found.lot == "L1"


@pytest.mark.parametrize(
    ("stated", "pointer", "code"),
    [
        ({"kind": "thing"}, "/kind", "not_a_choice"),
        ({"name": "  "}, "/name", "required"),
        ({"name": "鸭" * 81}, "/name", "too_long"),
        ({"name": "鸭\x00"}, "/name", "control_character"),
        ({"name": "鸭\u202e腿"}, "/name", "invisible_character"),
        ({"executed_standard": "GB\u200b 2726"}, "/executed_standard", "invisible_character"),
        ({"gtin": "123"}, "/gtin", "gtin_length"),
        ({"gtin": "00000000"}, "/gtin", "gtin_zero"),
        ({"gtin": "０９５２００００００００１１"}, "/gtin", "gtin_length"),
        ({"net_content": "0.5"}, "/net_unit", "required"),
        ({"net_content": "0", "net_unit": "kg"}, "/net_content", "not_positive"),
        ({"net_content": "1", "net_unit": "袋"}, "/net_unit", "not_a_mass"),
        ({"shelf_life_days": "0"}, "/shelf_life_days", "not_days"),
        ({"shelf_life_days": "180.5"}, "/shelf_life_days", "not_days"),
        ({"shelf_life_days": "3651"}, "/shelf_life_days", "not_days"),
        ({"shelf_life_days": "٣"}, "/shelf_life_days", "not_days"),
        ({"shelf_life_days": "9" * 40}, "/shelf_life_days", "not_days"),
        ({"usual_yield": "85%"}, "/usual_yield", "not_a_quantity"),
        ({"usual_yield": "85"}, "/usual_yield", "too_large"),
        ({"storage": ""}, "/storage", "not_a_choice"),
        ({"processing": "fried"}, "/processing", "not_a_choice"),
        ({"ready_to_eat": None}, "/ready_to_eat", "required"),
    ],
)
def test_what_is_refused_names_its_field(org: Org, stated: dict[str, Any], pointer: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        create(org, **stated)
    assert {e.pointer: e.code for e in refused.value.errors}[pointer] == code


def test_nothing_is_filled_in_silently(org: Org) -> None:
    item = item_of(org, create(org))
    assert (item.net_content, item.net_unit, item.shelf_life_days, item.usual_yield) == (None, None, None, None)
    material = item_of(org, org.material("盐"))
    assert (material.storage, material.processing, material.ready_to_eat) == ("", "", None)


def test_a_change_keeps_before_and_after(org: Org) -> None:
    item_id = create(org, net_content="500", net_unit="g", shelf_life_days="180")
    new = NewItem(**PRODUCT | {"name": "酱卤鸭（辣）", "net_content": "450", "net_unit": "g", "shelf_life_days": "180"})
    org.do(lambda c: change_item(c, item_id, new, "改了配方"), account_id=42)
    with org.db.read() as conn:
        registered, changed = journal.acts_of(conn, item_id)
    assert (changed.kind, changed.reason, changed.actor_id) == ("item.changed", "改了配方", 42)
    assert json.loads(changed.body) == {
        "name": {"before": "酱卤鸭", "after": "酱卤鸭（辣）"},
        "net_content": {"before": "500000000", "after": "450000000"},
    }
    assert json.loads(registered.body)["name"] == "酱卤鸭"
    assert item_of(org, item_id).name == "酱卤鸭（辣）"
    org.do(lambda c: change_item(c, item_id, new, "再存一次"))
    with org.db.read() as conn:
        assert len(journal.acts_of(conn, item_id)) == 2, "no change, no entry"


@pytest.mark.parametrize("change", [{"gtin": GTIN}, {"kind": "material"}, {"base_unit": "kg"}])
def test_what_codes_depend_on_never_changes(org: Org, change: dict[str, str]) -> None:
    item_id = create(org)
    with pytest.raises(Conflict) as refused:
        org.do(lambda c: change_item(c, item_id, NewItem(**PRODUCT | change), "想改"))
    assert refused.value.code == "fixed_field"


def test_others_items_do_not_exist(org: Org, db: Database) -> None:
    item_id, other = create(org), organisation(db, "demo-other")
    lines = [NewRecipeLine(other.material("盐"), "1", "g")]
    with pytest.raises(NotFound):
        other.do(lambda c: change_item(c, item_id, NewItem(**PRODUCT), "改"))
    with pytest.raises(NotFound):
        other.do(lambda c: set_recipe(c, item_id, lines))
    with pytest.raises(NotFound):
        other.do(lambda c: fill_recipe(c, item_id, 1, c.today))
    with pytest.raises(InvalidInput) as refused:
        org.do(lambda c: set_recipe(c, item_id, lines))
    assert [(e.pointer, e.code) for e in refused.value.errors] == [("/lines/0/material_id", "unknown_material")]


def test_recipe_versions(org: Org) -> None:
    item_id, salt, duck = create(org), org.material("盐"), org.material("鸭胚")
    assert org.recipe(item_id, [(salt, "5", "g", True)]) == 1
    assert org.recipe(item_id, [(duck, "0.6", "kg", False), (salt, "4", "g", True)]) == 2
    with org.db.read() as conn:
        now = [(r.material_name, r.per_unit, r.unit, r.small) for r in store.recipe_of(conn, item_id)]
        kept = [json.loads(a.body) for a in journal.acts_of(conn, item_id, ("recipe.set",))]
    assert now == [("鸭胚", 600_000, "KGM", False), ("盐", 4_000_000, "GRM", True)]
    assert [k["version"] for k in kept] == ["1", "2"]
    assert kept[0]["lines"][0]["per_unit"] == "5000000"


@pytest.mark.parametrize(
    ("lines", "pointer", "code"),
    [
        ([], "/lines", "required"),
        ([("盐", "5", "L")], "/lines/0/unit", "unit_mismatch"),
        ([("盐", "0", "g")], "/lines/0/per_unit", "not_positive"),
        ([("盐", "5", "g"), ("盐", "5", "g")], "/lines/1/material_id", "duplicate"),
    ],
)
def test_recipes_that_are_refused(org: Org, lines: list[tuple[str, str, str]], pointer: str, code: str) -> None:
    item_id = create(org)
    given = [(org.material(name), amount, unit, False) for name, amount, unit in lines]
    with pytest.raises(InvalidInput) as refused:
        org.recipe(item_id, given)
    assert [(e.pointer, e.code) for e in refused.value.errors] == [(pointer, code)]
    with org.db.read() as conn:
        assert store.recipe_of(conn, item_id) == []


@pytest.mark.parametrize(
    ("new", "pointer", "code"),
    [
        (NewCredential("sc2", "1", "2026-01-01"), "/kind", "not_a_choice"),
        (NewCredential("sc", " ", "2026-01-01"), "/number", "required"),
        (NewCredential("sc", "1", ""), "/valid_from", "required"),
        (NewCredential("sc", "1", "2026-13-01"), "/valid_from", "not_a_date"),
        (NewCredential("sc", "1", "2026-01-02", "2026-01-01"), "/valid_to", "before_start"),
    ],
)
def test_credentials_that_are_refused(org: Org, new: NewCredential, pointer: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        org.do(lambda c: add_credential(c, new))
    assert [(e.pointer, e.code) for e in refused.value.errors] == [(pointer, code)]


def test_a_renewal_stands_beside_the_old_licence(org: Org) -> None:
    org.credential(until="2026-12-31")
    org.credential(until="2031-12-31")
    with org.db.read() as conn:
        assert [c.valid_to for c in parties.credentials_of(conn, org.id)] == ["2031-12-31", "2026-12-31"]
