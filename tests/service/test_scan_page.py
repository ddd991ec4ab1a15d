"""The page behind the code: one statement, first line, states, walking up, and never a word that judges."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from service.database import Database
from service.scan.public import COOK, village
from service.web.render import STATIC, environment
from tests.fixtures.measures import new, serve
from tests.fixtures.people import Someone
from tests.fixtures.scanning import GTIN, District, settle
from tests.fixtures.statements import statements
from trace.batches import lifecycle
from trace.batches.public import UNKNOWN
from trace.identifiers.models import encode
from trace.measures import commands

HTML = {"Accept": "text/html"}
FORBIDDEN = ("可食用", "安全", "放心", "合格", "证据不足", "风险待查", "需人工核对")


@pytest.fixture
def district(db: Database, people: dict[str, Someone]) -> District:
    return settle(db, people)


def path_of(district: District) -> str:
    return f"/01/{GTIN}/10/{encode(district.batch.lot)}"


def first_line(html: str) -> str:
    """The first text of the page's main part."""
    found = re.search(r"<main[^>]*>\s*<p class=\"line \w+\">(.*?)</p>", html, re.S)
    assert found, html[:2000]
    return found[1]


def scan(client: TestClient, path: str, **headers: str) -> Any:
    return client.get(path, headers=HTML | headers)


def test_a_scan_is_one_statement(client: TestClient, district: District, db: Database) -> None:
    with statements(db._readers) as seen:
        for path in (
            path_of(district),
            f"/s/{district.batch.short_code}",
            f"/01/{GTIN}/10/NO-SUCH",
            "/01/04006381333931",
        ):
            seen.clear()
            scan(client, path)
            assert len([s for s in seen if s.lstrip().upper().startswith(("SELECT", "WITH"))]) == 1, path
            seen.clear()
            scan(client, path)
            assert seen == [], "an answer of the last second asks nothing"


def test_every_state_has_its_own_first_line(client: TestClient, district: District, clock: Any) -> None:
    path, batch = path_of(district), district.batch.batch_id
    assert first_line(scan(client, path).text) == "企业待放行"
    district.do("safety", lambda c: lifecycle.hold(c, batch, "等复检结果"))
    forget(client)
    assert first_line(scan(client, path).text) == "企业待放行"
    district.do("safety", lambda c: lifecycle.unhold(c, batch, "复检完成"))
    district.release()
    forget(client)
    assert first_line(scan(client, path).text) == "已登记，截至 2026-11-24 09:00 未查到停售或召回信息"
    district.do("safety", lambda c: lifecycle.stop(c, batch, "标签印刷有误", "标签日期印错"))
    forget(client)
    assert first_line(scan(client, path).text) == "企业已停止销售：标签日期印错"
    order = district.do("officer", lambda c: commands.draft(c, batch, new()))
    forget(client)
    assert first_line(scan(client, path).text).startswith("企业已停止销售"), "a draft changes nothing"
    district.do("officer2", lambda c: serve(c, order, number="良市监停〔2026〕1号"))
    forget(client)
    assert first_line(scan(client, path).text) == "监管责令停止经营（文书号：良市监停〔2026〕1号）"
    district.do("safety", lambda c: lifecycle.announce_recall(c, batch, "复检结果", "公告 2026-7", "到购买处退款"))
    forget(client)
    text = scan(client, path).text
    assert first_line(text) == "召回中（公告：公告 2026-7；退货方式：到购买处退款）"
    assert 'class="line stop"' in text
    assert "请勿购买" in text


def forget(client: TestClient) -> None:
    """Commands of tests go past the request edge, which is what makes the cache forget."""
    client.app.state.scan_desk.answers.forget()  # type: ignore[attr-defined]


def test_expired_voided_and_reserved(client: TestClient, district: District, clock: Any) -> None:
    reserved = district.reserve("LATER-1")
    path = f"/01/{GTIN}/10/{reserved.lot}"
    assert first_line(scan(client, path).text) == "企业待放行"
    other = district.register(lot="B-2")
    district.do("clerk", lambda c: lifecycle.void(c, other.batch_id, "登记错了产品"))
    assert first_line(scan(client, f"/01/{GTIN}/10/B-2").text) == "此码已由企业作废，不对应在售批次"
    district.release()
    clock.forward(days=200)
    forget(client)
    text = scan(client, path_of(district)).text
    assert first_line(text) == "已过标签保质期（到 2027-05-23）"
    assert "已过 20 天" in text


def test_the_page_says_what_it_is_and_how_to_heat_it(client: TestClient, district: District) -> None:
    district.release()
    text = scan(client, path_of(district)).text
    for fact in ("酱卤鸭（半成品）", "0.5 kg", "冷冻", "山城试验食品厂", "含大豆、小麦制品", "沸水煮 12 分钟", "还剩 180 天",
                 district.batch.short_code, GTIN, "A/1%2?x"):  # fmt: skip
        assert fact in text, fact
    assert COOK in text
    assert text.index(COOK) < text.index("生产日期"), "before the dates, on the first screen"
    assert "双堰村" in text
    assert "王家院子" not in text, "origin is published to the village"
    assert "<script" not in text


def test_origins_end_at_the_village() -> None:
    assert village("良溪县青石镇双堰村3组王家院子") == "良溪县青石镇双堰村"
    assert village("万州区某社区12号") == "万州区某社区"
    assert village("重庆市梁平区") == "重庆市梁平区"


def test_the_whole_page_is_below_15_kilobytes(client: TestClient, district: District) -> None:
    district.release()
    answer = scan(client, path_of(district))
    linked = re.findall(r'(?:href|src)="/static/([\w.]+)', answer.text)
    total = len(answer.content) + sum(len((STATIC / name).read_bytes()) for name in set(linked))
    assert total < 15_000, total
    assert len((STATIC / "scan.css").read_bytes()) <= 6_000


def test_no_judgement_on_the_public_page(client: TestClient, district: District) -> None:
    pages = [
        scan(client, p).text for p in (path_of(district), f"/01/{GTIN}/10/X", "/01/04006381333931", "/01/1", "/00/1")
    ]
    district.release()
    forget(client)
    pages.append(scan(client, path_of(district)).text)
    source = Path(environment().loader.searchpath[0])  # type: ignore[union-attr, index]
    pages += [(source / "scan" / name).read_text() for name in ("public.html", "_facts.html")]
    for text in pages:
        plain = text.replace("监督抽检不合格", "")
        assert [word for word in FORBIDDEN if word in plain] == []
        assert "比对" not in plain


def test_an_unknown_lot_walks_up_to_its_product(client: TestClient, district: District) -> None:
    answer = scan(client, f"/01/{GTIN}/10/NO-SUCH")
    assert answer.status_code == 200
    assert first_line(answer.text) == UNKNOWN.text
    assert "酱卤鸭（半成品）" in answer.text
    assert "NO-SUCH" in answer.text
    told = client.get(f"/01/{GTIN}/10/NO-SUCH", headers={"Accept": "application/json"}).json()
    assert (told["code"], told["lot"], told["line"]) == ("unknown", None, UNKNOWN.text)


def test_unknown_and_malformed_codes_are_told_apart(client: TestClient, district: District) -> None:
    for path in ("/01/04006381333931", "/01/04006381333931/10/A", "/00/006141411234567890", "/414/9521321000018",
                 "/id/00000000000000/10/A", "/s/00000-00000"):  # fmt: skip
        answer = scan(client, path)
        assert answer.status_code == 404, path
        assert first_line(answer.text) == UNKNOWN.text, path
    for path in (
        "/01/04006381333932",
        "/01/x",
        "/01/",
        "/id/!!",
        "/s/ABC",
        "/00/1",
        "/414/",
        f"/01/{GTIN}/10/",
        "/01/a%0Ab",
    ):
        answer = scan(client, path)
        assert answer.status_code == 400, path
        assert "正确的编码" in answer.text, path
        told = client.get(path, headers={"Accept": "application/json"})
        assert told.json()["code"] == "malformed_code", path


def test_short_code_old_gtin_and_serial_lead_to_the_lot(client: TestClient, district: District) -> None:
    for path in (
        f"/s/{district.batch.short_code}",
        f"/s/{district.batch.short_code.replace('-', '').lower()}",
        f"/01/{GTIN[1:]}/10/{encode('A/1%2?x')}",
        f"{path_of(district)}/21/000123",
        path_of(district) + "/",
    ):
        text = scan(client, path).text
        assert first_line(text) == "企业待放行", path
    assert "000123" in scan(client, f"{path_of(district)}/21/000123").text


def test_a_factory_code_leads_to_its_short_lot(client: TestClient, district: District) -> None:
    made = district.register(lot="鸭字第（2026）十一号")
    text = scan(client, f"/01/{GTIN}/10/{encode('鸭字第（2026）十一号')}").text
    assert first_line(text) == "企业待放行"
    assert "鸭字第（2026）十一号" in text
    assert made.lot in text
    unknown = scan(client, f"/01/{GTIN}/10/{encode('无此批号的产品')}")
    assert unknown.status_code == 200
    assert first_line(unknown.text) == UNKNOWN.text


def test_private_items_resolve_on_our_host(client: TestClient, district: District) -> None:
    from urllib.parse import urlsplit

    path = urlsplit(district.raw.uri).path
    assert path.startswith("/id/")
    answer = scan(client, path)
    assert answer.status_code == 200
    assert "鸭胚" in answer.text
    assert client.get(path, headers={"Accept": "application/json"}).json()["uri"] == district.raw.uri


def test_an_answer_can_be_asked_for_again(client: TestClient, district: District) -> None:
    answer = scan(client, path_of(district))
    assert answer.headers["vary"] == "Accept, Cookie, Authorization"
    again = scan(client, path_of(district), **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = client.head(path_of(district), headers=HTML)
    assert (head.status_code, head.content) == (200, b"")
    options = client.options(path_of(district))
    assert (options.status_code, options.headers["access-control-allow-origin"]) == (204, "*")


def test_what_a_command_changed_is_seen_at_once(client: TestClient, district: District) -> None:
    path = path_of(district)
    assert first_line(scan(client, path).text) == "企业待放行"
    answer = client.post(
        f"/api/v1/batches/{district.batch.batch_id}/stop",
        headers=district.people["safety"].auth,
        json={"reason": "标签印刷有误", "public_text": "标签印错"},
    )
    assert answer.status_code == 204, answer.text
    assert first_line(scan(client, path).text) == "企业已停止销售：标签印错"


RAW = st.binary(max_size=60).map(lambda b: "".join(f"%{x:02X}" for x in b if x))
PIECES = st.lists(
    st.one_of(RAW, st.text(max_size=20), st.sampled_from(["01", "10", "21", "id", "s", GTIN, "..", "%", "%2", "%2F"])),
    max_size=6,
)


@hypothesis_settings(max_examples=150, suppress_health_check=list(HealthCheck), derandomize=True)
@given(start=st.sampled_from(["/01/", "/id/", "/s/", "/00/", "/414/", f"/01/{GTIN}/10/"]), pieces=PIECES,
       accept=st.one_of(st.text(max_size=40), st.sampled_from(["*/*", "application/json", "text/html;q=x", ",;=q"])),
       link=st.one_of(st.none(), st.text(max_size=20)))  # fmt: skip
def test_never_a_fault_whatever_the_path(
    client: TestClient, district: District, start: str, pieces: list[str], accept: str, link: str | None
) -> None:
    from urllib.parse import quote

    path = start + "/".join(quote(p, safe="%") for p in pieces)
    headers = {"Accept": accept.encode("utf-8", "replace")}
    answer = client.get(path, headers=headers, params=None if link is None else {"linkType": link})
    assert answer.status_code in (200, 303, 304, 307, 400, 404), (path, answer.status_code)
