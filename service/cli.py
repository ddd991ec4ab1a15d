"""``liangpin``: run, migrate, seed, rebuild and back up the platform."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import inspect, make_url

from service.accounts import commands, passwords, store
from service.accounts.pages import DEMO_WHO
from service.accounts.permissions import ANONYMOUS, decide
from service.database import Database
from service.migrating import migrate as run_migrations
from service.settings import Settings
from trace.context import Context
from trace.errors import Refusal
from trace.rulebooks import store as rulebook_store

app = typer.Typer(
    name="liangpin",
    help="良品：预制菜产业链与从产地到餐桌追溯平台。Settings come from LIANGPIN_* variables.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def say(text: str = "") -> None:
    """A line for a person; results that a program reads go to stdout alone."""
    typer.echo(text, err=True)


def stop(text: str) -> typer.Exit:
    """Say why and end with a failure."""
    say(text)
    return typer.Exit(1)


def _context(db: Database, conn: Any, actor_id: int = 0, tenant_id: int = 0) -> Context:
    return Context(
        conn=conn,
        now=db.now(),
        new_id=db.new_id,
        actor_id=actor_id,
        tenant_id=tenant_id,
        request_id="cli",
        public_url=db.settings.public_url,
    )


def _is_empty(db: Database) -> bool:
    with db.read() as conn:
        return not store.list_organisations(conn, 0, 1)


def _require_schema(settings: Settings) -> None:
    """Say what to do rather than show a traceback when the tables are not there."""
    with closing_database(settings) as db, db.read() as conn:
        if not inspect(conn).has_table("alembic_version"):
            raise stop("数据库还没有建表，请先运行 liangpin migrate。 The database is empty: run `liangpin migrate`.")


def closing_database(settings: Settings) -> closing[Database]:
    """A database that is closed at the end of the block."""
    return closing(Database(settings))


def demo_password_holders(settings: Settings) -> list[str]:
    """Log-ins that the published demo password opens; checked before a real start."""
    with closing_database(settings) as db, db.read() as conn:
        return [
            login
            for login, hashed in store.password_hashes(conn)
            if passwords.verify(settings, passwords.DEMO_PASSWORD, hashed)
        ]


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (LIANGPIN_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (LIANGPIN_PORT).")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes; more than 1 needs PostgreSQL.")] = 1,
    prepare: Annotated[
        bool, typer.Option("--prepare", help="First migrate and, when there is no data yet, seed.")
    ] = False,
) -> None:
    """Serve the platform."""
    import uvicorn

    settings = Settings()
    if workers > 1 and settings.is_sqlite:
        raise stop(
            "SQLite 只能有一个写进程：--workers 大于 1 会让各进程争抢写锁、延长每次登记。"
            "请改用 PostgreSQL（LIANGPIN_DATABASE_URL=postgresql+psycopg://…），或保持 --workers 1。\n"
            "SQLite has one writing process; set LIANGPIN_DATABASE_URL to PostgreSQL for more workers."
        )
    if prepare:
        run_migrations(settings)
        with closing_database(settings) as db:
            if _is_empty(db):
                import_module("service.demo").seed(db, reference_only=not settings.demo)
    _require_schema(settings)
    if not settings.demo:
        holders = demo_password_holders(settings)
        if holders:
            raise stop(
                f"拒绝启动：以下账号仍可用演示密码登录：{'、'.join(holders)}。请修改密码或停用后再启动。\n"
                "Refused to start: these log-ins still have the published demo password."
            )
    chosen_host, chosen_port = host or settings.host, port or settings.port
    address = settings.public_url
    if "LIANGPIN_PUBLIC_URL" not in os.environ and (chosen_host, chosen_port) != ("127.0.0.1", 8000):
        shown = "127.0.0.1" if chosen_host in ("0.0.0.0", "::") else chosen_host  # noqa: S104 - compared, not bound
        address = f"http://{shown}:{chosen_port}"
        os.environ["LIANGPIN_PUBLIC_URL"] = address
    greeting(Settings())
    sys.stderr.flush()
    uvicorn.run(
        "service.asgi:make",
        factory=True,
        host=chosen_host,
        port=chosen_port,
        workers=workers if workers > 1 else None,
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=64 * 1024,
    )


def greeting(settings: Settings) -> None:
    """Address, demo log-ins by role, and one demo code as a link and as a QR."""
    say(f"\n  良品 Liangpin   {settings.public_url}\n")
    if not settings.demo:
        return
    with closing_database(settings) as db, db.read() as conn:
        found = {row["login"]: row["organisation"] for row in store.demo_accounts(conn)}
        code = _demo_code(conn)
    if found:
        say(f"  演示账号（密码均为 {passwords.DEMO_PASSWORD}） demo log-ins, one password:")
        for login, who, _can in DEMO_WHO:
            if login in found:
                say(f"    {login:<12} {who} · {found[login]}")
    else:
        say("  还没有演示数据，请运行 liangpin seed。 No demo data yet: run `liangpin seed`.")
    if code is not None:
        link = code if code.startswith(settings.public_url) else settings.public_url + _path(code)
        say(f"\n  演示追溯码 one demo code: {link}\n")
        say(import_module("trace.codes.qr").terminal(link, ansi=sys.stderr.isatty()))


def _path(uri: str) -> str:
    return "/" + uri.split("://", 1)[1].split("/", 1)[1]


def _demo_code(conn: Any) -> str | None:
    """The URI of the batch that the demonstration shows first, if the demonstration is loaded."""
    code: str | None = import_module("service.demo").first_code(conn)
    return code


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema."""
    run_migrations(Settings())
    say("数据库已是最新结构。 The schema is up to date.")


@app.command()
def seed(
    reference_only: Annotated[
        bool, typer.Option("--reference-only", help="Plan, links and standards only: for a real deployment.")
    ] = False,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Do nothing when there is data already.")] = False,
) -> None:
    """Load plan, links, standards and, unless told otherwise, the demo district."""
    settings = Settings()
    _require_schema(settings)
    with closing_database(settings) as db:
        if if_empty and not _is_empty(db):
            return
        if not reference_only and not settings.demo:
            raise stop("LIANGPIN_DEMO=0 时只能载入参考数据：请加 --reference-only。 Add --reference-only.")
        import_module("service.demo").seed(db, reference_only=reference_only)
    say("数据已载入。 Seeded.")


@app.command("demo-reset")
def demo_reset(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Throw the demonstration's data away and load it afresh."""
    from service.migrating import downgrade

    settings = Settings()
    if not settings.demo:
        raise stop("LIANGPIN_DEMO=0：拒绝清空非演示数据库。 Refused: this is not a demonstration.")
    with closing_database(settings) as db:
        with db.read() as conn:
            known = inspect(conn).has_table("organisation")
        if known:
            with db.read() as conn:
                real = [row["name"] for row in store.list_organisations(conn, 0, 10_000) if not row["is_demo"]]
            if real:
                raise stop(f"拒绝清空：库中有非演示单位（{real[0]} 等 {len(real)} 个）。 Refused: real data inside.")
    if not yes and not typer.confirm("清空全部演示数据并重新载入？ Throw away all demo data?"):
        raise typer.Exit(1)
    downgrade(settings, "base")
    run_migrations(settings)
    with closing_database(settings) as db:
        import_module("service.demo").seed(db, reference_only=False)
    say("演示数据已重置。 The demonstration is fresh again.")


@app.command()
def rebuild() -> None:
    """Drop every projection and build it again from the journal."""
    settings = Settings()
    _require_schema(settings)
    started = time.perf_counter()
    with closing_database(settings) as db:
        run = import_module("trace.journal.rebuild").rebuild
        read: dict[str, int] = db.write(lambda conn: run(conn, settings.public_url))
    say(f"投影已重建，用时 {time.perf_counter() - started:.1f} 秒。 Projections rebuilt.")
    typer.echo(json.dumps(read))


@app.command("check-record")
def check_record() -> None:
    """Check the whole record now, keep the report as the server does every night, and print it as JSON."""
    from service.tracing.checks import report_json
    from service.tracing.nightly import keep, tonight

    settings = Settings()
    _require_schema(settings)
    with closing_database(settings) as db:
        found, kept = keep(db, tonight(db), "command")
    changed = {state: sum(one.state == state for one in kept) for state in ("new", "settled")}
    say(f"核对完毕，{len(found.findings)} 处对不上。 {len(found.findings)} findings.")
    typer.echo(json.dumps(report_json(found) | changed, ensure_ascii=False, indent=1))


@app.command("judge-bulletins")
def judge_bulletins() -> None:
    """Compare every imported announcement again under the present rulebook; changed judgements are added."""
    settings = Settings()
    _require_schema(settings)
    with closing_database(settings) as db:
        told: dict[str, int] = import_module("service.bulletins.judging").judge_all(db)
    say(f"已按现行规则库重新比对 {told['samples']} 个样品，{told['changed']} 个结论有变化。")
    typer.echo(json.dumps(told))


@app.command("rulebook-publish")
def rulebook_publish(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and why; keep nothing.")] = False,
    login: Annotated[str, typer.Option(help="The operator who publishes.")] = "",
    reason: Annotated[str, typer.Option(help="What changed and why.")] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Only go on judging the batches that still wait.")] = False,
) -> None:
    """Try the shipped rulebook with the sign-offs that stand on all live batches, and publish it."""
    from service.rulebooks import draining, reading
    from trace.rulebooks.books import candidate
    from trace.rulebooks.commands import preview, publish

    settings = Settings()
    _require_schema(settings)
    with closing_database(settings) as db:
        if not resume:
            try:
                with db.read() as conn:
                    found = candidate(conn)
                    told = reading.previewed(conn, found, preview(conn, found))
                    actor = store.actor_of_login(conn, login) if login else None
            except Refusal as refusal:
                raise stop(refusal.detail) from None
            if dry_run:
                typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
                return
            if actor is None or not decide(actor, "rulebook.publish").allowed:
                raise stop("请用 --login 指明平台运营账号。 --login must name an operator.")
            say(told["summary"])
            try:
                db.write(
                    lambda conn: publish(
                        _context(db, conn, actor.account_id, actor.org_id), found, reason, found.book.digest
                    )
                )
            except Refusal as refusal:
                raise stop("；".join(e.detail for e in refusal.errors) or refusal.detail) from None
        total = 0
        while done := draining.piece(db):
            total += done
            say(f"已重新比对 {total} 批")
        with db.read() as conn:
            newest = rulebook_store.newest(conn)
        say(f"规则库 v{newest.number} 现行。" if newest is not None else "没有发布过规则库。")


@app.command("api-key")
def api_key(
    login: Annotated[str, typer.Argument(help="Log-in whose rights the key gets.")],
    label: Annotated[str, typer.Option(help="What it is for.")] = "命令行新建",
) -> None:
    """Make an API key and print it, alone, on standard output."""
    settings = Settings()
    _require_schema(settings)
    with closing_database(settings) as db:
        with db.read() as conn:
            actor = store.actor_of_login(conn, login)
        if actor is None or actor == ANONYMOUS:
            raise stop(f"没有账号「{login}」。 No such log-in.")
        row = db.write(
            lambda conn: commands.create_key(_context(db, conn, actor.account_id, actor.org_id), label, "all")
        )
    typer.echo(row["key"])


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="File to write; must not exist.")],
) -> None:
    """Write a consistent copy of the database, beside a running server."""
    settings = Settings()
    if target.exists():
        raise stop(f"「{target}」已存在，请换一个文件名。 The file exists.")
    target.parent.mkdir(parents=True, exist_ok=True)
    if settings.is_sqlite:
        source = make_url(settings.database_url).database or ""
        if not Path(source).is_file():
            raise stop(f"找不到数据库文件「{source}」。 No database file.")
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
    else:
        _postgres_tool("pg_dump", ["--format=custom", f"--file={target}"], settings)
    say(f"已备份到 {target}（{target.stat().st_size / 1024 / 1024:.1f} MB）。 Backed up.")


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A file made by `liangpin backup`.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Replace the database by a backup. Stop the server first."""
    settings = Settings()
    if not source.is_file():
        raise stop(f"找不到备份文件「{source}」。 No such file.")
    if not yes and not typer.confirm("现有数据将被备份内容替换，继续？ Replace the present data?"):
        raise typer.Exit(1)
    if settings.is_sqlite:
        _restore_sqlite(source, Path(make_url(settings.database_url).database or ""))
    else:
        _postgres_tool("pg_restore", ["--clean", "--if-exists", "--no-owner", str(source)], settings)
    run_migrations(settings)
    say("已恢复。 Restored.")


def _restore_sqlite(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old:
        if old.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise stop("备份文件已损坏，未作任何改动。 The backup is damaged; nothing was changed.")
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        shutil.copy2(target, target.with_name(target.name + ".before-restore"))
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _postgres_tool(tool: str, arguments: list[str], settings: Settings) -> None:
    found = shutil.which(tool)
    if found is None:
        raise stop(f"需要 PostgreSQL 客户端工具 {tool}（Debian：postgresql-client）。 {tool} is not installed.")
    url = make_url(settings.database_url)
    environment = os.environ | {"PGPASSWORD": url.password or ""}
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    where = [f"--dbname={plain}"] if tool == "pg_restore" else [plain]
    subprocess.run([found, *arguments, *where], check=True, env=environment)  # noqa: S603 - our own arguments


def main() -> None:
    """The console script."""
    app()
