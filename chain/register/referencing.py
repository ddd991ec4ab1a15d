"""A reference region's table as statements: one row an industry of a link, here and there. Pure.

The table is taken whole or not at all: a quotient beside one that is missing would look like a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from chain.columns import Column, RowError
from chain.models import Link
from chain.register.importing import Cells
from chain.register.models import LINK, REFERENCE_NAMES
from chain.register.rules import Checked, Checker, NewStatement
from trace.problems import Problems

COLUMNS: tuple[Column, ...] = (
    Column("link", "环节或行业", ("环节", "环节编号", "行业", "行业代码"), True),
    Column("here", REFERENCE_NAMES["here"], ("本区行业", "本区从业人数", "e_ij"), True),
    Column("here_all", REFERENCE_NAMES["here_all"], ("本区全部行业", "本区总计", "e_j"), True),
    Column("there", REFERENCE_NAMES["there"], ("参照区行业", "E_i"), True),
    Column("there_all", REFERENCE_NAMES["there_all"], ("参照区全部行业", "参照区总计", "E"), True),
    Column("unit", "单位", ("计量单位", "指标"), True),
    Column("region", "参照区", ("参照地区", "参照区名称"), True),
    Column("year", "年份", ("统计年份", "年度"), True),
    Column("source", "来源", ("数据来源",)),
    Column("data_date", "数据日期", ("截至日期",)),
)


@dataclass(frozen=True, slots=True)
class Referenced:
    """What a table amounts to: statements in the order of its rows, and everything that is wrong with it."""

    statements: tuple[Checked, ...]
    errors: tuple[RowError, ...]


def link_words(links: Sequence[Link]) -> dict[str, tuple[str, ...]]:
    """What a row may call a link by → the links that go by it: number, name, short name, industry code."""
    found: dict[str, dict[str, None]] = {}
    for link in links:
        for word in (link.id, link.name, link.short, *(code.code for code in link.codes if code.code)):
            found.setdefault(word.upper(), {})[link.id] = None
    return {word: tuple(ids) for word, ids in found.items()}


def read_references(
    rows: Iterable[tuple[int, Cells]], mapping: Mapping[str, str], source: str, links: Sequence[Link], today: date
) -> Referenced:
    """Check every row. ``source`` stands for rows without their own; without a data date a year's last day counts, or
    today while the year runs. Every required column must be mapped."""
    words = link_words(links)
    statements: list[Checked] = []
    errors: list[RowError] = []
    first: dict[str, int] = {}
    for number, cells in rows:
        said = {column.key: cells.get(mapping.get(column.key, ""), "").strip() for column in COLUMNS}
        problems = Problems()
        at = words.get(said["link"].upper(), ())
        if not at and said["link"]:
            problems.add(
                "/link",
                "no_such_link",
                f"没有环节或行业“{said['link'][:20]}”，请写环节编号（如 M12）、名称或行业代码",
                "",
            )
        elif len(at) > 1:
            problems.add("/link", "several_links", f"行业“{said['link'][:20]}”对应 {'、'.join(at)}，请改写环节编号", "")
        elif at and at[0] in first:
            problems.add("/link", "twice", f"环节 {at[0]} 在第 {first[at[0]]} 行已有，请只留一行", "")
        elif at:
            first[at[0]] = number
        year = said["year"].removesuffix("年")
        end = f"{year}-12-31" if re.fullmatch("[12][0-9]{3}", year) and int(year) < today.year else today.isoformat()
        new = NewStatement(
            LINK, at[0] if at else "" if not said["link"] else links[0].id, "reference",
            {name: said[name] for name in (*REFERENCE_NAMES, "unit", "region", "year")},
            said["data_date"] or end, said["source"] or source,
        )  # fmt: skip
        checked = Checker(problems, [link.id for link in links], today).check(new)
        for one in problems.errors:
            key = {"subject": "link"}.get(one.pointer[1:], one.pointer[1:])
            errors.append(RowError(number, mapping.get(key, _name(key)), said.get(key, ""), one.code, one.detail))
        if checked is not None and not problems.errors:
            statements.append(checked)
    return Referenced(tuple(statements), tuple(errors))


def _name(key: str) -> str:
    return next((column.name for column in COLUMNS if column.key == key), key)
