"""Orders of before the room was: after the upgrade they stand in the table as a rebuild would put them."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command

from service.database import Database
from service.migrating import alembic_config, downgrade, migrate
from tests.fixtures.databases import make_settings
from tests.fixtures.measures import legacy_order
from tests.fixtures.record import line, organisation
from trace.journal.rebuild import rebuild
from trace.measures import store


def test_old_orders_are_projected_by_the_upgrade(tmp_path: Path) -> None:
    settings = make_settings(f"sqlite:///{tmp_path / 'old.db'}")
    migrate(settings)
    db = Database(settings)
    maker, bureau = organisation(db), organisation(db, "demo-bureau", "regulator")
    batch = maker.register(maker.product(), [line(maker.receive().batch_id, "62.5")]).batch_id
    legacy_order(bureau, batch)
    legacy_order(bureau, batch, number="旧 2 号")
    legacy_order(bureau, batch, "lift")
    legacy_order(bureau, batch, "recall")
    legacy_order(bureau, batch, confirm=False)

    def rows() -> list[tuple[object, ...]]:
        with db.read() as conn:
            return [tuple(row) for row in conn.execute(sa.select(store.measure).order_by(store.measure.c.id))]

    before = rows()
    db.close()
    downgrade(settings, "recalls")
    command.upgrade(alembic_config(settings), "head")
    db = Database(settings)
    upgraded = rows()
    assert [row[4] for row in upgraded] == ["lifted", "lifted", "served", "served", "draft"]
    db.write(lambda conn: rebuild(conn, settings.public_url))
    assert upgraded == rows() == before
    db.close()
