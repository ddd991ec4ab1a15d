"""The demo's investment projects: a lead, one signed, one landed, one in production, all invented."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from chain.projects import commands
from chain.projects.rules import Entry, NewProject
from service.database import Database
from service.demo.people import DAY, context
from trace.context import Context, local_datetime
from trace.parties.commands import file_person


def tell_projects(db: Database, keys: Mapping[str, str], *, organisation: int, account: int) -> None:
    """``keys`` gives the demo's subjects. After the record's story: production stands on a batch that was released."""
    today = local_datetime(db.now()).date()

    def day(ago: int) -> str:
        return (today - timedelta(days=ago)).isoformat()

    def do(ago: int, fn: Callable[[Context], Any]) -> Any:
        at = db.now() - ago * DAY
        return db.write(lambda conn: fn(context(db, conn, organisation, at, account)))

    def lead(ago: int, name: str, links: tuple[str, ...], subject: str, source: str) -> int:
        def write(ctx: Context) -> int:
            owner = str(file_person(ctx, "演示负责人甲", ""))
            new = NewProject(name, links, keys[subject], owner, source, day(ago), demo=True)
            return commands.open_project(ctx, new)

        return int(do(ago, write))

    first = lead(30, "火锅底料厂（演示）", ("U26",), "candidate-sauce", "招商走访（演示）")
    do(29, lambda ctx: commands.plan_step(ctx, first, "请企业报年产能和用地要求", day(-5)))
    second = lead(25, "鱼糜丸滑生产线（演示）", ("M15",), "candidate-surimi", "展会名录（演示）")
    do(20, lambda ctx: commands.enter(ctx, second, Entry("signed", "agreement", "良招协〔2026〕（演示）5 号", day(20))))
    do(19, lambda ctx: commands.plan_step(ctx, second, "核实 3000 吨冷库能否满足", day(3)))
    third = lead(24, "笋制品加工园（演示）", ("U08", "M07"), "candidate-bamboo", "招商走访（演示）")
    do(18, lambda ctx: commands.enter(ctx, third, Entry("signed", "agreement", "良招协〔2026〕（演示）3 号", day(18))))
    do(9, lambda ctx: commands.enter(ctx, third, Entry("landed", "lease", "良租〔2026〕（演示）11 号", day(9))))
    do(8, lambda ctx: commands.note(ctx, third, "已选 3 号地块，用气条件待核实（演示）"))
    fourth = lead(80, "净菜切配二期（演示）", ("M04",), "demo-netveg-1", "企业增资意向（演示）")
    do(70, lambda ctx: commands.enter(ctx, fourth, Entry("signed", "agreement", "良招协〔2026〕（演示）2 号", day(70))))
    do(
        55,
        lambda ctx: commands.enter(ctx, fourth, Entry("landed", "project_code", "（演示）2026-999999-14-01", day(55))),
    )
    do(20, lambda ctx: commands.enter(ctx, fourth, Entry("producing", low="12000", unit="吨")))
    do(19, lambda ctx: commands.note(ctx, fourth, "首批净菜已放行，年产能按企业申报由 9000 吨改记 12000 吨（演示）"))
