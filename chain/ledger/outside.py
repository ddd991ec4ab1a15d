"""Figures that others hold: the batch record, the panorama, the funnel, the register of subjects, the rulebook. Pure."""

from __future__ import annotations

from decimal import Decimal

from chain.ledger.counting import DEMO_NOTE
from chain.ledger.folding import Ledger
from chain.ledger.models import Counted, Facts, Row
from chain.ledger.projects import LANDED
from chain.register.models import SUBJECT_KINDS
from chain.units import convert

INVENTED = "演示自带的主体是虚构的，不与方案目标同表"
NOBODY = "主体登记里没有这一类，不算 0"


def record(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    """Batches, or enterprises with a batch, of the last 30 days."""
    value, what = (
        (facts.enterprises, "近 30 天有批次登记的企业数")
        if argument == "enterprises"
        else (facts.batches, "近 30 天登记的批次数")
    )
    how = f"本平台批次记录，{what}，截至 {ledger.day.isoformat()}"
    return Counted(None, how, DEMO_NOTE) if value is None else Counted(Decimal(value), how)


def links(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    how = "产业链全景图中等级不是“未知”的环节"
    return Counted(None, how, DEMO_NOTE) if facts.links is None else Counted(Decimal(facts.links), how)


def projects(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    how = "项目库里到“落地”或“投产”阶段的项目"
    if facts.projects is None:
        return Counted(None, how, "没有项目记录")
    return Counted(Decimal(sum(facts.projects.get(stage, 0) for stage in LANDED)), how)


def standards(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    how = f"本平台规则库里 {ledger.day.isoformat()} 现行的标准，按标准号计"
    value = facts.standards
    return Counted(None, how, "规则库还没有读入") if value is None else Counted(Decimal(value), how)


def bases(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    """``argument``: group:unit. Sizes whose unit does not convert are told and left out."""
    group, _, unit = argument.partition(":")
    how = f"主体登记里区内基地规模，品种归“{group}”的相加（归类由团队拟定）；只是登记过的基地，不是全区统计"
    if facts.sizes is None:
        return Counted(None, how, INVENTED)
    mine = [(amount, written) for what, amount, written in facts.sizes if what == group]
    known = [value for amount, written in mine if (value := convert(amount, written, unit)) is not None]
    left = len(mine) - len(known)
    note = f"有 {left} 个基地的单位不能换成{unit}，没有计入" if left else ""
    return Counted(sum(known, Decimal(0)), how, note) if known else Counted(None, how, note or NOBODY)


def subjects(argument: str, row: Row, ledger: Ledger, facts: Facts) -> Counted:
    """``argument``: a kind of subject."""
    how = f"主体登记里区内的{SUBJECT_KINDS[argument]}"
    if facts.subjects is None:
        return Counted(None, how, INVENTED)
    found = facts.subjects.get(argument)
    if found is None:
        return Counted(None, how, NOBODY)
    least, most = found
    if least == most:
        return Counted(Decimal(least), how)
    note = f"其中有疑为同一的：都是同一家为 {least}，都不是为 {most}；请在主体登记里核实"
    return Counted(Decimal(least), how, note, most=Decimal(most))
