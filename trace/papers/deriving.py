"""Records that are already in the record: who registers inputs, reports and shipments is not asked for them twice. Pure.

Only what really is there is told: a supplier's phone or how long a paper is kept is not, and stays a gap. A person's
record of the same kind comes first; what is derived only fills its empty fields, and only where the two do not
contradict each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

RELEASE, INCOMING, PROCESS, CATERING = (
    "出厂检验记录",
    "原料进货查验记录",
    "生产过程控制记录",
    "餐饮原料采购查验记录",
)
SOURCES = {
    RELEASE: "检验报告和发货登记",
    INCOMING: "原料收货登记",
    CATERING: "原料收货登记",
    PROCESS: "投料、检验报告和发货登记",
}
"""Record kind → where in the record its derived fields come from."""
_TEST_KINDS = ("出厂自检", "委托")
_SAME = {RELEASE: ("销售日期", "购货者名称"), INCOMING: ("名称", "批号"), CATERING: ("名称", "批号")}
"""What tells several records of a kind apart: where both say it and differ, they are about different things."""
MOST_INPUTS = 300
"""Beyond so many inputs their records are not derived: a request holds 500 records."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the record holds of a batch: texts as a record's fields show them.

    ``inputs`` have 名称, 数量, 批号, 进货日期, 供货者名称 …; ``shipments`` 数量, 销售日期, 购货者名称, 购货者地址;
    ``reports`` are rows of an evaluation request's ``reports``.
    """

    product: Mapping[str, str]
    inputs: Sequence[Mapping[str, str]]
    reports: Sequence[Mapping[str, Any]]
    shipments: Sequence[Mapping[str, str]]


def derived(known: Known, stage: str) -> dict[str, list[dict[str, str]]]:
    """Fields of each record that the record itself gives, by kind."""
    found: dict[str, list[dict[str, str]]] = {}
    own = [one for one in known.reports if one["kind"] in _TEST_KINDS and one["lot"]]
    tested = _filled(
        {
            "检验报告编号": "、".join(one["number"] for one in own),
            "检验结论": "、".join(dict.fromkeys(one["conclusion"] for one in own if one["conclusion"])),
        }
    )
    if tested or known.shipments:
        sales = known.shipments or [{}]
        found[RELEASE] = [_filled(dict(known.product)) | tested | _filled(dict(sale)) for sale in sales]
    incoming = [_filled(dict(one)) for one in known.inputs]
    if 0 < len(incoming) <= MOST_INPUTS:
        found[CATERING if stage == "餐" else INCOMING] = incoming
    process = _filled(
        {
            "原料采购验收投料": f"投料 {len(known.inputs)} 种，收货与投料逐批登记" if known.inputs else "",
            "原料半成品成品检验": f"检验报告 {tested['检验报告编号']}" if "检验报告编号" in tested else "",
            "运输交付": f"发货 {len(known.shipments)} 次，逐次登记" if known.shipments else "",
        }
    )
    if process:
        found[PROCESS] = [process]
    return found


def completed(
    filed: Sequence[Mapping[str, Any]], known: Mapping[str, Sequence[Mapping[str, str]]]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The records to be judged: those filed, with what the record itself gives; and the kinds that it gave something to."""
    made: list[dict[str, Any]] = []
    used: list[str] = []
    for one in filed:
        if one["kind"] not in known:
            made.append(dict(one))
    for kind, rows in known.items():
        stated = [one for one in filed if one["kind"] == kind]
        placed: set[int] = set()
        helped = False
        for row in rows:
            fitting = [(i, one) for i, one in enumerate(stated) if _agree(kind, one.get("fields") or {}, row)]
            placed |= {i for i, _ in fitting}
            record: dict[str, Any] = {"kind": kind}
            fields = dict(row)
            for _, one in fitting:
                record |= {name: value for name, value in one.items() if name not in ("kind", "fields")}
                fields |= _filled(one.get("fields") or {})
            helped = helped or any(name not in _all_fields(fitting) for name in row)
            made.append(record | {"fields": fields})
        made += [dict(one) for i, one in enumerate(stated) if i not in placed]
        if helped:
            used.append(kind)
    return made, used


def _all_fields(fitting: Sequence[tuple[int, Mapping[str, Any]]]) -> set[str]:
    return {name for _, one in fitting for name in _filled(one.get("fields") or {})}


def _agree(kind: str, fields: Mapping[str, str], row: Mapping[str, str]) -> bool:
    """Whether a filed record can be about what a derived one is about: by what tells records of the kind apart."""
    told = _filled(fields)
    return all(_plain(told[name]) == _plain(row[name]) for name in _SAME.get(kind, ()) if name in told and name in row)


def _plain(text: str) -> str:
    return re.sub(r"[\s年月日./-]", "", text)


def _filled(fields: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(text) for name, text in fields.items() if text not in (None, "")}
