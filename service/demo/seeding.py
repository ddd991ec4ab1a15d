"""Load the demo district into an empty database, and say which code to show first."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, TypedDict

import yaml
from sqlalchemy import Connection

from chain.ledger.loading import load_crops, load_ladder, load_rows
from chain.needs.loading import load_families, load_plan_names
from chain.seeds import load_links, load_plan
from service.database import Database
from service.demo.announcing import announce
from service.demo.consenting import tell_consent
from service.demo.ledger import tell_ledger
from service.demo.people import accounts, organisations
from service.demo.projects import tell_projects
from service.demo.register import load_plan_names as record_plan_targets
from service.demo.register import load_register
from service.demo.story import tell
from trace.batches import store as batches
from trace.bulletins.panels import load_panels
from trace.bulletins.words import load_words
from trace.parties import store as parties
from trace.standards import load_book


class Office(TypedDict):
    """Under whom the investment office's part is recorded."""

    organisation: int
    account: int


def told(name: str) -> dict[str, Any]:
    """One of the demo's own seed files."""
    text = files("seeds").joinpath("demo", f"{name}.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def seed(db: Database, *, reference_only: bool = False) -> None:
    """Check the reference seeds (links, plan, standards), then load the demo district unless told otherwise.

    Links, plan and standards are files that the program reads; checking them here makes a wrong file
    fail at once, in Chinese, and not on a page. Dates of the demo count back from now.
    """
    load_families(load_links())
    load_plan_names()
    load_plan()
    load_rows()
    load_ladder()
    load_crops()
    load_book()
    load_words()
    load_panels()
    record_plan_targets(db)
    if reference_only:
        return
    facts = told("record")
    ids = organisations(db, facts)
    people = accounts(db, facts, ids)
    office: Office = {"organisation": ids["demo-invest"], "account": people["investment"]}
    keys = load_register(db, **office)
    tell(db, facts, ids, people)
    announce(db, ids, people)
    tell_projects(db, keys, **office)
    tell_consent(db, **office)
    tell_ledger(db, told("ledger"), keys, **office)


def first_code(conn: Connection) -> str | None:
    """URI of the batch that the demo shows first: the maker's newest one that is released or shipped."""
    maker = parties.organisation_by_code(conn, "demo-maker")
    if maker is None:
        return None
    rows = batches.list_batches(conn, tenant_id=maker.id, before=None, limit=100, kind="product")
    good = [r for r in rows if r.state in ("released", "shipped") and not r.halt and r.uri.startswith("https:")]
    return str(good[0].uri) if good else None
