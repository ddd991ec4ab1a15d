"""The genealogy page: picture, timeline and table of the same data, its links and filters, and what it hides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from service.database import Database
from service.tracing.drawing import fit, svg
from service.tracing.filtering import Filters, narrowed, read_filters, timeline
from service.tracing.layout import MOST, lay_out
from tests.fixtures.people import Someone
from tests.fixtures.scanning import GTIN, District, settle
from trace.batches import lifecycle
from trace.batches.models import InputLine, NewReceipt
from trace.batches.receiving import receive
from trace.genealogy.models import Holding, Node, Trace, TraceEdge
from trace.identifiers.models import encode

HTML = {"Accept": "text/html"}


@pytest.fixture
def district(db: Database, people: dict[str, Someone]) -> District:
    return settle(db, people)


@pytest.fixture
def at(district: District) -> str:
    return f"/batches/{district.batch.batch_id}/trace"


def made_up(lots: int, *, chain: bool = False, holder: str = "山城店") -> Trace:
    """A raw lot (1) and products made of it, each of the raw lot or of the one before."""
    raw = Node(1, "/id/a/10/1", False, 0, name="鸭胚", lot="R1", kind="raw", stage="U03", state="released", item_id=9)
    held = (Holding(4, holder, "良溪县", 5, "KGM"),)
    dishes = [
        Node(n, f"/id/b/10/{n}", False, n if chain else 1, name="酱卤鸭", lot=f"P{n}", kind="product", maker="甲厂",
             place="良溪县", stage="M12", state="shipped", produced_on=f"2026-11-{n % 28 + 1:02d}", item_id=7, holders=held)
        for n in range(2, lots + 1)
    ]  # fmt: skip
    edges = [TraceEdge(n.id - 1 if chain else 1, n.id, 5, None, "", "", None, False) for n in dishes]
    return Trace(1, [raw, *dishes], edges, [], False)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.attributes |= {name for name, _ in attrs}


def test_few_lots_are_drawn_singly_and_many_put_together() -> None:
    few = lay_out(made_up(20))
    assert (len(few.boxes), few.grouped) == (20, False)
    many = lay_out(made_up(300))
    assert (len(many.boxes), many.grouped) == (2, True)
    assert sum(len(b.lots) for b in many.boxes) == 300
    asked = lay_out(made_up(300), singly=True)
    assert (len(asked.boxes), asked.grouped) == (300, False)
    most = lay_out(made_up(MOST + 50), singly=True)
    assert most.grouped
    assert len(most.boxes) <= MOST


def test_a_thousand_products_of_a_thousand_holders_still_fit() -> None:
    base = made_up(1200)
    nodes = [
        replace(n, item_id=n.id, maker=f"厂{n.id}", holders=(Holding(n.id, f"店{n.id}", "", None, ""),))
        for n in base.nodes
    ]
    assert len(lay_out(replace(base, nodes=nodes)).boxes) <= MOST


def test_arrows_go_to_the_right_and_a_loop_ends() -> None:
    found = made_up(12, chain=True)
    picture = lay_out(found)
    place = {box.key: box for box in picture.boxes}
    assert all(place[a].x < place[b].x for a, b in picture.arrows)
    assert len({box.column for box in picture.boxes}) == 12
    back = replace(found, edges=[*found.edges, TraceEdge(12, 3, 6, None, "", "", None, False)])
    assert len(lay_out(back).boxes) == 12, "rework goes back, and the picture is still drawn"
    taken = [(box.x, box.y) for box in lay_out(back).boxes]
    assert len(set(taken)) == len(taken), "no box on another"


def test_the_picture_has_no_style_or_script_and_escapes_what_people_wrote() -> None:
    found = made_up(3)
    nasty = [replace(n, name='<b>"鸭"&', halt="recall" if n.id == 2 else "") for n in found.nodes]
    drawn = svg(replace(found, nodes=nasty), lay_out(found), lambda _box: "/batches/1?a=1&b=2", frozenset({3}))
    tags = _Tags()
    tags.feed(drawn)
    assert not {"b", "script", "style", "foreignobject"} & set(tags.open)
    assert not [name for name in tags.attributes if name == "style" or name.startswith("on")]
    assert "✕ 召回中" in drawn
    assert "断链" in drawn
    assert drawn.count("<a ") == 3


def test_text_is_cut_by_width() -> None:
    assert fit("酱卤鸭半成品袋装整只", 8) == "酱卤鸭半…"
    assert fit("P-2026-01", 20) == "P-2026-01"


def test_filters_narrow_everything_alike() -> None:
    found = made_up(30)
    wanted, wrong = read_filters({"since": "2026-11-10", "until": "2026-11-12", "item": "7"})
    assert wrong == []
    kept = narrowed(found, wanted)
    assert {n.produced_on for n in kept.nodes if n.id != 1} == {"2026-11-10", "2026-11-11", "2026-11-12"}
    assert kept.nodes[0].id == 1, "the root stays"
    assert {e.output for e in kept.edges} == {n.id for n in kept.nodes} - {1}
    assert all(m.node in kept.nodes for m in timeline(kept)[0])
    assert len(narrowed(found, Filters(holder="山城店")).nodes) == 30
    assert len(narrowed(found, Filters(place="邻县")).nodes) == 1
    _, told = read_filters({"since": "昨天", "until": "2026-02-30"})
    assert len(told) == 2
    assert "昨天" in told[0]
    assert len(read_filters({"since": "2026-11-12", "until": "2026-11-10"})[1]) == 1


def test_up_down_and_what_else_was_made_of_it(
    client: TestClient, district: District, at: str, log_in: Callable[..., str]
) -> None:
    other = district.register(lot="ELSE-1", inputs=[InputLine("2", "kg", lot_id=district.raw.batch_id)])
    log_in("clerk")
    up = client.get(f"{at}?direction=up", headers=HTML).text
    same = client.get(f"{at}?direction=same", headers=HTML).text
    assert "ELSE-1" not in up
    assert "ELSE-1" in same
    assert f"/batches/{other.batch_id}/trace" in same
    assert "共 <strong>3</strong> 批" in same
    down = client.get(f"/batches/{district.raw.batch_id}/trace?direction=down", headers=HTML).text
    assert "ELSE-1" in down
    assert "含本批 100.0%" in down
    for page in (up, same, down):
        assert page.count("<svg") >= 1
        assert "时间线" in page
        assert ' style="' not in page
    record = client.get(f"/batches/{district.batch.batch_id}", headers=HTML).text
    for way in ("up", "down", "same"):
        assert f"{at}?direction={way}" in record


def test_a_filter_that_cannot_be_read_is_told(client: TestClient, at: str, log_in: Callable[..., str]) -> None:
    log_in("clerk")
    answer = client.get(f"{at}?since=gestern&place=%E6%97%A0&until=2026-13-01&item=x&each=1", headers=HTML)
    assert answer.status_code == 200
    assert "不是日期" in answer.text
    assert "取消筛选" in answer.text


def test_the_staff_scan_page_leads_there(
    client: TestClient, district: District, at: str, log_in: Callable[..., str]
) -> None:
    log_in("officer")
    page = client.get(f"/01/{GTIN}/10/{encode(district.batch.lot)}", headers=HTML).text
    for way in ("up", "down", "same"):
        assert f"{at}?direction={way}" in page


def test_the_picture_and_timeline_hide_what_the_table_hides(
    client: TestClient, district: District, log_in: Callable[..., str], people: dict[str, Someone]
) -> None:
    district.release()
    district.do("clerk", lambda c: lifecycle.ship(c, district.batch.batch_id, "30", "H87", "", "rival"))
    code = district.batch.short_code
    district.do("rival", lambda c: receive(c, NewReceipt("enterprise", "30", "件", code=code, supplier_code="maker")))
    log_in("rival")
    page = client.get(f"/batches/{district.batch.batch_id}/trace?direction=up", headers=HTML).text
    assert "鸭胚" not in page
    assert "<title>不可见，他方商业秘密" in page
    assert "断链" not in page, "hidden is not broken"
