"""A verdict over HTTP and on pages: explained, printed, ruled, reviewed, doubted; and who sees which of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from starlette.testclient import TestClient

from service.database import Database
from tests.fixtures.people import Someone
from tests.fixtures.scanning import District, settle
from trace.batches import lifecycle
from trace.batches.models import NewReceipt
from trace.batches.receiving import receive
from trace.context import local_datetime
from trace.evidence.models import NewMeasurement, NewReport
from trace.verdicts import store

HTML = {"Accept": "text/html"}
Post = Callable[..., Any]


@pytest.fixture
def district(db: Database, people: dict[str, Someone]) -> District:
    return settle(db, people)


@pytest.fixture
def post(client: TestClient, log_in: Callable[..., str]) -> Post:
    def run(login: str, path: str, data: dict[str, Any]) -> Any:
        return client.post(path, data=data | {"csrf_token": log_in(login)}, headers=HTML)

    return run


def verdict(client: TestClient, district: District, login: str, status: int = 200) -> Any:
    found = client.get(f"/api/v1/batches/{district.batch.batch_id}/verdict", headers=district.people[login].auth)
    assert found.status_code == status, found.text
    return found.json()


def test_each_finding_is_explained(client: TestClient, district: District) -> None:
    told = verdict(client, district, "clerk")
    assert told["notice"] == "系统比对，不是检验结论"
    assert told["rulebook"] == told["rulebook_in_force"]
    assert [h["cause_text"] for h in told["history"]] == ["登记批次"]
    assert told["inputs_judged"]["product"]["name"] == "酱卤鸭（半成品）"
    assert told["inputs_judged"]["inputs"][0]["quantity"] == "62.5 kg"
    assert told["inputs_digest"].startswith("sha256:")
    assert told["product"]["classification"]
    ranks = ["fail", "needs_review", "insufficient_evidence", "pass", "advisory", "not_applicable"]
    statuses = [ranks.index(f["status"]) for f in told["findings"]]
    assert statuses == sorted(statuses)
    for finding in told["findings"]:
        assert finding["sentence"].strip()
        assert finding["evidence_text"]
        if finding["clause_id"]:
            assert finding["source_text"]
            assert client.get(finding["clause_page"], headers=HTML).status_code == 200
    official = verdict(client, district, "officer")
    assert "quantity" not in official["inputs_judged"]["inputs"][0], "amounts are the maker's"
    for login in ("rival", "farmer"):
        verdict(client, district, login, 404)
    verdict(client, district, "investor", 403)
    raw = client.get(f"/api/v1/batches/{district.raw.batch_id}/verdict", headers=district.people["clerk"].auth)
    assert raw.status_code == 404
    assert "原料" in raw.json()["detail"]


def test_the_printed_report(client: TestClient, district: District, log_in: Callable[..., str]) -> None:
    at = f"/batches/{district.batch.batch_id}"
    log_in("officer")
    assert f'href="{at}/verdict.pdf"' in client.get(at, headers=HTML).text
    found = client.get(f"{at}/verdict.pdf")
    assert (found.status_code, found.headers["content-type"]) == (200, "application/pdf")
    assert found.headers["cache-control"] == "private, no-store"
    document = pypdfium2.PdfDocument(found.content)
    try:
        assert len(document) == 1
        text = "".join(document[0].get_textpage().get_text_bounded().split())
        (code,) = zxingcpp.read_barcodes(document[0].render(scale=3).to_pil())
    finally:
        document.close()
    assert "系统比对，不是检验结论" in text
    assert "过氧化值" in text
    assert code.text.endswith(district.path.replace("A/1%2?x", "A%2F1%252%3Fx")), code.text
    log_in("rival")
    assert client.get(f"{at}/verdict.pdf", headers=HTML).status_code == 404
    log_in("clerk")
    assert client.get(f"/batches/{district.raw.batch_id}/verdict.pdf", headers=HTML).status_code == 404


def test_rulings_and_notes_stand_beside_their_finding(client: TestClient, district: District, post: Post) -> None:
    at = f"/batches/{district.batch.batch_id}"
    keys = [f["key"] for f in verdict(client, district, "clerk")["findings"] if f["status"] == "needs_review"]
    ruling = {"findings": keys, "conclusion": "conforms", "basis": "配料表与工艺单已核对"}
    auth = {n: district.people[n].auth for n in ("clerk", "safety", "officer", "rival")}
    api = f"/api/v1{at}"
    assert client.post(f"{api}/rulings", json=ruling, headers=auth["clerk"]).status_code == 403
    assert client.post(f"{api}/rulings", json=ruling, headers=auth["safety"]).status_code == 204
    note = {"stance": "doubt", "remark": "请补充原始记录", "finding": keys[0]}
    assert client.post(f"{api}/reviews", json=note, headers=auth["safety"]).status_code == 403
    assert client.post(f"{api}/reviews", json=note | {"stance": "x"}, headers=auth["officer"]).status_code == 422
    assert client.post("/api/v1/batches/5/reviews", json=note, headers=auth["officer"]).status_code == 404
    assert client.post(f"{api}/reviews", json=note, headers=auth["officer"]).status_code == 201
    found = next(f for f in verdict(client, district, "clerk")["findings"] if f["key"] == keys[0])
    assert [(r["text"], r["who"]) for r in found["rulings"]] == [("符合", "山城试验食品厂 · safety")]
    assert [(r["text"], r["who"]) for r in found["reviews"]] == [("存疑，请企业补充", "试验市场监管所")]
    seen = next(f for f in verdict(client, district, "officer")["findings"] if f["key"] == keys[0])
    assert seen["reviews"][0]["who"] == "试验市场监管所 · officer"
    assert post("officer", f"{at}/reviews", {"stance": "agree", "remark": "好"}).status_code == 422
    done = post("officer", f"{at}/reviews", {"stance": "agree", "remark": "现场记录一致", "finding": ""})
    assert done.headers["location"] == f"{at}?done=noted"
    page = client.get(f"{at}?done=noted", headers=HTML).text
    for words in ("食品安全员裁定：符合", "监管核查意见：存疑", "现场记录一致", "核查意见已记录"):
        assert words in page, words


def stop_raw(district: District) -> None:
    district.do("safety", lambda c: lifecycle.stop(c, district.raw.batch_id, "疑似变质待查", "停用一批鸭胚"))


def sell(district: District, login: str = "rival") -> None:
    """The dealer takes over ten packs."""
    district.release()
    code = "rival"
    district.do("clerk", lambda c: lifecycle.ship(c, district.batch.batch_id, "10", "", "", code))
    district.do(login, lambda c: receive(c, NewReceipt("enterprise", "10", "件", code=district.batch.uri)))


def test_a_suspicion_is_for_holders_and_supervisors_alone(
    client: TestClient, district: District, log_in: Callable[..., str], post: Post, db: Database
) -> None:
    sell(district)
    batch_id = district.batch.batch_id
    at, api = f"/batches/{batch_id}", f"/api/v1/batches/{batch_id}/suspicions"
    assert client.get(api, headers=district.people["clerk"].auth).json() == {"items": []}
    stop_raw(district)
    (mine,) = client.get(api, headers=district.people["clerk"].auth).json()["items"]
    assert (mine["open"], mine["kind"], mine["share"]) == (True, "own_stop", "100.0%")
    assert [p["hidden"] for p in mine["path"]] == [False, False]
    (theirs,) = client.get(api, headers=district.people["rival"].auth).json()["items"]
    assert theirs["path"][0] == {"id": None, "hidden": True, "name": "他方批次", "lot": "", "stage": ""}
    assert theirs["share"] == mine["share"], "how urgent it is, of a lot whose name stays its maker's"
    assert client.get(api, headers=district.people["officer"].auth).json()["items"][0]["path"][0]["name"] == "鸭胚"
    assert client.get(api, headers=district.people["farmer"].auth).status_code == 404
    assert client.get(api, headers=district.people["investor"].auth).status_code == 403
    public = client.get(district.path.replace("%", "%25").replace("?", "%3F").replace("A/", "A%2F"), headers=HTML)
    assert public.status_code == 200
    for secret in ("存疑", "待核", "停用一批鸭胚"):
        assert secret not in public.text
    log_in("clerk")
    page = client.get(at, headers=HTML).text
    assert "上游存疑（待核）" in page
    assert "作出结论" not in page, "that is the safety officer's"
    assert "停用一批鸭胚" in page
    values = {"cause": mine["cause"], "conclusion": "unaffected", "basis": "逐箱开检未见异常", "evidence": "检 7"}
    assert post("safety", f"{at}/conclusions", values | {"basis": "好"}).status_code == 422
    done = post("safety", f"{at}/conclusions", values)
    assert done.headers["location"] == f"{at}?done=concluded"
    assert "经核查本批不受影响" in client.get(at, headers=HTML).text
    listed = client.get("/suspicions", headers=HTML).text
    assert "酱卤鸭（半成品）" in listed
    auth = district.people["rival"].auth
    own = client.get("/api/v1/suspicions", headers=auth).json()["items"]
    assert [(i["batch_id"], i["open"]) for i in own] == [(str(batch_id), 1)], (
        "the maker's conclusion is not the dealer's"
    )
    made = client.post(f"/api/v1/batches/{batch_id}/conclusions", json=values, headers=auth)
    assert made.status_code == 201, made.text
    (after,) = client.get(api, headers=auth).json()["items"]
    assert [c["who"] for c in after["conclusions"]] == ["邻县试验食品厂 · rival"]
    district.do("safety", lambda c: lifecycle.lift_stop(c, district.raw.batch_id, "复检无异常"))
    (ended,) = client.get(api, headers=auth).json()["items"]
    assert ended["open"] is False
    assert ended["conclusions"]
    assert client.get("/api/v1/suspicions", headers=auth).json() == {"items": [], "next": None}
    assert client.post(f"/api/v1/batches/{batch_id}/conclusions", json=values, headers=auth).status_code == 409
    log_in("safety")
    page = client.get(at, headers=HTML).text
    assert "已解除" in page
    assert "没有上游存疑的批次" in client.get("/suspicions", headers=HTML).text


def test_an_unpublished_doubt_of_a_hidden_lot_is_not_named(client: TestClient, district: District) -> None:
    """A hold is the maker's own affair: the dealer learns that something earlier is in doubt, not what."""
    sell(district)
    district.do("safety", lambda c: lifecycle.hold(c, district.raw.batch_id, "等待复检结果"))
    api = f"/api/v1/batches/{district.batch.batch_id}/suspicions"
    (told,) = client.get(api, headers=district.people["rival"].auth).json()["items"]
    assert (told["kind"], told["text"]) == ("", "更早的投料存疑，详情请向供货方核实")
    assert "等待复检" not in json.dumps(told, ensure_ascii=False)


def test_the_supervisors_day(client: TestClient, district: District, post: Post, log_in: Callable[..., str]) -> None:
    log_in("officer")
    page = client.get("/supervision", headers=HTML).text
    assert "分数 = 危害 × 扩散 × 证据强度" in page
    assert f"/batches/{district.batch.batch_id}#review" in page
    assert re.search(r"3 × 1\.00 × 0\.5|1\.5 × 1\.00 × 0\.5|4 × 1\.00 × 0\.5", page), "the factors are shown"
    at = f"/batches/{district.batch.batch_id}"
    assert post("officer", f"{at}/reviews", {"stance": "agree", "remark": "现场记录一致"}).status_code == 303
    page = client.get("/supervision", headers=HTML).text
    assert "今天（已核查 1 批）" in page
    assert f"{at}#review" not in page
    stop_raw(district)
    assert f"{at}#review" in client.get("/supervision", headers=HTML).text, "something new since"
    for login, status in (("clerk", 403), ("operator", 403)):
        log_in(login)
        assert client.get("/supervision", headers=HTML).status_code == status
    log_in("fieldofficer")
    assert f"{at}#review" not in client.get("/supervision", headers=HTML).text, "not charged with processing"
    assert local_datetime(district.db.now())


def test_a_clause_page_lists_the_batches_it_decided_to_those_who_may_see_them(
    client: TestClient, district: District, log_in: Callable[..., str]
) -> None:
    told = verdict(client, district, "clerk")
    (deciding, *_) = [f for f in told["findings"] if f["status"] == told["verdict"] and f["clause_id"]]
    path = f"/standards/clauses/{deciding['clause_id']}"
    seen = {}
    for login in ("clerk", "officer", "rival", "investor"):
        log_in(login)
        seen[login] = client.get(path, headers=HTML).text
        client.cookies.clear()
    here = f'href="/batches/{district.batch.batch_id}"'
    assert here in seen["clerk"]
    assert here in seen["officer"]
    assert here not in seen["rival"]
    assert "现在没有批次" in seen["rival"]
    assert 'id="decided"' not in seen["investor"]
    assert 'id="decided"' not in client.get(path, headers=HTML).text
    log_in("officer")
    slug = re.search(r'href="(/standards/[a-z0-9-]+)"', seen["officer"])
    assert slug is not None
    assert f"{path}#decided" in client.get(slug.group(1), headers=HTML).text


def test_what_decided_goes_when_the_verdict_changes(db: Database, district: District) -> None:
    with db.read() as conn:
        before = store.count_decided_by(conn, ["2726-APC", "REC-07", "SUP-01", "19295-POV"], None)
    new = NewReport("release", "CC-2", issued_on=local_datetime(db.now()).date().isoformat(),
                    measurements=[NewMeasurement("过氧化值(以脂肪计)", ("0.9",), "g/100g")])  # fmt: skip
    district.do("clerk", lambda c: lifecycle.add_report(c, district.batch.batch_id, new))
    with db.read() as conn:
        after = store.decided_by(conn, "19295-POV", None, 10)
    assert "19295-POV" not in before
    assert [(row.batch_id, row.status) for row in after] == [(district.batch.batch_id, "fail")]
