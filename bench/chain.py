"""Panorama data and gap list with many enterprises and supply edges in the register: steady, and after a change."""

from __future__ import annotations

import asyncio
import random
import resource
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from bench.data import District
from chain.register import commands, store
from chain.register.models import LINK
from chain.register.rules import Checked
from chain.seeds import load_links
from service.app import create_app
from service.database import Database
from service.middleware import configure_logging
from service.register.current import desk_of
from trace.context import Context, local_datetime

ENTERPRISES, EDGES = 10_000, 100_000
ROUNDS = 20
PIECE = 5_000
SOURCE = "量测"


def chain(district: District, folder: Path, factor: int = 1) -> list[str]:
    """With 10,000 × ``factor`` enterprises and 100,000 × ``factor`` supply edges, on SQLite."""
    own = District(folder, f"chain{factor}.db")
    db = Database(own.settings)
    firms, edges = ENTERPRISES * factor, EDGES * factor
    began = time.process_time()
    one = _load(db, own, firms, edges)
    loaded = time.process_time() - began
    began = time.process_time()
    with db.read() as conn:
        desk_of(db).view(conn, local_datetime(db.now()).date())
    folded = time.process_time() - began
    app = create_app(own.settings, database=db)
    configure_logging(own.settings.model_copy(update={"log_level": "critical"}))
    headers = {"Authorization": f"Bearer {_staff_key(db, own)}"}
    with asyncio.Runner() as runner:
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000", headers=headers, timeout=600
        )

        def ask(path: str) -> float:
            app.state.chains = {}
            began = time.process_time()
            answer = runner.run(client.get(path))
            spent = time.process_time() - began
            assert answer.status_code == 200, answer.text[:200]
            return spent

        def change() -> None:
            db.write(lambda conn: commands_capacity(db, own, conn, one))

        panorama, gaps = "/api/v1/chain/panorama", "/api/v1/chain/gaps"
        page = "/chain/gaps"
        for path in (panorama, gaps, page):
            ask(path)
        lines = [f"chain with {firms:,} enterprises and {edges:,} supply edges (load {loaded:.0f} s, fold {folded:.1f} s CPU, "
                 f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MB), every answer worked out anew:"]  # fmt: skip
        for name, path, goal in (
            ("panorama data", panorama, 50),
            ("gap list", gaps, 100),
            ("gap list as a page", page, 100),
        ):
            steady = sorted(ask(path) for _ in range(ROUNDS))
            moved = sorted(_after(change, lambda p=path: ask(p)) for _ in range(ROUNDS))
            lines.append(
                f"  {name}: {_ms(steady[ROUNDS // 2])} CPU, worst {_ms(steady[-1])}; after a changed capacity "
                f"{_ms(moved[ROUNDS // 2])}, worst {_ms(moved[-1])} (goal ≤ {goal})"
            )
    db.close()
    return lines


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:,.1f} ms"


def _after(change: Callable[[], None], ask: Callable[[], float]) -> float:
    change()
    return ask()


def _staff_key(db: Database, district: District) -> str:
    from service.accounts import commands as accounts
    from service.accounts import store as found

    with db.read() as conn:
        actor = found.actor_of_login(conn, "investment")
    assert actor is not None
    made = db.write(
        lambda conn: accounts.create_key(
            Context(conn, db.now(), db.new_id, actor.account_id, actor.org_id, "bench", district.settings.public_url),
            "bench",
        )
    )
    return str(made["key"])


def _context(db: Database, district: District, conn: Any) -> Context:
    return Context(conn, db.now(), db.new_id, 1, 1, "bench", district.settings.public_url)


def commands_capacity(db: Database, district: District, conn: Any, subject: tuple[str, str]) -> None:
    """One more capacity of one enterprise, as the form records it."""
    day = local_datetime(db.now()).date()
    body = _capacity(subject[1], random.randrange(100, 999))  # noqa: S311 - load, no secret
    said = Checked("enterprise", subject[0], "operates", body, day, SOURCE, "declared", subject[1], None)
    store.append(conn, [commands.statement_row(_context(db, district, conn), said)])


def _capacity(link: str, amount: int) -> dict[str, Any]:
    return {"link": link, "low": str(amount), "high": str(amount), "unit": "吨", "period": "年", "ended": None}


def _load(db: Database, district: District, firms: int, edges: int) -> tuple[str, str]:
    """Enterprises each at one link, nine in ten with a controller of their own; edges between neighbouring links."""
    chance = random.Random(7)  # noqa: S311 - load, no secret
    links = [link.id for link in load_links()]
    day = date(2026, 10, 1)
    keys = [str(db.new_id()) for _ in range(firms)]
    at = [chance.choice(links) for _ in range(firms)]

    def told() -> Any:
        for link in links:
            need = {"low": "50000", "high": "50000", "unit": "吨"}
            yield Checked(LINK, link, "need", need, day, SOURCE, "declared", link, None)
        for n, key in enumerate(keys):
            body = {"name": f"量测企业{n:06d}", "code": None, "controller": f"控制方{n // 2}" if n % 10 == 0 else None,
                    "inside": n % 5 != 0, "place": "", "fields": {}}  # fmt: skip
            yield Checked("enterprise", key, "subject", body, day, SOURCE, "declared", None, None)
            yield Checked("enterprise", key, "operates", _capacity(at[n], chance.randrange(100, 999)), day, SOURCE,
                          "declared", at[n], None)  # fmt: skip
        for _ in range(edges):
            giver, taker = chance.randrange(firms), chance.randrange(firms)
            body = {"to": keys[taker], "link": at[giver], "what": "", "low": "10", "high": "10", "unit": "吨"}
            yield Checked("enterprise", keys[giver], "supplies", body, day, SOURCE, "declared", at[giver], None)

    waiting: list[Checked] = []

    def flush() -> None:
        def write(conn: Any) -> None:
            ctx = _context(db, district, conn)
            store.append(conn, [commands.statement_row(ctx, one) for one in waiting])

        db.write(write)
        waiting.clear()

    for one in told():
        waiting.append(one)
        if len(waiting) == PIECE:
            flush()
    flush()
    return keys[0], at[0]


if __name__ == "__main__":
    import sys
    import tempfile

    from service.settings import Settings

    configure_logging(Settings(log_level="critical"))

    with tempfile.TemporaryDirectory() as name:
        for line in chain(District(Path(name)), Path(name), int(sys.argv[1]) if len(sys.argv) > 1 else 1):
            sys.stdout.write(line + "\n")
