"""A trace of any size line by line, as NDJSON or CSV, straight from the database and never whole in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from sqlalchemy import Connection

from service.database import Database
from trace.batches.lots import absolute
from trace.batches.models import HALTS, STATES
from trace.genealogy import tracestore
from trace.genealogy.models import UNREGISTERED, Sight
from trace.quantity import show

NDJSON = "application/x-ndjson"
CSV = "text/csv; charset=utf-8"
CSV_HEAD = "编码,产品,批号,生产企业,所在地,环节,状态,处置,比对结论,生产日期,保质期至,持有单位,现有量\r\n"
HIDDEN_NAME = "不可见（他方商业秘密）"
shown_amount = lru_cache(maxsize=20_000)(show)


class _Told(dict[tuple[Any, ...], str]):
    """What many lots have in common, put into words once. Begins anew before it is large."""

    MOST = 20_000

    def __init__(self, say: Callable[..., str]) -> None:
        self._say = say

    def __missing__(self, fields: tuple[Any, ...]) -> str:
        if len(self) >= self.MOST:
            self.clear()
        said = self[fields] = self._say(*fields)
        return said


class _Names:
    """Trade items and parties by id, read once each, as they are met."""

    def __init__(self, conn: Connection, item: Callable[[Any], str], party: Callable[[str], str]) -> None:
        self.conn = conn
        self.items: dict[int | None, str] = {}
        self.parties: dict[int | None, str] = {}
        self.stages: dict[int | None, str] = {}
        self._item = item
        self._party = party

    def learn(self, rows: Sequence[tracestore.NodeRow]) -> None:
        items = {row[2] for row in rows} - self.items.keys()
        for item_id, found in tracestore.item_names(self.conn, [one for one in items if one is not None]).items():
            self.items[item_id] = self._item(found)
            self.stages[item_id] = found.link_code
        parties = {row[10] for row in rows} - self.parties.keys()
        for party_id, (name, _) in tracestore.party_names(self.conn, [p for p in parties if p is not None]).items():
            self.parties[party_id] = self._party(name)


class _Cut:
    """Whether the actor sees a row's lot in full, whether its verdict, and whether who holds it; asked once a maker."""

    def __init__(self, sight: Sight) -> None:
        self.sight = sight
        self._full: dict[tuple[int | None, int], bool] = {}
        self._judges: dict[int | None, bool] = {}

    def full(self, row: tracestore.NodeRow) -> bool:
        if self.sight.every:
            return True
        owner, exchanged = row[1], row[13]
        if owner is None:
            return bool(row[14])
        known = self._full.get((owner, exchanged))
        if known is None:
            known = self._full[owner, exchanged] = self.sight.full(owner, bool(exchanged))
        return known

    def verdict(self, row: tracestore.NodeRow) -> str:
        owner = row[1]
        known = self._judges.get(owner)
        if known is None:
            known = self._judges[owner] = owner is not None and self.sight.judges(owner)
        return (row[6] or "") if known else ""

    def holder(self, row: tracestore.NodeRow) -> tuple[bool, bool]:
        """Whether the holder may be named, and whether what it has may be told."""
        if self.sight.every or row[10] == self.sight.org_id:
            return True, True
        return bool(row[15]), False


def ndjson(
    db: Database, root: int, direction: str, sight: Sight, public_url: str, *, edges: bool = False
) -> Iterator[str]:
    """One JSON object a line: ``node`` lines, ``edge`` lines if asked for, and an ``end`` line with their number.

    A stream without its ``end`` line was cut off on the way.
    """
    count = linked = 0
    with db.read() as conn:
        names = _Names(conn, _item_json, quoted)
        cut = _Cut(sight)
        for lines, lots in _lot_lines(conn, root, direction, names, cut, _Json(names, cut, public_url)):
            count += lots
            yield lines
        if edges:
            visible = _visible(conn, root, direction, cut) if not sight.every else None
            for part in tracestore.edge_rows(conn, root, direction):
                linked += len(part)
                yield "".join(_edge_json(row, sight, visible) for row in part)
    yield f'{{"type":"end","root":"{root}","nodes":{count},"edges":{linked},"truncated":false}}\n'


def _visible(conn: Connection, root: int, direction: str, cut: _Cut) -> set[int]:
    return {
        row[0]
        for part in tracestore.node_rows(conn, root, direction, cut.sight.org_id)
        for row in part
        if cut.full(row)
    }


def _edge_json(row: tracestore.EdgeRow, sight: Sight, visible: set[int] | None) -> str:
    source, made, event, quantity, unit, tenant = row
    ends = [f'"{lot}"' if visible is None or lot in visible else "null" for lot in (source, made)]
    told = quantity is not None and "null" not in ends and sight.amounts(tenant)
    amount = quoted(shown_amount(quantity, unit)) if told else "null"
    return f'{{"type":"edge","from":{ends[0]},"to":{ends[1]},"event":"{event}","quantity":{amount}}}\n'


def csv(db: Database, root: int, direction: str, sight: Sight, public_url: str) -> Iterator[str]:
    """A table for a spreadsheet: one row a lot and holder."""
    yield "\ufeff" + CSV_HEAD
    with db.read() as conn:
        names = _Names(conn, _item_csv, _cell)
        cut = _Cut(sight)
        for lines, _ in _lot_lines(conn, root, direction, names, cut, _Csv(names, cut, public_url)):
            yield lines


def _lot_lines(
    conn: Connection, root: int, direction: str, names: _Names, cut: _Cut, form: _Json | _Csv
) -> Iterator[tuple[str, int]]:
    """Text of a part of the trace at a time, and how many lots began in it. The last line waits for its next holder."""
    line, last, lots = form.line if cut.sight.every else form.cut_line, 0, 0
    out: list[str] = []
    for rows in tracestore.node_rows(conn, root, direction, None if cut.sight.every else cut.sight.org_id):
        names.learn(rows)
        for row in rows:
            if row[0] == last:
                form.another(out, row)
            else:
                last = row[0]
                lots += 1
                out.append(line(row))
        yield "".join(out[:-1]), lots
        lots = 0
        del out[:-1]
    yield "".join(out), lots


def _item_json(item: Any) -> str:
    return (
        f'"name":{quoted(item.name)},"maker":{quoted(item.maker)},"place":{quoted(item.district)},'
        f'"stage":{quoted(item.link_code)}'
    )


class _Json:
    """Lines of NDJSON."""

    def __init__(self, names: _Names, cut: _Cut, public_url: str) -> None:
        self.names = names
        self.items = names.items
        self.parties = names.parties
        self.cut = cut
        self.public_url = public_url
        self._standing = _Told(self._stands)
        self._held = _Told(self._holds)

    def line(self, row: tracestore.NodeRow) -> str:
        """A lot for who sees all of them."""
        uri = row[9]
        if row[1] is None:
            return self._unregistered(row[0], uri)
        return (
            f'{{"type":"node","id":"{row[0]}","uri":{quoted(self.public_url + uri if uri[0] == "/" else uri)},'
            f'{self.items[row[2]]},"lot":{quoted(row[3])},{self._standing[row[4:9]]},'
            f'"holders":[{self._held[row[10:13]]}]}}\n'
        )

    def _stands(self, state: str, halt: str, verdict: str, made: str | None, until: str | None) -> str:
        return (
            f'"state":"{state}","halt":"{halt}","verdict":"{verdict}",'
            f'"produced_on":{quoted(made) if made else "null"},"best_before":{quoted(until) if until else "null"}'
        )

    def _holds(self, holder: int | None, quantity: int | None, unit: str | None) -> str:
        if holder is None:
            return ""
        return f'{{"name":{self.parties[holder]},"quantity":{quoted(show(quantity, unit or ""))}}}'

    def cut_line(self, row: tracestore.NodeRow) -> str:
        """A lot for everybody else."""
        if self.cut.full(row):
            whole = self.line((*row[:6], self.cut.verdict(row), *row[7:10], None, None, None))
            return whole if row[10] is None or row[1] is None else f"{whole[:-3]}{self._holder(row)}]}}\n"
        stage = quoted(self.names.stages.get(row[2], ""))
        return (
            f'{{"type":"node","uri":null,"stage":{stage},"state":"{row[5] or row[4] or UNREGISTERED}","hidden":true}}\n'
        )

    def _unregistered(self, lot: int, uri: str) -> str:
        address = quoted(absolute(uri, self.public_url))
        return (
            f'{{"type":"node","id":"{lot}","uri":{address},"state":"{UNREGISTERED}","registered":false,"holders":[]}}\n'
        )

    def another(self, out: list[str], row: tracestore.NodeRow) -> None:
        """One more holder of the lot of the last line."""
        if row[1] is not None and self.cut.full(row):
            out[-1] = f"{out[-1][:-3]},{self._holder(row)}]}}\n"

    def _holder(self, row: tracestore.NodeRow) -> str:
        named, told = self.cut.holder(row)
        if not named:
            return '{"name":null,"hidden":true}'
        amount = quoted(shown_amount(row[11], row[12] or "")) if told else "null"
        return f'{{"name":{self.parties[row[10]]},"quantity":{amount}}}'


def _item_csv(item: Any) -> str:
    return f"{_cell(item.maker)},{_cell(item.district)},{_cell(item.link_code)}\x00{_cell(item.name)}"


_FORMULA = frozenset("=+-@\t\r")


def _cell(text: str) -> str:
    """A CSV cell; what a spreadsheet would take for a formula gets an apostrophe before it.

    Looks for each of the four characters by itself: a third of the time of a pattern on texts this short.
    """
    safe = f"'{text}" if text[:1] in _FORMULA else text
    if "," in safe or '"' in safe or "\n" in safe or "\r" in safe:
        return f'"{safe.replace(chr(34), chr(34) * 2)}"'
    return safe


class _Csv:
    """Rows of CSV."""

    def __init__(self, names: _Names, cut: _Cut, public_url: str) -> None:
        self.names = names
        self.cut = cut
        self.items = names.items
        self.parties = names.parties
        self.public_url = public_url
        self._standing = _Told(self._stands)
        self._held = _Told(self._holds)

    def cut_line(self, row: tracestore.NodeRow) -> str:
        _, tenant, item, number, state, halt, _, made, until, uri, *_ = row
        told = STATES.get(state or "", "尚未登记")
        if not self.cut.full(row):
            return f",{HIDDEN_NAME},,,,{_cell(self.names.stages.get(item, ''))},{told},{HALTS.get(halt or '', '')},,,,,\r\n"
        address = _cell(absolute(uri, self.public_url))
        if tenant is None:
            return f"{address},,,,,,{told},,,,,,\r\n"
        place, _, name = self.names.items[item].partition("\x00")
        who, amount = self._holder(row)
        return (
            f"{address},{name},{_cell(number or '')},{place},{told},{HALTS.get(halt or '', '')},"
            f"{self.cut.verdict(row)},{made or ''},{until or ''},{who},{amount}\r\n"
        )

    def line(self, row: tracestore.NodeRow) -> str:
        """The same for who sees all, without asking."""
        number, uri = row[3], row[9]
        if row[1] is None:
            return self.cut_line(row)
        place, _, name = self.items[row[2]].partition("\x00")
        return (
            f"{_cell(self.public_url + uri if uri[0] == '/' else uri)},{name},{_cell(number)},{place},"
            f"{self._standing[row[4:9]]},{self._held[row[10:13]]}\r\n"
        )

    def _stands(self, state: str, halt: str, verdict: str, made: str | None, until: str | None) -> str:
        return f"{STATES[state]},{HALTS[halt] if halt else ''},{verdict},{made or ''},{until or ''}"

    def _holds(self, holder: int | None, quantity: int | None, unit: str | None) -> str:
        return "," if holder is None else f"{self.parties[holder]},{show(quantity, unit or '')}"

    def another(self, out: list[str], row: tracestore.NodeRow) -> None:
        """One more holder of the lot of the last line, as far as the actor may know of it."""
        if row[1] is not None and self.cut.full(row):
            out.append(self.line(row) if self.cut.sight.every else self.cut_line(row))

    def _holder(self, row: tracestore.NodeRow) -> tuple[str, str]:
        if row[10] is None:
            return "", ""
        named, told = self.cut.holder(row)
        if not named:
            return HIDDEN_NAME, ""
        return self.names.parties[row[10]], shown_amount(row[11], row[12] or "") if told else ""
