"""JSON API and pages of the chain: shape, who sees what, demo marks, and what never stands beside a target."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest
from starlette.testclient import TestClient

from chain.models import Evidence, Grade, Thresholds
from service.app import create_app
from service.database import Database
from service.demo.register import load_register
from service.panorama import reading
from service.panorama.wording import KINDS, evidence_rows, grade_rules
from service.settings import Settings
from tests.fixtures.clock import Clock
from tests.fixtures.people import Someone
from tests.fixtures.record import line, organisation
from trace.context import local_datetime

HTML = {"Accept": "text/html"}
People = dict[str, Someone]
Client = TestClient
PAGES = ("/chain", "/chain?link=M12", "/chain?q=鸭", "/chain/gaps", "/chain/links/M12", "/plan")
APIS = ("/api/v1/chain/gaps", "/api/v1/chain/panorama", "/api/v1/chain/links/M12", "/api/v1/plan")
DEMO_MAKER = "良溪鸭掌柜食品有限公司"


@pytest.fixture(autouse=True)
def demo_register(db: Database) -> None:
    """What the demo district says of itself."""
    load_register(db)


@pytest.fixture
def real(settings: Settings, clock: Clock, db: Database) -> Iterator[TestClient]:
    """The same database served as a real deployment: no demo district."""
    serious = settings.model_copy(update={"demo": False})
    database = Database(serious, clock)
    with TestClient(create_app(serious, database=database)) as made:
        yield made
    database.close()


def table_of(html: str, caption: str) -> str:
    """The one table that carries this caption."""
    found = [t for t in re.findall(r"<table.*?</table>", html, re.S) if caption in t]
    assert len(found) == 1
    return str(found[0])


# ---- API ----


def test_gaps_have_the_promised_shape(client: Client) -> None:
    answer = client.get("/api/v1/chain/gaps").json()
    assert answer["as_of"] == "2026-11-24"
    assert {"items", "formula", "notice"} <= set(answer)
    assert "演示数据" in answer["notice"]
    assert len(answer["items"]) == len(reading.book().links)
    for item in answer["items"]:
        assert {"link", "name", "layer", "grade", "flags", "kinds", "reason", "inputs", "data_date"} <= set(item)
        assert item["grade"] in get_args(Grade)
        assert set(item["flags"]) <= {"断流", "计划中"}
        assert set(item["kinds"]) <= set(KINDS)
        assert item["reason"].startswith(item["name"])
    scores = [i["score"] for i in answer["items"]]
    assert scores == sorted(scores, reverse=True)
    assert [i["rank"] for i in answer["items"]] == list(range(1, 89))
    for item in answer["items"]:
        risk, (low, high), local = (item["factors"][name] for name in ("risk", "lack", "local"))
        assert item["score"] == pytest.approx([risk * low * local, risk * high * local], abs=2e-6)


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("layer=U", lambda i: i["layer"] == "U"),
        ("kind=断流", lambda i: "断流" in i["flags"]),
        ("kind=依赖外部", lambda i: i["grade"] == "external"),
        ("grade=missing&weight=A", lambda i: i["grade"] == "missing" and i["weight"] == "A"),
    ],
)
def test_gaps_can_be_narrowed(client: Client, query: str, holds: Callable[[dict[str, Any]], bool]) -> None:
    everything = client.get("/api/v1/chain/gaps").json()["items"]
    found = client.get(f"/api/v1/chain/gaps?{query}").json()["items"]
    assert found == [i for i in everything if holds(i)]
    assert found


def test_a_filter_nobody_knows_is_refused(client: Client) -> None:
    for query in ("layer=X", "kind=坏", "grade=good", "weight=Z"):
        assert client.get(f"/api/v1/chain/gaps?{query}").status_code == 422


def test_panorama_gives_positions_edges_and_streams(client: Client) -> None:
    answer = client.get("/api/v1/chain/panorama?link=M12").json()
    ids = {node["link"] for node in answer["nodes"]}
    assert len(ids) == 88
    for size in ("wide", "compact"):
        for node in answer["nodes"]:
            box = node[size]
            assert 0 <= box["x"] <= box["x"] + box["width"] <= answer["size"][size]["width"]
            assert 0 <= box["y"] <= box["y"] + box["height"] <= answer["size"][size]["height"]
    assert all(edge["from"] in ids and edge["to"] in ids for edge in answer["edges"])
    assert "U12" in answer["selected"]["upstream"]
    assert set(answer["selected"]["upstream"]) <= ids
    assert sum(answer["counts"].values()) == 88
    assert client.get("/api/v1/chain/panorama").json()["selected"] is None


def test_unknown_links_are_not_found(client: Client) -> None:
    for path in ("/api/v1/chain/links/X99", "/api/v1/chain/panorama?link=X99", "/chain/links/X99", "/chain?link=X99"):
        assert client.get(path, headers=HTML if path.startswith("/chain") else {}).status_code == 404
    assert client.get("/api/v1/chain/links/m12").json()["link"] == "M12"


def test_plan_rows_follow_the_seeds(client: Client) -> None:
    answer = client.get("/api/v1/plan").json()
    assert [item["no"] for item in answer["items"]] == list(range(1, 75))
    assert answer["issued"] == "2023-06-09"
    assert all(item["quote"] and item["section"] for item in answer["items"])
    named = {entity["name"]: entity for entity in answer["entities"]}
    assert set(named["国联水产"]) == {"id", "kind", "name", "mentions"}, "section and target, nothing more"
    assert answer["tags"][0]["note"] == "方案未列，待区里确认"


# ---- who sees what ----


def test_names_and_capacities_are_for_investment_staff_and_the_operator(client: Client, people: People) -> None:
    gap_lists = {}
    for login in (None, "clerk", "farmer", "officer", "expert", "investor", "operator"):
        headers = people[login].auth if login else {}
        link = client.get("/api/v1/chain/links/M12", headers=headers)
        gap_lists[login] = client.get("/api/v1/chain/gaps", headers=headers).text
        everything = link.text + gap_lists[login] + client.get("/api/v1/chain/panorama", headers=headers).text
        everything += "".join(client.get(path, headers=headers | HTML).text for path in PAGES)
        everything += client.get("/chain/gaps.csv?show=all", headers=headers).text
        names = {p.name for p in reading.read(client.app.state.db, link_time(client)).known.presences}  # type: ignore[attr-defined]
        staff = login in ("investor", "operator")
        assert ("enterprises" in link.json()) == staff, login
        assert (DEMO_MAKER in everything) == staff, login
        assert staff or not any(name in everything for name in names), login
        assert link.json()["operators"] == {
            "inside": 2, "inside_least": 2, "lapsed": 0, "outside": 0, "outside_least": 0, "planned": 0,
        }  # fmt: skip
        single = next(i for i in client.get("/api/v1/chain/gaps?grade=single", headers=headers).json()["items"])
        assert (single["inputs"]["capacity_inside"]["value"] is not None) == staff
        assert ("年产能" in single["reason"]) == staff
    assert gap_lists["clerk"] == gap_lists[None]
    assert gap_lists["operator"] == gap_lists["investor"] != gap_lists[None]


def link_time(client: Client) -> int:
    return int(client.app.state.db.now())  # type: ignore[attr-defined]


def test_staff_see_capacity_source_and_date_of_each_enterprise(client: Client, people: People) -> None:
    found = client.get("/api/v1/chain/links/M12", headers=people["investor"].auth).json()["enterprises"]
    maker = next(e for e in found if DEMO_MAKER in e["name"])
    assert (maker["capacity"], maker["unit"], maker["data_date"], maker["demo"]) == ("6000", "吨", "2026-09-30", True)
    html = client.get("/chain/links/M12", headers=people["investor"].auth | HTML).text
    assert "6,000 吨" in table_of(html, "酱卤肉的主体")


def test_no_lot_amount_or_partner_of_a_batch_reaches_the_chain(client: Client, db: Database, people: People) -> None:
    maker = organisation(db, "secretive", link_codes="M12")
    product = maker.product("秘方卤鸭", link_code="M12")
    lot = maker.register(product, quantity="4321")
    auth = people["investor"].auth
    everything = "".join(client.get(path, headers=auth).text for path in APIS)
    everything += "".join(client.get(path, headers=auth | HTML).text for path in PAGES)
    assert "secretive食品有限公司" in everything, "staff see who is registered"
    for secret in ("秘方卤鸭", "4321", lot.lot, str(lot.batch_id)):
        assert secret not in everything


def test_batches_that_are_registered_become_the_links_flow(
    client: Client, db: Database, clock: Clock, people: People
) -> None:
    makers = [organisation(db, f"maker-{n}", link_codes="M30") for n in range(3)]
    before = client.get("/api/v1/chain/links/M30").json()["gap"]
    assert before["inputs"]["flow"]["value"] is None
    for maker in makers:
        maker.register(maker.product(link_code="M30"))
    clock.forward(minutes=1)
    after = client.get("/api/v1/chain/links/M30").json()["gap"]
    assert after["inputs"]["flow"]["value"] == "3"
    assert after["inputs"]["flow"]["source"] == "本平台批次记录"
    sample = client.get("/api/v1/chain/links/M14").json()["gap"]
    assert sample["inputs"]["flow"]["source"] == "批次流样例（演示）", "a sample is not the platform's record"


def test_an_answer_is_shared_for_a_second_and_no_longer(
    client: Client, db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []
    real_read = reading.read
    monkeypatch.setattr(reading, "read", lambda *a: reads.append(1) or real_read(*a))
    for _ in range(5):
        client.get("/api/v1/chain/gaps")
    assert len(reads) == 1
    clock.forward(minutes=1.1 / 60)
    client.get("/chain", headers=HTML)
    assert len(reads) == 2


# ---- pages ----


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_the_day_and_that_it_is_a_demo(client: Client, path: str) -> None:
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 200
    assert "截至" in answer.text
    assert 'datetime="2026-11-24"' in answer.text
    assert '<span class="demo-mark">演示</span>' in answer.text
    assert not re.search(r"<[^>]+\s(style|on\w+)=", answer.text), "no inline style or handler (CSP)"
    assert not re.search(r"<script(?![^>]+src=)|<style", answer.text)


def test_choosing_a_link_marks_its_streams(client: Client) -> None:
    html = client.get("/chain?link=M12", headers=HTML).text
    marked = dict(re.findall(r'class="chain-node [^"]*?(is-\w+)" data-link="(\w+)"', html))
    assert marked["is-selected"] == "M12"
    assert 'id="chosen-name"' in html
    assert "上游 19 个环节" in html
    assert html.count("is-upstream") > 19


def test_search_finds_by_name_product_and_number(client: Client) -> None:
    html = client.get("/chain?q=鸭", headers=HTML).text
    assert set(re.findall(r'data-link="(\w+)" data-words="[^"]*" data-hit', html)) == {"U12", "M12"}
    assert "找到 2 个环节" in html
    one = client.get("/chain?q=m12", headers=HTML).text
    assert 'id="chosen-name"' in one, "a single hit is chosen"
    assert "没有名称或产出含“&lt;b&gt;”的环节" in client.get("/chain?q=<b>", headers=HTML).text


def test_the_gap_list_filters_and_counts(client: Client) -> None:
    html = client.get("/chain/gaps?layer=M&kind=缺", headers=HTML).text
    rows = re.findall(r'<tr class="gap-row">.*?</tr>', html, re.S)
    expected = [i for i in client.get("/api/v1/chain/gaps?layer=M&kind=缺").json()["items"] if i["layer"] == "M"]
    assert len(rows) == len(expected) > 0
    for row, item in zip(rows, expected, strict=True):
        assert item["link"] in row
        assert item["reason"].partition("：")[2] in row
        assert item["data_date"] in row
    assert 'aria-current="true">缺' in html
    assert "排序分 =" in html
    everything = client.get("/chain/gaps?show=all", headers=HTML).text
    assert everything.count('class="gap-row"') == 88
    plain = client.get("/chain/gaps", headers=HTML).text
    assert "另有 40 个环节等级未知" in plain
    assert plain.count('class="gap-row"') == 44
    assert 'href="/chain/gaps?layer=U&amp;grade=unknown"' in client.get("/chain/gaps?layer=U", headers=HTML).text
    assert "没有查出缺口" in client.get("/chain/gaps?layer=S&kind=弱", headers=HTML).text


def test_the_export_is_the_list(client: Client) -> None:
    answer = client.get("/chain/gaps.csv?kind=缺&layer=U")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "demo" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    items = client.get("/api/v1/chain/gaps?kind=缺&layer=U").json()["items"]
    assert "演示数据" in rows[0][1]
    assert [row[1] for row in rows[2:-1]] == [item["link"] for item in items]
    assert [row[7] for row in rows[2:-1]] == [item["reason"] for item in items]


def test_a_link_page_says_codes_rule_and_what_is_unknown(client: Client) -> None:
    doubtful = next(link for link in reading.book().links if any(code.unverified for code in link.codes))
    assert "未核实" in client.get(f"/chain/links/{doubtful.id}", headers=HTML).text
    html = client.get("/chain/links/M27", headers=HTML).text
    assert "未核实" not in html
    assert "不能判为缺" in html
    assert '<b class="soft">未知</b>' in html
    assert "判为「未知」的条件" in html
    assert "主体名称与产能只供招商人员查看" in html


def test_rules_are_told_in_the_order_they_are_tried() -> None:
    order = list(grade_rules(Thresholds()))
    assert order == ["missing", "single", "weak", "external", "concentrated", "strong", "stable", "unknown"]


def test_a_count_from_to_reads_as_one() -> None:
    (row,) = evidence_rows((("controllers_inside", Evidence("1000～1200", "个")),))
    assert row["value"] == "1,000～1,200 个"


def test_withheld_and_unknown_are_two_words(client: Client) -> None:
    chain = reading.read(client.app.state.db, link_time(client))  # type: ignore[attr-defined]
    values = {row["value"] for one in chain.public.links.values() for row in evidence_rows(one.gap.inputs)}
    assert {"未知", "保密"} <= values
    assert "保密" not in {
        row["value"]
        for one in chain.staff.links.values()
        for row in evidence_rows(one.gap.inputs)
        if row["name"] != "近 90 天批次"
    }


# ---- the plan ----


def cloud(answer: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(f for i in answer["items"] for f in i["figures"] if f["key"] == reading.CLOUD)
    return found


def test_demo_figures_never_stand_beside_a_target(client: Client, db: Database) -> None:
    maker = organisation(db, link_codes="M12")
    maker.register(maker.product(link_code="M12"))
    answer = client.get("/api/v1/plan").json()
    assert all(f["present"] == "未知" and f["date"] is None for i in answer["items"] for f in i["figures"])
    assert all(i["present"] == "未知" for i in answer["items"])
    assert answer["demo_figures"][0]["value"] == "1 家"
    html = client.get("/plan", headers=HTML).text
    table = table_of(html, "方案要素")
    assert table.count('class="plan-row"') == 74
    assert table.count('<span class="soft">未知</span>') == 73
    assert "规则库里现行的标准" in table, "the one count that rests on no enterprise"
    assert "演示" not in table
    panel = html[html.index('class="demo-panel"') :]
    assert "1 家" in panel
    assert html.index('class="demo-panel"') > html.index("</table>")
    assert "500 家" not in panel, "the target is not in the panel either"


def test_a_real_deployment_counts_real_enterprises_only(real: TestClient, db: Database, clock: Clock) -> None:
    invented = organisation(db, "invented", link_codes="M12")
    invented.register(invented.product(link_code="M12"))
    for code in ("one", "two"):
        maker = organisation(db, code, is_demo=False, district="重庆市梁平区", link_codes="M12")
        maker.register(maker.product(link_code="M12"))
    answer = real.get("/api/v1/plan").json()
    figure = cloud(answer)
    assert (figure["present"], figure["date"], figure["reached"]) == ("2 家", "2026-11-24", False)
    assert "30 天" in figure["source"]
    assert answer["demo_figures"] == []
    assert [i["no"] for i in answer["items"] if i["present"] != "未知"] == [45]
    html = real.get("/plan", headers=HTML).text
    assert "demo-panel" not in html
    assert "2 家" in table_of(html, "方案要素")
    gaps = real.get("/api/v1/chain/gaps").json()
    assert gaps["demo"] is False
    assert "演示" not in str(gaps)
    m12 = next(i for i in gaps["items"] if i["link"] == "M12")
    assert m12["inputs"]["operators_inside"]["value"] == "2"
    assert {i["grade"] for i in gaps["items"] if i["link"] != "M12"} == {"unknown"}, (
        "what is not known is never missing"
    )


def test_the_plan_can_be_searched(client: Client) -> None:
    html = client.get("/plan?q=上云", headers=HTML).text
    assert re.findall(r'id="row-(\d+)"', html) == ["45"]
    assert "500 家" in html
    numbers = client.get("/plan?numbers=1", headers=HTML).text
    wanted = [str(i["no"]) for i in client.get("/api/v1/plan").json()["items"] if i["figures"]]
    assert re.findall(r'id="row-(\d+)"', numbers) == wanted
    assert "没有符合条件的方案要素" in client.get("/plan?q=没有这样的词", headers=HTML).text
    named = client.get("/plan", headers=HTML).text
    assert named.count("方案未列，待区里确认") >= 2, "beside the row and among the concepts"


def test_figures_are_decimals_of_the_targets_unit(real: TestClient) -> None:
    chain = reading.read(real.app.state.db, link_time(real))  # type: ignore[attr-defined]
    row = next(row for row in chain.rows if row.item.no == 45)
    assert row.present.endswith("0 家"), "nobody has reported: that is a number, not unknown"
    assert isinstance(row.item.targets[0].value, Decimal)


def test_an_earlier_day_counts_who_reported_by_then(db: Database, clock: Clock) -> None:
    def reporting(day: date | None = None) -> str:
        return reading.read(db, db.now(), day).demo_figures[0][1]

    def make(code: str) -> None:
        made = organisation(db, code)
        made.register(made.product(), [line(made.receive().batch_id, "1")])

    make("one")
    first = local_datetime(db.now()).date()
    assert reporting() == "1 家"
    clock.forward(days=3)
    make("two")
    assert [reporting(), reporting(first), reporting(first - timedelta(days=1))] == ["2 家", "1 家", "0 家"]
    clock.forward(days=40)
    assert [reporting(), reporting(first)] == ["0 家", "1 家"], "who reports no more did so then"
