"""What staff see of the chain over HTTP, on both databases: drill, what-if, rows of a figure, consents, risk, map."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from functools import cache
from itertools import combinations
from typing import Any

import pytest
from starlette.testclient import TestClient

from chain.esri import esri
from chain.staffview import store
from service.database import Database
from service.demo.register import load_register
from service.panorama import reading, shocking
from service.register.seen import band
from tests.fixtures.people import Someone
from tests.register.test_api import CODE, add, post, say

Client = TestClient
People = dict[str, Someone]
SQUARE = [[107.0, 30.0], [108.0, 30.0], [108.0, 31.0], [107.0, 31.0], [107.0, 30.0]]
BOUNDARY = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [SQUARE]}}],
    }
).encode()


@pytest.fixture(autouse=True)
def demo_register(db: Database) -> None:
    load_register(db)


@pytest.fixture
def staff(people: People) -> dict[str, str]:
    return people["investor"].auth


@pytest.fixture
def chief(people: People) -> dict[str, str]:
    """Staff who also administer their office."""
    return people["director"].auth


def html(client: Client, path: str, auth: dict[str, str], status: int = 200) -> str:
    answer = client.get(path, headers=auth | {"Accept": "text/html"})
    assert answer.status_code == status, answer.text[:500]
    return answer.text


def forget(client: Client) -> None:
    client.app.state.chains = {}  # type: ignore[attr-defined]


# ---- panorama ----


def test_one_layer_alone(client: Client, staff: dict[str, str]) -> None:
    whole = html(client, "/chain", staff)
    layer = html(client, "/chain?layer=D", staff)
    assert 'data-link="M12"' in whole
    assert 'data-link="M12"' not in layer
    assert layer.count('data-link="D') == sum(link.layer == "D" for link in reading.book().links)
    assert "控制方数 k" in layer
    assert client.get("/chain?layer=X").status_code == 422


def test_the_same_in_a_table(client: Client, staff: dict[str, str]) -> None:
    table = html(client, "/chain?view=table", staff)
    assert "<svg xmlns" not in table
    for link in reading.book().links:
        assert f"/chain/links/{link.id}" in table
    assert "有证据存在" in table
    assert "有证据缺失" in table


def test_search_by_initials_code_and_name(client: Client, staff: dict[str, str]) -> None:
    assert "M12" in {link.id for link in reading.matching("jlr")}
    assert {link.id for link in reading.matching("m12")} == {"M12"}
    made = add(client, staff, "渝东试验调味厂")
    for q in ("调味厂", "YDSY", "ydsy"):
        assert f"/chain/register/{made}" in html(client, f"/chain?q={q}", staff), q
    anonymous = client.get("/chain?q=YDSY", headers={"Accept": "text/html"}).text
    assert made not in anonymous


def test_every_page_can_be_asked_as_of_a_day(client: Client, staff: dict[str, str], chief: dict[str, str]) -> None:
    pages = ("/chain", "/chain/gaps", "/chain/families", "/chain/questions", "/chain/links/M12", "/chain/what-if",
             "/chain/supplies", "/chain/map", "/chain/risk", "/targets", "/targets/sites", "/projects", "/plan",
             "/plan/laggards", "/plan/sites")  # fmt: skip
    for path in pages:
        told = html(client, f"{path}?as_of=2026-11-20", chief)
        assert 'value="2026-11-20"' in told, path
        assert client.get(f"{path}?as_of=2027-01-01", headers=chief).status_code == 422, path
        assert client.get(f"{path}?as_of=", headers=chief).status_code == 200, path


def test_a_changed_capacity_moves_one_link(client: Client, staff: dict[str, str]) -> None:
    def figures() -> dict[str, Any]:
        forget(client)
        items = client.get("/api/v1/chain/gaps", headers=staff).json()["items"]
        return {i["link"]: {k: v for k, v in i.items() if k not in ("rank", "score")} for i in items}

    before = figures()
    made = add(client, staff, "新厂")
    say(client, staff, "operates", made, link="M12", low="100", unit="吨")
    after = figures()
    assert [link for link in before if before[link] != after[link]] == ["M12"]


# ---- what-if ----


def test_drill_from_link_to_enterprise_with_batches_and_band(
    client: Client, db: Database, people: People, staff: dict[str, str]
) -> None:
    db.write(_give_code)
    made = add(client, staff, "山城试验食品厂", code=CODE)
    say(client, staff, "operates", made, link="M12", low="200", high="5000", unit="吨")
    forget(client)
    there = client.get("/api/v1/chain/links/M12", headers=staff).json()["enterprises"]
    one = next(e for e in there if e["code"] == CODE)
    assert (one["batches"], one["last_batch"], one["capacity_band"]) == (0, None, "100～10,000 吨")
    assert any(e["batches"] is None for e in there), "who has no account is not said to have none"
    page = html(client, "/chain/links/M12", staff)
    assert "产能档 100～10,000 吨" in page
    assert "0 批" in page
    assert "未接入" in page
    public = client.get("/chain/links/M12", headers={"Accept": "text/html"}).text
    assert "产能档" not in public
    assert "enterprises" not in client.get("/api/v1/chain/links/M12").json()


def test_what_if_moves_and_stores_nothing(client: Client, staff: dict[str, str]) -> None:
    before = client.get("/api/v1/chain/gaps", headers=staff).json()["items"]
    nothing = client.get("/api/v1/chain/what-if", headers=staff).json()
    assert nothing["nothing_changes"]
    assert nothing["links"] == []
    code = next(
        e["code"] for e in client.get("/api/v1/chain/links/M12", headers=staff).json()["enterprises"] if e["inside"]
    )
    found = client.get("/api/v1/chain/what-if", headers=staff, params={"without": code, "add": "U05:200吨"}).json()
    assert not found["nothing_changes"]
    assert {"M12", "U05"} <= {one["link"] for one in found["links"] if one["before"] != one["after"]}
    assert found["added"] == [{"link": "U05", "capacity": "200", "unit": "吨", "basis": "假设"}]
    forget(client)
    assert client.get("/api/v1/chain/gaps", headers=staff).json()["items"] == before
    page = html(client, f"/chain/what-if?without={code}&add=U05:200吨", staff)
    only = sum(one["before"] == one["after"] for one in found["links"])
    assert 0 < only < len(found["links"])
    assert f"另有 {only} 个环节数字不变" in page
    assert "假设" in page
    assert "→" in page
    wrong = client.get("/api/v1/chain/what-if?add=X:1", headers=staff)
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["pointer"] == "/add/0"
    assert "看不懂" in html(client, "/chain/what-if?add=X:1", staff, 422)
    assert client.get("/api/v1/chain/what-if").status_code == 401


# ---- rows of a figure ----


def test_the_exported_rows_give_the_figures(client: Client, staff: dict[str, str], chief: dict[str, str]) -> None:
    made = [add(client, staff, f"量测{n}厂", controller="某集团" if n < 2 else None) for n in range(4)]
    for n, one in enumerate(made):
        say(client, staff, "operates", one, link="S08", low=str(100 * (n + 1)), unit="吨")
    far = add(client, staff, "外县厂", inside=False)
    say(client, staff, "operates", far, link="S08", low="250", unit="吨")
    say(client, staff, "need", "S08", low="1600", unit="吨")
    forget(client)
    checked = 0
    for link in reading.book().links:
        text = client.get(f"/chain/links/{link.id}.csv", headers=staff).content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        told = {r["类别"].removeprefix("指标："): r["产能下限"] for r in rows if r["类别"].startswith("指标")}
        working = [r for r in rows if r["类别"] == "在产"]
        inside = [r for r in working if r["所在"] == "区内"]
        need = next(r for r in rows if r["类别"] == "年需求")
        known_empty = any(r["类别"] == "查无记录" for r in rows)
        out = [r for r in rows if r["类别"] == "证照已到期"]
        ends = [str(len({r["控制方"] for r in some})) for some in (inside, [*inside, *out])]
        assert told["控制方数 k"] == ("～".join(dict.fromkeys(ends)) if inside or known_empty else "未知")

        def known(r: dict[str, str], unit: str) -> bool:
            return r["产能下限"] == r["产能上限"] != "未知" and r["单位"] == unit

        unit = need["单位"] or next((r["单位"] for r in working if r["产能下限"] != "未知"), "")
        if inside and need["产能下限"] != "未知":
            low = sum(float(r["产能下限"]) for r in inside if r["产能下限"] != "未知" and r["单位"] == unit)
            assert float(told["覆盖下限"]) == pytest.approx(min(1, low / float(need["产能下限"])), abs=1e-6)
        if told["HHI"] != "未知":
            assert all(known(r, unit) for r in inside)
            total = sum(float(r["产能下限"]) for r in inside)
            held: dict[str, float] = {}
            for r in inside:
                held[r["控制方"]] = held.get(r["控制方"], 0.0) + float(r["产能下限"])
            hhi = sum((100 * amount / total) ** 2 for amount in held.values())
            assert float(told["HHI"]) == pytest.approx(hhi, abs=1e-5)
            assert float(told["有效控制方数"]) == pytest.approx(10_000 / hhi, abs=1e-5)
            checked += 1
        if told["区外占比"] != "未知":
            away = sum(float(r["产能下限"]) for r in working if r["所在"] == "区外")
            here = sum(float(r["产能下限"]) for r in inside)
            assert float(told["区外占比"]) == pytest.approx(away / (away + here), abs=1e-6)
    assert checked > 5
    assert client.get("/chain/links/M12.csv").status_code == 401
    _families_by_hand(client, staff, chief)


def _families_by_hand(client: Client, staff: dict[str, str], chief: dict[str, str]) -> None:
    """k, dominators and cuts out of the exported needs and ways alone; names only for the authorised."""
    answer = client.get("/api/v1/chain/completeness", headers=chief).json()
    told = {one["name"]: one for one in answer["families"]}
    text = client.get("/chain/families.csv", headers=staff).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text.split("\n", 1)[1])))
    assert {row["产品族"] for row in rows if row["产品族"]} == set(told)
    _whole_by_hand(answer, rows)
    for name, one in told.items():
        mine = [row for row in rows if row["产品族"] == name]
        needs = [row for row in mine if row["类别"] == "需求"]
        _completeness_by_hand(one, mine, needs)
        held = [set(filter(None, row["控制方"].split("|"))) for row in needs if row["证据"] == "已知"]
        k = min((len(group) for group in held), default=4)
        assert one["k"] == (None if k > 3 else k), name
        if 0 < k <= 3:
            assert one["k_sets"] == len({frozenset(group) for group in held if len(group) == k})
            assert len(one["k_named"]) == one["k_sets"]
            assert not {c for group in one["k_named"] for c in group} & {c for group in held for c in group}
        links = [frozenset(row["环节"].split("|")) for row in needs]
        fewest = min(len(group) for group in links)
        assert {frozenset(g) for g in one["smallest_stops"]} == {g for g in links if len(g) == fewest}
        ways: dict[str, list[str]] = {}
        for row in mine:
            if row["类别"] == "路径":
                source, link = row["环节"].split("|")
                ways.setdefault(link, []).append(source)

        def works(gone: set[str], link: str, ways: dict[str, list[str]] = ways) -> bool:
            sources = ways.get(link, [])
            return link not in gone and (not sources or any(works(gone, source, ways) for source in sources))

        every = {*ways, *(source for sources in ways.values() for source in sources), one["made_at"]}
        assert set(one["dominators"]) == {link for link in every if not works({link}, one["made_at"])}
        cut = set(one["smallest_cut"])
        if cut:
            assert not works(cut, one["made_at"])
            before = sorted(every - {one["made_at"]})
            assert all(works(set(less), one["made_at"]) for less in combinations(before, min(2, len(cut) - 1)))
    public = client.get("/api/v1/chain/completeness").json()["families"]
    assert all(one["k_named"] is None for one in public)
    assert client.get("/chain/families.csv").status_code == 401
    assert "最小割（路径）" in html(client, "/chain/families", chief)


def _completeness_by_hand(one: dict[str, Any], mine: list[dict[str, str]], needs: list[dict[str, str]]) -> None:
    figures = {row["名称"]: row["数值"] for row in mine if row["类别"] == "指标"}
    ways: dict[str, list[str]] = {}
    for row in mine:
        if row["类别"] in ("路径", "支路"):
            source, link = row["环节"].split("|")
            ways.setdefault(link, []).append(source)
    weight = [float(row["权重"]) for row in needs]
    for at, end in enumerate(("下限", "上限")):
        met = [float(row[f"满足{end}"]) for row in needs]
        there = {row["环节"]: float(row[f"有无{end}"]) for row in mine if row["类别"] == "环节"}

        @cache
        def count(link: str, kept: bool, there: Any = tuple(there.items())) -> int:
            if kept and dict(there)[link] <= 0:
                return 0
            return sum(count(source, kept) for source in ways.get(link, ())) if ways.get(link) else 1

        ends = [link for row in needs for link in row["环节"].split("|")]
        by_hand = {
            "完备度": sum(w * m for w, m in zip(weight, met, strict=True)) / sum(weight),
            "成品完备": min(float(row[f"有无{end}"]) for row in needs),
            "路径覆盖": sum(count(link, True) for link in ends) / sum(count(link, False) for link in ends),
        }
        for name, key in (("完备度", "completeness"), ("成品完备", "dish"), ("路径覆盖", "paths")):
            assert one[key][at] == pytest.approx(by_hand[name], abs=3e-6), (one["name"], name, end)
            assert float(figures[name + end]) == pytest.approx(by_hand[name], abs=3e-6)


def _whole_by_hand(answer: dict[str, Any], rows: list[dict[str, str]]) -> None:
    volumes = {row["产品族"]: row["数值"] for row in rows if row["类别"] == "产量"}
    weight = {name: 1.0 if "未知" in volumes.values() else float(text) for name, text in volumes.items()}
    for at in (0, 1):
        whole = sum(weight[one["name"]] * one["completeness"][at] for one in answer["families"])
        assert answer["whole"][at] == pytest.approx(whole / sum(weight.values()), abs=3e-6)
    people = {row["名称"]: int(row["数值"]) for row in rows if row["类别"] == "主体"}
    parks = [int(row["数值"]) for row in rows if row["类别"] == "园区"]
    known, every = sum(parks), people["区内在产主体"]
    gone, spare = (
        {name.partition("、")[2]: n for name, n in people.items() if name.startswith(f"{kind}、")}
        for kind in ("证照已到期", "疑为同一")
    )
    most = known + people["所在园区未登记"] + gone["在园区"] + gone["所在园区未登记"]
    share = [
        (known - spare["在园区，下限不计"])
        / (every - spare["在园区，下限不计"] + gone["不在园区"] + gone["所在园区未登记"]),
        most / (every - spare["不在园区，上限不计"] + gone["在园区"] + gone["所在园区未登记"]),
    ]
    assert answer["clustering"]["in_parks"] == pytest.approx(share, abs=1e-6)
    if any(gone.values()) or any(spare.values()):
        assert answer["clustering"]["hhi"] is None
    else:
        assert answer["clustering"]["hhi"] == pytest.approx(sum((100 * n / known) ** 2 for n in parks), abs=0.06)


# ---- consents ----


def consent(client: Client, staff: dict[str, str], subject: str, number: str = "同〔2026〕1号", **more: str) -> Any:
    body = {"number": number, "dated": "2026-11-01", "until": "2027-11-01"} | more
    return client.post(f"/api/v1/chain/subjects/{subject}/consents", json=body, headers=staff)


def test_batches_are_told_one_by_one_only_with_a_consent(
    client: Client, db: Database, people: People, staff: dict[str, str]
) -> None:
    maker = db.write(_give_code)
    subject = add(client, staff, "山城试验食品厂", code=CODE)
    path = f"/api/v1/chain/subjects/{subject}/seen"
    before = client.get(path, headers=staff).json()
    assert before["batches"] == 0
    assert before["newest"] is None
    assert consent(client, staff, subject).status_code == 201
    assert client.get(path, headers=staff).json()["newest"] == []
    assert consent(client, staff, subject).status_code == 409
    for wrong in ({"dated": "2026-12-01"}, {"until": "2026-10-01"}, {"number": ""}):
        assert consent(client, staff, subject, **({"number": "另号"} | wrong)).status_code == 422

    boss = people["boss"].auth
    mine = client.get("/api/v1/consents", headers=boss).json()["items"]
    assert [one["number"] for one in mine] == ["同〔2026〕1号"]
    assert "同〔2026〕1号" in html(client, "/consents", boss)
    assert client.get("/api/v1/consents", headers=people["clerk"].auth).status_code == 403
    assert client.get("/api/v1/consents", headers=people["farmer"].auth).status_code == 403
    there = f"/api/v1/consents/{mine[0]['id']}/withdraw"
    post(client, boss, there, {"reason": "短"}, 422)
    post(client, boss, there, {"reason": "不再同意"})
    post(client, boss, there, {"reason": "不再同意"}, 409)
    after = client.get(path, headers=staff).json()
    assert after["newest"] is None
    assert after["consents"][0]["withdrawn"] == "2026-11-24"
    assert "不再同意" in html(client, f"/chain/register/{subject}", staff)
    assert maker


def _give_code(conn: Any) -> int:
    from sqlalchemy import text

    return int(conn.execute(text("UPDATE organisation SET uscc = :c WHERE code = 'maker'"), {"c": CODE}).rowcount)


def test_anothers_consent_is_not_there(client: Client, db: Database, people: People, staff: dict[str, str]) -> None:
    subject = add(client, staff, "别家厂")
    made = consent(client, staff, subject).json()["id"]
    post(client, people["boss"].auth, f"/api/v1/consents/{made}/withdraw", {"reason": "不再同意"}, 404)


def test_a_consent_stays_when_the_enterprise_gets_a_credit_code(
    client: Client, db: Database, people: People, staff: dict[str, str]
) -> None:
    db.write(_give_code)
    subject, other = (add(client, staff, name) for name in ("山城试验食品厂", "他山食品厂"))
    boss = people["boss"].auth

    def mine() -> list[str]:
        return [one["number"] for one in client.get("/api/v1/consents", headers=boss).json()["items"]]

    def numbers(of: str) -> list[str]:
        found = client.get(f"/api/v1/chain/subjects/{of}/seen", headers=staff).json()
        return [one["number"] for one in found["consents"]]

    assert consent(client, staff, subject).status_code == 201
    assert consent(client, staff, other, "他家同意").status_code == 201
    assert mine() == [], "nothing says that it is theirs"
    say(client, staff, "subject", subject, name="山城试验食品厂", code=CODE)
    found = client.get(f"/api/v1/chain/subjects/{subject}/seen", headers=staff).json()
    assert numbers(subject) == ["同〔2026〕1号"]
    assert found["newest"] == [], "it holds"
    assert consent(client, staff, subject).status_code == 409, "on record already"
    assert consent(client, staff, subject, "新号").status_code == 201
    assert numbers(subject) == ["新号", "同〔2026〕1号"]
    assert mine() == ["新号", "同〔2026〕1号"]
    old = client.get("/api/v1/consents", headers=boss).json()["items"][1]["id"]
    post(client, boss, f"/api/v1/consents/{old}/withdraw", {"reason": "不再同意"})
    say(client, staff, "subject", subject, name="山城试验食品厂", code="91500228MA5U00001W")
    assert numbers(subject) == ["新号", "同〔2026〕1号"], "filed under what never becomes another's"
    say(client, staff, "subject", other, name="他山食品厂", code=CODE)
    assert numbers(subject) == ["新号", "同〔2026〕1号"]
    assert numbers(other) == ["他家同意"], "a code that was another's brings nothing with it"


def test_bands() -> None:
    from decimal import Decimal

    assert band(None, "吨") == "未知"
    assert band(Decimal(99), "吨") == "100 吨以下"
    assert band(Decimal(100), "吨") == "100～500 吨"
    assert band(Decimal(49_999), "吨") == "10,000～50,000 吨"
    assert band(Decimal(50_000), "吨") == "50,000 吨以上"
    assert band(Decimal(200), "吨", Decimal(450)) == "100～500 吨"
    assert band(Decimal(200), "吨", Decimal(5_000)) == "100～10,000 吨"
    assert band(Decimal(20), "吨", Decimal(600)) == "1,000 吨以下"
    assert band(Decimal(200), "吨", Decimal(90_000)) == "100 吨以上"
    assert band(Decimal(0), "吨", Decimal(90_000)) == "未知"


# ---- risk ----


def told_risk(client: Client, auth: dict[str, str], query: str = "") -> dict[str, Any]:
    """The ranking once it is worked out."""
    for _ in range(200):
        told: dict[str, Any] = client.get(f"/api/v1/chain/risk{query}", headers=auth).json()
        if not told["computing"]:
            return told
        time.sleep(0.05)
    raise AssertionError(told)


def test_named_risks_are_for_the_authorised_and_downloads_are_logged(
    client: Client, db: Database, staff: dict[str, str], chief: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/api/v1/chain/risk", headers=staff).status_code == 403
    assert client.get("/chain/risk", headers=staff).status_code == 403
    hold = threading.Event()
    real = shocking.rank
    monkeypatch.setattr(shocking, "rank", lambda *a: (a[2](0, 7), hold.wait(10), real(*a))[2])
    first = client.get("/api/v1/chain/risk", headers=chief).json()
    assert (first["computing"], first["items"], first["settled"]) == (True, [], None)
    waiting = html(client, "/chain/risk", chief)
    assert "计算中 0/7" in waiting
    assert 'hx-get="/chain/risk"' in waiting
    assert "htmx.min.js" in waiting
    assert client.post("/chain/risk.csv", headers=chief).status_code == 409
    hold.set()
    told = told_risk(client, chief)
    assert told["single_points"]
    assert told["settled"]
    assert told["unsettled"] == 0
    assert told["shocked"] == told["enterprises"] == len(told["items"]) > 0, "the demo declares supplies"
    assert told["computed_at"].startswith("2026-11-24")
    values = [one["esri"] for one in told["items"]]
    assert values == sorted(values, reverse=True)
    page = html(client, "/chain/risk", chief)
    assert "计算中" not in page
    assert "每一家都推演" in page
    assert page.count("director 2026-11-24") == 2, "across the page and in words"
    with db.read() as conn:
        assert store.downloads(conn) == []
    file = client.post("/chain/risk.csv", headers=chief)
    assert file.status_code == 200, file.text
    text = file.content.decode("utf-8-sig")
    assert "director 2026-11-24" in text
    with db.read() as conn:
        assert [row.rows for row in store.downloads(conn)] == [len(values)]
    assert client.post("/chain/risk.csv", headers=staff).status_code == 403

    rows = list(csv.reader(io.StringIO(text)))
    start = next(n for n, row in enumerate(rows) if row[:2] == ["供给方", "收货方"])
    edges = [row for row in rows[start + 1 :] if len(row) == 8]
    sector = {row[end]: row[end + 6] for row in edges for end in (0, 1)}
    kinds = {(e.from_link, e.to_link): e.kind == "物料" for e in reading.book().edges}
    again, _ = esri([(r[0], r[1], float(r[5])) for r in edges], sector, lambda a, b: kinds.get((a, b), False))
    assert {one["code"]: one["esri"] for one in told["items"]} == pytest.approx(again, abs=1e-8)

    made = [add(client, staff, name) for name in ("新供方", "新收方")]
    say(client, chief, "supplies", made[0], to=str(made[1]), link="M01", low="30", unit="吨")
    forget(client)
    after = told_risk(client, chief)
    assert after["enterprises"] == told["enterprises"] + 2
    past = told_risk(client, chief, "?as_of=2026-11-20")
    assert past["as_of"] == "2026-11-20"
    assert past["enterprises"] is not None


def test_supplies_told_by_one_side_only(client: Client, staff: dict[str, str], chief: dict[str, str]) -> None:
    told = html(client, "/chain/supplies", chief)
    assert "申报而未见" in told
    known = client.get("/api/v1/chain/supplies", headers=chief).json()["declared_never_observed"]
    assert known
    assert all(one["from"]["name"] in told for one in known)
    assert client.get("/api/v1/chain/supplies", headers=staff).json()["declared_never_observed"] is None
    others = html(client, "/chain/supplies", staff)
    assert "商业秘密" in others
    assert not any(one["from"]["name"] in others for one in known)
    assert client.get("/chain/supplies").status_code in (303, 401)


# ---- map ----


def test_the_map_needs_a_file_and_its_number(client: Client, staff: dict[str, str]) -> None:
    say(client, staff, "subject", name="有坐标厂", place="某镇", fields={"经度": "107.5", "纬度": "30.5"})
    assert "还没有边界文件" in html(client, "/chain/map", staff)

    def upload(content: bytes, approval: str) -> Any:
        files = {"file": ("区.geojson", content, "application/geo+json")}
        return client.post("/chain/map", files=files, data={"approval": approval}, headers=staff)

    assert upload(b"{}", "").status_code == 422
    assert "FeatureCollection" in upload(b"{}", "").text
    assert upload(BOUNDARY, "").status_code == 303
    assert "没有审图号" in html(client, "/chain/map", staff)
    assert upload(BOUNDARY, "渝S(2026)001号").status_code == 303
    drawn = html(client, "/chain/map", staff)
    assert "渝S(2026)001号" in drawn
    assert 'aria-label="有坐标厂"' in drawn


def test_the_points_of_the_map_by_page_and_day(
    client: Client, db: Database, people: People, staff: dict[str, str]
) -> None:
    path = "/api/v1/chain/map"
    before = client.get(f"{path}?limit=100", headers=staff).json()
    assert before["located"] == len(before["items"]) > 20
    assert before["total"] > before["located"]
    assert all(one["demo"] and "模拟" in one["source"] and one["datum"] == "wgs84" for one in before["items"])
    assert {one["kind"] for one in before["items"]} == {"base", "enterprise", "park"}
    made = add(client, staff, "有坐标厂", place="某镇")
    say(client, staff, "position", made, lon="107.5", lat="30.5", datum="gcj02")
    first = client.get(f"{path}?limit=1", headers=staff).json()
    (one,) = first["items"]
    assert (one["id"], one["lon"], one["lat"], one["datum"]) == (made, "107.5", "30.5", "gcj02")
    assert first["located"] == before["located"] + 1
    following = client.get(f"{path}?limit=1&cursor={first['next']}", headers=staff).json()["items"]
    assert following == before["items"][:1]
    assert client.get(f"{path}?as_of=2026-09-29", headers=staff).json()["items"] == []
    shown = html(client, "/chain/map", staff)
    assert "107.5, 30.5" in shown
    for login, status in ((None, 401), ("clerk", 403), ("operator", 200)):
        headers = people[login].auth if login else {}
        assert client.get(path, headers=headers).status_code == status, login
    assert client.get(f"{path}?as_of=2027-01-01", headers=staff).status_code == 422
