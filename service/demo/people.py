"""Organisations and log-ins of the demo district."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chain.demo import load_demo
from chain.seeds import load_links
from service.accounts import commands, passwords
from service.accounts.models import AccountIn
from service.accounts.permissions import Actor
from service.database import Database
from trace.context import Context, local_datetime
from trace.parties import store as parties
from trace.parties.commands import NewCredential, add_credential

BOOTSTRAP = Actor(account_id=1, org_id=1, org_kind="operator", roles=frozenset({"operator"}), via="cli")
DAY = 86_400_000_000


def context(db: Database, conn: Any, tenant_id: int, at: int, account_id: int = 1) -> Context:
    """A command's surroundings at a moment of the demo's story."""
    return Context(conn, at, db.new_id, account_id, tenant_id, "demo-seed", db.settings.public_url)


def organisations(db: Database, told: Mapping[str, Any]) -> dict[str, int]:
    """Insert the demo's organisations; gives code → id."""
    today = local_datetime(db.now()).date()
    known = {o.key: o for o in load_demo(load_links(), today).organisations}
    district = "良溪县（演示）"
    rows: list[dict[str, Any]] = []
    for one in told["enterprises"]:
        org = known[one["key"]]
        rows.append(
            {
                "code": org.key,
                "name": org.name,
                "kind": one["kind"],
                "uscc": org.org_code,
                "address": f"{district}{org.village}",
                "stages": one["stages"],
                "link_codes": one["links"],
                "level": None,
            }
        )
    for office in told["offices"]:
        rows.append(
            {
                "code": office["key"],
                "name": office["name"],
                "kind": office["kind"],
                "uscc": None,
                "address": district,
                "stages": office.get("stages", ""),
                "link_codes": "",
                "level": office.get("level"),
            }
        )
    ids = {row["code"]: db.new_id() for row in rows}

    def insert(conn: Any) -> None:
        for row in rows:
            more = {"id": ids[row["code"]], "short_name": row["name"], "district": district}
            parties.insert_organisation(conn, row | more | {"is_demo": True, "created_at": db.now() - 400 * DAY})
        for one in told["enterprises"]:
            filed = NewCredential(
                one["credential"]["kind"],
                one["credential"]["number"],
                f"{today.year - 2}-03-01",
                f"{today.year + 3}-02-28",
                one["credential"]["scope"],
            )
            add_credential(context(db, conn, ids[one["key"]], db.now() - 399 * DAY), filed)

    db.write(insert)
    return ids


def accounts(db: Database, told: Mapping[str, Any], ids: Mapping[str, int]) -> dict[str, int]:
    """Open the demo log-ins, all with the one published demo password; gives login → account id."""
    made: dict[str, int] = {}
    for one in told["accounts"]:
        hashed = passwords.hash_password(db.settings, passwords.DEMO_PASSWORD)
        given = AccountIn(
            organisation_id=str(ids[one["org"]]),
            login=one["login"],
            display_name=one["name"],
            password=passwords.DEMO_PASSWORD,
            roles=one["roles"],
            reason="演示账号",
            is_demo=True,
        )

        def write(conn: Any, given: AccountIn = given, hashed: str = hashed) -> int:
            ctx = context(db, conn, 1, db.now())
            return commands.create_account(ctx, db.settings, BOOTSTRAP, given, hashed)

        made[one["login"]] = db.write(write)
    return made
