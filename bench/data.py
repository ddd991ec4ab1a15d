"""A fresh database with the demo's maker and enough batches to measure with."""

from __future__ import annotations

import json
from pathlib import Path

from service.accounts import commands, store
from service.database import Database
from service.demo import seed
from service.migrating import migrate
from service.settings import Settings
from trace.batches import store as batches
from trace.context import Context
from trace.items import store as items
from trace.parties import store as parties


class District:
    """The seeded demo district in ``folder``: settings, an API key of the maker, product and input lot ids."""

    def __init__(self, folder: Path, name: str = "bench.db") -> None:
        self.url = f"sqlite:///{folder / name}"
        self.settings = Settings(database_url=self.url, public_url="http://127.0.0.1:8000")
        migrate(self.settings)
        db = Database(self.settings)
        seed(db)
        with db.read() as conn:
            actor = store.actor_of_login(conn, "enterprise")
            maker = parties.organisation_by_code(conn, "demo-maker")
            assert actor is not None
            assert maker is not None
            self.item = next(i.id for i in items.items_of(conn, maker.id, "product") if "整只" in i.name)
            self.inputs = [
                str(r.id)
                for r in batches.list_batches(conn, tenant_id=maker.id, before=None, limit=30, kind="raw")
                if not r.halt
            ][:30]
            shown = batches.list_batches(conn, tenant_id=maker.id, before=None, limit=100, kind="product")
            self.scans = [r.uri.removeprefix("https://id.gs1.org") for r in shown if r.uri.startswith("https:")]
        made = db.write(
            lambda conn: commands.create_key(
                Context(conn, db.now(), db.new_id, actor.account_id, actor.org_id, "bench", self.settings.public_url),
                "bench",
            )
        )
        self.key = made["key"]
        self.produced_on = None
        db.close()

    def batch(self, lot: str, day: str) -> dict[str, object]:
        """One registration: 5 inputs, a release report with 2 parameters of 5 samples."""
        values = ["320", "450", "280", "510", "390"]
        return {
            "item_id": str(self.item),
            "quantity": "10",
            "produced_on": day,
            "lot": lot,
            "inputs": [{"lot_id": i, "quantity": "0.01", "unit": "kg"} for i in self.inputs[:5]],
            "reports": [
                {
                    "kind": "release",
                    "number": f"B-{lot}",
                    "issued_on": day,
                    "measurements": [
                        {"parameter": "菌落总数", "values": values, "unit": "CFU/g"},
                        {"parameter": "大肠菌群", "values": ["<10"] * 5, "unit": "CFU/g"},
                    ],
                }
            ],
        }

    def post(self, body: object) -> bytes:
        return json.dumps(body, ensure_ascii=False).encode()
