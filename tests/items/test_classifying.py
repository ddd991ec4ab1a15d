"""A named person overrules the classifier; the verdict follows and says so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from service.database import Database
from tests.fixtures.record import Org, line, organisation
from trace.errors import InvalidInput, NotFound
from trace.items.classifying import classify
from trace.verdicts import store

BASIS = "配料与工艺文件核对"


def latest(org: Org, batch_id: int) -> tuple[dict[str, Any], list[dict[str, Any]], str]:
    with org.db.read() as conn:
        row = store.latest_verdict(conn, batch_id)
    return json.loads(row.product), json.loads(row.findings), row.cause


def premade(product: dict[str, Any]) -> dict[str, Any]:
    return next(one for one in product["classification"] if one["label"] == "预制菜")


def test_a_classification_is_used_told_and_taken_back(db: Database) -> None:
    org = organisation(db)
    item = org.product("山城小炒", ingredients="鸭胚、酱油、食用盐", food_category="")
    batch_id = org.register(item, [line(org.receive().batch_id, "5")]).batch_id
    product, findings, _ = latest(org, batch_id)
    assert product["category"] == ""
    assert any("人工归类" in f["reason"] for f in findings)
    org.do(lambda c: classify(c, item, "肉制品-酱卤肉制品", "yes", BASIS))
    product, findings, cause = latest(org, batch_id)
    assert cause == "classified"
    assert product["category"].endswith("酱卤肉制品类")
    assert not any("人工归类" in f["reason"] for f in findings if f["status"] == "needs_review")
    assert (premade(product)["answer"], premade(product)["by_rules"]) != ("", "")
    assert premade(product)["answer"] == "是"
    assert BASIS in premade(product)["reason"]
    assert product["overruled"]["account_id"] == str(org.account_id)
    org.do(lambda c: classify(c, item, "", "no", BASIS))
    assert premade(latest(org, batch_id)[0])["answer"] == "否"
    org.do(lambda c: classify(c, item, "", "", "按自动归类"))
    product, _, _ = latest(org, batch_id)
    assert "overruled" not in product
    assert product["category"] == ""


def test_what_is_left_open_by_the_scope_rules_is_settled(db: Database) -> None:
    """Soy sauce may bring preservatives: for the notice a person must say; once said, it needs no ruling."""
    org = organisation(db)
    item = org.product("酱卤鸭（半成品）", ingredients="鸭胚、酱油", food_category="肉制品-酱卤肉制品")
    batch_id = org.register(item, [line(org.receive().batch_id, "5")]).batch_id
    grey = [f for f in latest(org, batch_id)[1] if f["status"] == "needs_review"]
    assert grey
    org.do(lambda c: classify(c, item, "", "yes", BASIS))
    after = latest(org, batch_id)[1]
    assert [f for f in after if f["status"] == "needs_review"] == []
    assert any("已由食品安全员归类（预制菜：是）" in f["reason"] for f in after)


def test_refusals_name_the_field(db: Database) -> None:
    org, other = organisation(db), organisation(db, "demo-other")
    item, raw = org.product(), org.material("鸭胚")
    for given, at in (
        ((item, "月球食品", "", BASIS), "/category"),
        ((item, "", "maybe", BASIS), "/premade"),
        ((item, "熟肉制品", "", ""), "/basis"),
        ((item, "熟肉制品", "", "好"), "/basis"),
        ((raw, "熟肉制品", "", BASIS), "/category"),
    ):
        with pytest.raises(InvalidInput) as wrong:
            org.do(lambda c, g=given: classify(c, *g))  # type: ignore[misc]
        assert [e.pointer for e in wrong.value.errors] == [at], given
    with pytest.raises(NotFound):
        other.do(lambda c: classify(c, item, "熟肉制品", "", BASIS))
