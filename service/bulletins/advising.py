"""建议检验项目 for a product: learnt once from the imported announcements, asked for every page."""

from __future__ import annotations

import json
import threading
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Row

from service.database import Database
from trace.bulletins import rules, store
from trace.bulletins.models import TASKS
from trace.bulletins.panels import load_panels
from trace.bulletins.prior import FORMULA, NOTE, Advice, Prior, Seen, advise
from trace.rulebooks.books import current_book
from trace.standards import Rulebook

_lock = threading.Lock()
_known: WeakKeyDictionary[Database, tuple[tuple[int, int, str], Prior]] = WeakKeyDictionary()
"""By database, so that tests and several applications in one process never mix."""


def parameter_name(book: Rulebook, written: str) -> str:
    """The dictionary's name of a test item, so that ten spellings are one line; else as written."""
    found = book.dictionary.find(written).parameter
    return found.name if found is not None else written


def learnt(conn: Connection, database: Database) -> Prior:
    """What all announcements show, kept until one is imported or a result changes. 风险监测 is not public and left out."""
    book = current_book(conn)
    stamp = (*store.newest_change(conn), book.version)
    with _lock:
        known = _known.get(database)
    if known is not None and known[0] == stamp:
        return known[1]
    rows = store.seen_failures(conn, [task for task in TASKS if rules.is_public(task)])
    made = Prior(_seen(book, row) for row in rows)
    with _lock:
        _known[database] = (stamp, made)
    return made


def _seen(book: Rulebook, row: Row[Any]) -> Seen:
    names = tuple(parameter_name(book, one["item"]) for one in json.loads(row.failures))
    return Seen(row.category, names, row.issued_on or "")


def advice_for(conn: Connection, database: Database, item: Row[Any]) -> dict[str, Any]:
    """A product's suggested panel as its page shows it."""
    book = current_book(conn)
    panels = load_panels()
    names = {
        one: parameter_name(book, one) for panel in panels.panels for one in (*panel.parameters, *panel.ready_only)
    }
    found: Advice = advise(
        learnt(conn, database), item.food_category, item.name, item.ready_to_eat, panels.panels, names
    )
    return {
        "advice": found,
        "lines": [
            {
                "parameter": line.parameter,
                "percent": f"{float(line.risk.share):.0%}" if line.risk else "",
                "count": line.risk.count if line.risk else 0,
                "wide_count": line.risk.wide_count if line.risk else 0,
                "panel": line.panel,
                "ready_only": line.ready_only,
            }
            for line in found.lines
        ],
        "formula": FORMULA,
        "note": NOTE,
        "panel_source": f"{panels.source}（来源 {panels.source_code}，可信度 {panels.confidence}）",
    }


def advice_json(told: dict[str, Any]) -> dict[str, Any]:
    """The same for a program."""
    found: Advice = told["advice"]
    return {
        "category": found.category,
        "samples": found.samples,
        "wide_category": found.wide_category,
        "wide_samples": found.wide_samples,
        "first_day": found.first_day or None,
        "last_day": found.last_day or None,
        "panels": list(found.panels),
        "panel_source": told["panel_source"],
        "formula": told["formula"],
        "note": told["note"],
        "items": [
            {
                "parameter": line.parameter,
                "share": f"{float(line.risk.share):.4f}" if line.risk else None,
                "count": line.risk.count if line.risk else 0,
                "wide_count": line.risk.wide_count if line.risk else 0,
                "panel": line.panel or None,
                "ready_to_eat_only": line.ready_only,
            }
            for line in found.lines
        ],
    }
