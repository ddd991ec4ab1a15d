"""The batch's own pages: the list, the record with its acts, the genealogy, labels and evidence files."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from starlette.testclient import TestClient

from service.database import Database
from tests.fixtures.people import Someone
from tests.fixtures.rulings import rule_all
from tests.fixtures.scanning import GTIN, District, settle, today
from trace.batches import lifecycle
from trace.batches import store as batches
from trace.batches.models import InputLine, NewBatch, NewReceipt
from trace.batches.receiving import receive
from trace.batches.registering import register
from trace.evidence.commands import hand_in
from trace.items.commands import create_item
from trace.items.models import NewItem

HTML = {"Accept": "text/html"}
PDF = b"%PDF-1.4\n%%EOF"


@pytest.fixture
def district(db: Database, people: dict[str, Someone]) -> District:
    return settle(db, people)


@pytest.fixture
def at(district: District) -> str:
    return f"/batches/{district.batch.batch_id}"


@pytest.fixture
def post(client: TestClient, log_in: Callable[..., str]) -> Callable[..., Any]:
    """Log somebody in and submit one form."""

    def run(login: str, path: str, values: dict[str, str] | None = None, **more: Any) -> Any:
        token = log_in(login)
        return client.post(path, data={"csrf_token": token, **(values or {})}, headers=HTML, **more)

    return run


def state_of(db: Database, batch_id: int) -> Any:
    with db.read() as conn:
        return batches.get_batch(conn, batch_id)


def test_lists_are_for_whom_they_concern(client: TestClient, district: District, log_in: Callable[..., str]) -> None:
    log_in("clerk")
    own = client.get("/batches", headers=HTML).text
    assert "A/1%2?x" in own
    assert "鸭胚" not in own.split("<table")[1]
    assert "鸭胚" in client.get("/batches?scope=raw", headers=HTML).text
    log_in("rival")
    assert "A/1%2?x" not in client.get("/batches", headers=HTML).text
    log_in("officer")
    assert "A/1%2?x" in client.get("/batches", headers=HTML).text
    district.release()
    district.do("safety", lambda c: lifecycle.stop(c, district.batch.batch_id, "标签印刷有误"))
    assert "企业已停止销售" in client.get("/batches?scope=attention", headers=HTML).text
    assert "没有符合条件的批次" in client.get("/batches?q=%25&state=voided", headers=HTML).text
    assert client.get("/batches?before=zzz&scope=none&state=x", headers=HTML).status_code == 200


def test_a_long_list_goes_on_by_keyset(client: TestClient, district: District, log_in: Callable[..., str]) -> None:
    for n in range(32):
        district.reserve(f"K-{n:02d}")
    log_in("clerk")
    first = client.get("/batches?q=K-", headers=HTML).text
    following = re.search(r'href="(/batches\?[^"]*before=\d+)"', first)
    assert following
    second = client.get(following[1].replace("&amp;", "&"), headers=HTML).text
    lots = re.findall(r"K-\d\d", first + second)
    assert sorted(lots) == [f"K-{n:02d}" for n in range(32)]


def test_strangers_find_no_record(client: TestClient, district: District, at: str, log_in: Callable[..., str]) -> None:
    assert client.get(at, headers=HTML).headers["location"].startswith("/login")
    log_in("rival")
    for path in (at, f"{at}/trace", f"{at}/qr.png", f"{at}/qr.svg", f"{at}/label", f"{at}/label.pdf"):
        assert client.get(path, headers=HTML).status_code == 404, path


def test_release_is_signed_by_the_safety_officer(
    client: TestClient, district: District, at: str, post: Callable[..., Any], log_in: Callable[..., str], db: Database
) -> None:
    log_in("clerk")
    assert "签字放行" not in client.get(at, headers=HTML).text
    assert post("clerk", f"{at}/release", {"signed": "1", "reason": "逐条核对检验报告"}).status_code == 403
    unsigned = post("safety", f"{at}/release", {"reason": "逐条核对检验报告"})
    assert unsigned.status_code == 422
    assert "请勾选确认" in unsigned.text
    assert state_of(db, district.batch.batch_id).state == "awaiting"
    unruled = post("safety", f"{at}/release", {"signed": "1", "reason": "逐条核对检验报告与凭证"})
    assert unruled.status_code == 409
    assert "没有裁定为符合" in unruled.text
    assert '请先<a href="#ruling">逐条裁定</a>' in unruled.text
    district.do("safety", lambda c: rule_all(c, district.batch.batch_id))
    page = client.get(at, headers=HTML).text
    assert page.index("签字前请逐条核对") < page.index("签字放行"), "what is open stands above the signature"
    short = post("safety", f"{at}/hold", {"reason": "好"})
    assert short.status_code == 422
    assert "太短" in short.text
    assert ">好</textarea>" in short.text, "what was typed is still there"
    done = post("safety", f"{at}/release", {"signed": "1", "reason": "逐条核对检验报告与凭证"})
    assert (done.status_code, done.headers["location"]) == (303, f"{at}?done=released")
    assert state_of(db, district.batch.batch_id).state == "released"
    page = client.get(f"{at}?done=released", headers=HTML).text
    assert "已放行，公开页已更新" in page
    assert "理由：逐条核对检验报告与凭证" in page
    assert "<code>" in page.split('id="history"')[1], "the request id"
    assert "safety" in page.split('id="history"')[1]
    assert "<script>alert" not in client.get(f"{at}?done=<script>alert(1)</script>", headers=HTML).text


def test_a_life_of_a_batch_from_its_page(
    client: TestClient, district: District, at: str, post: Callable[..., Any], db: Database
) -> None:
    batch = district.batch.batch_id
    assert post("safety", f"{at}/hold", {"reason": "等待复检结果"}).status_code == 303
    assert state_of(db, batch).state == "held"
    assert post("safety", f"{at}/unhold", {"reason": "复检已完成"}).status_code == 303
    district.release()
    shipped = post("clerk", f"{at}/ship", {"quantity": "40", "unit": "H87", "customer": "城南超市"})
    assert shipped.status_code == 303, shipped.text
    too_much = post("clerk", f"{at}/ship", {"quantity": "400", "unit": "H87", "customer": "城南超市"})
    assert too_much.status_code == 409
    assert "现有 60 件" in too_much.text
    assert 'value="400"' in too_much.text
    page = client.get(at, headers=HTML).text
    assert "城南超市" in page
    assert "已出厂" in page
    assert post("clerk", f"{at}/stop", {"reason": "标签印刷有误"}).status_code == 403
    assert post("safety", f"{at}/stop", {"reason": "标签印刷有误", "public_text": "标签印错"}).status_code == 303
    assert state_of(db, batch).halt == "own_stop"
    assert post("safety", f"{at}/resume", {"reason": "标签已全部更换"}).status_code == 303
    recall = {"reason": "复检不达标", "notice": "公告 2026-7", "returns": "到购买处退款"}
    assert post("safety", f"{at}/recall", {"reason": "复检不达标"}).status_code == 422
    assert post("safety", f"{at}/recall", recall).status_code == 303
    assert state_of(db, batch).halt == "recall"
    history = client.get(at, headers=HTML).text.split('id="history"')[1]
    for word in ("登记", "扣留", "解除扣留", "放行", "发货事件", "停止销售", "恢复销售", "发布召回"):
        assert word in history, word


def test_forms_without_a_token_do_nothing(
    client: TestClient, district: District, at: str, log_in: Callable[..., str], db: Database
) -> None:
    log_in("safety")
    assert client.post(f"{at}/hold", data={"reason": "等待复检结果"}, headers=HTML).status_code == 403
    assert state_of(db, district.batch.batch_id).state == "awaiting"


def test_reports_and_rulings_are_filed_from_the_page(
    client: TestClient, district: District, at: str, post: Callable[..., Any], log_in: Callable[..., str], db: Database
) -> None:
    values = {
        "kind": "release",
        "number": "CC-2",
        "issued_on": today(db),
        "measurements.0.parameter": "菌落总数",
        "measurements.0.values": "120 80，95",
        "measurements.0.unit": "CFU/g",
    }
    filed = post("clerk", f"{at}/reports", values, files={"file": ("报告.pdf", PDF, "application/pdf")})
    assert filed.status_code == 303, filed.text
    page = client.get(at, headers=HTML).text
    assert "CC-2" in page
    assert "120，80，95" in page
    link = re.search(r'href="(/files/\d+)"', page)
    assert link
    got = client.get(link[1])
    assert (got.content, got.headers["content-type"]) == (PDF, "application/pdf")
    assert got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["x-content-type-options"] == "nosniff"
    log_in("rival")
    assert client.get(link[1], headers=HTML).status_code == 404
    log_in("officer")
    assert client.get(link[1]).status_code == 200
    bad = post("clerk", f"{at}/reports", values, files={"file": ("x.exe", b"MZ", "application/pdf")})
    assert bad.status_code == 422
    assert "须是 PDF 或照片" in bad.text
    unknown = post("clerk", f"{at}/reports", values | {"measurements.0.unit": "头/亩"})
    assert unknown.status_code == 422
    assert 'value="菌落总数"' in unknown.text
    report = re.search(r"/reports/(\d+)/withdraw", page)
    assert report
    assert post("clerk", f"{at}/reports/{report[1]}/withdraw", {"reason": "编号抄错"}).status_code == 303
    assert "已撤回" in client.get(at, headers=HTML).text
    log_in("safety")
    form = client.get(at, headers=HTML).text.split('id="ruling"')[1].split("</form>")[0]
    keys = re.findall(r'name="finding" value="([0-9a-f]+)"', form)
    ruling = {"finding": keys, "conclusion": "conforms", "basis": "工艺文件显示未使用该原料"}
    assert post("safety", f"{at}/ruling", ruling | {"basis": "好"}).status_code == 422
    assert "请选择要裁定的结果" in post("safety", f"{at}/ruling", ruling | {"finding": []}).text
    assert post("safety", f"{at}/ruling", ruling).status_code == 303
    assert "食品安全员裁定：符合" in client.get(at, headers=HTML).text


def test_pending_says_how_to_complete_and_inputs_can_be_corrected(
    client: TestClient, district: District, post: Callable[..., Any], log_in: Callable[..., str], db: Database
) -> None:
    over = district.register(inputs=[InputLine("900", "kg", lot_id=district.raw.batch_id)])
    at = f"/batches/{over.batch_id}"
    log_in("clerk")
    page = client.get(at, headers=HTML).text
    assert "待补录" in page
    assert "用量多于现有量" in page
    assert 'href="#correct"' in page
    assert 'href="/receive"' in page
    still = post("clerk", f"{at}/complete", {"explanation": ""})
    assert still.headers["location"].endswith("?done=still_pending")
    lines = {"inputs.0.lot_id": str(district.raw.batch_id), "inputs.0.quantity": "6", "inputs.0.unit": "KGM"}
    done = post("clerk", f"{at}/correct", lines | {"reason": "数量多打了两个零"})
    assert done.headers["location"] == f"{at}?done=corrected"
    page = client.get(at, headers=HTML).text
    assert "曾待补录" in page
    assert "6 kg" in page
    assert "（更正声明）" in page


def test_the_scan_address_shows_staff_their_part(
    client: TestClient, district: District, log_in: Callable[..., str]
) -> None:
    path = f"/s/{district.batch.short_code}"
    log_in("officer")
    page = client.get(path, headers=HTML)
    assert page.headers["cache-control"] == "no-store"
    for word in (
        "系统比对，不是检验结论",
        "上一步：投料",
        "鸭胚",
        "完整记录",
        "查看全部谱系",
        "查看配方（须写理由）",
        "预警并起草文书",
    ):
        assert word in page.text, word
    assert "62.5" not in page.text, "amounts are the recipe: a reason must be recorded first"
    log_in("clerk")
    own = client.get(path, headers=HTML).text
    assert "62.5 kg" in own
    assert "预警并起草文书" not in own
    log_in("rival")
    stranger = client.get(path, headers=HTML).text
    assert "企业待放行" in stranger
    assert "比对，" not in stranger.split("<main")[1].split("</main>")[0]
    assert "鸭胚" not in stranger.split("</article>")[1]


def test_partners_see_the_hand_over_and_nothing_of_the_recipe(
    client: TestClient,
    district: District,
    at: str,
    log_in: Callable[..., str],
    db: Database,
    people: dict[str, Someone],
) -> None:
    district.release()
    district.do("clerk", lambda c: lifecycle.ship(c, district.batch.batch_id, "30", "H87", "", "rival"))
    code = district.batch.short_code
    district.do("rival", lambda c: receive(c, NewReceipt(source="enterprise", quantity="30", unit="件", code=code)))
    log_in("rival")
    page = client.get(at, headers=HTML).text
    assert "山城试验食品厂" in page
    assert "双方已登记" in page
    assert "30 件" in page
    for secret in ("鸭胚", "62.5", "CC-20261124-01", "系统比对</h2>", "放行</h2>", 'id="history"'):
        assert secret not in page, secret
    assert client.get(f"{at}/label.pdf", headers=HTML).status_code == 403


def test_the_genealogy_hides_what_is_not_ones_own_and_counts_it(
    client: TestClient, district: District, at: str, log_in: Callable[..., str], db: Database
) -> None:
    district.release()
    district.do("clerk", lambda c: lifecycle.ship(c, district.batch.batch_id, "30", "H87", "", "rival"))
    code = district.batch.short_code
    district.do("rival", lambda c: receive(c, NewReceipt(source="enterprise", quantity="30", unit="件", code=code)))
    meal = district.do(
        "rival",
        lambda c: create_item(
            c,
            NewItem(kind="product", name="秘制鸭饭", shelf_life_days="30", storage="chilled", processing="heated",
                    ready_to_eat=False, net_content="0.4", net_unit="kg"),
        ),
    )  # fmt: skip
    lines = [InputLine("10", "件", lot_id=district.batch.batch_id)]
    made = district.do("rival", lambda c: register(c, NewBatch(meal, "10", today(db), inputs=lines)))
    log_in("clerk")
    page = client.get(f"{at}/trace", headers=HTML).text
    assert "鸭胚" in page
    assert "62.5 kg" in page
    assert "秘制鸭饭" not in page
    assert "不可见（他方商业秘密）" in page
    assert "共 <strong>3</strong> 批" in page
    log_in("rival")
    theirs = client.get(f"/batches/{made.batch_id}/trace?direction=up", headers=HTML).text
    assert "酱卤鸭" in theirs
    assert "鸭胚" not in theirs, "a supplier's own inputs are its secret"
    assert "62.5" not in theirs
    assert "共 <strong>3</strong> 批" in theirs
    log_in("officer")
    full = client.get(f"{at}/trace?direction=down", headers=HTML).text
    assert "秘制鸭饭" in full
    assert "鸭胚" not in full.split("<table")[1]
    assert client.get(f"{at}/trace?direction=sideways", headers=HTML).status_code == 200


def test_a_missing_origin_is_named_a_break(
    client: TestClient, district: District, log_in: Callable[..., str], db: Database
) -> None:
    made = district.register(inputs=[InputLine("3", "kg", material="外购卤料", lot="WG-9")])
    log_in("clerk")
    page = client.get(f"/batches/{made.batch_id}/trace", headers=HTML).text
    assert "1</strong> 处断链" in page
    assert "没有登记收货" in page
    assert "尚未登记" in client.get(f"/batches/{made.batch_id}", headers=HTML).text


def test_codes_and_labels_decode_to_the_address(
    client: TestClient, district: District, at: str, log_in: Callable[..., str]
) -> None:
    import io

    log_in("clerk")
    expected = f"http://testserver/01/{GTIN}/10/A%2F1%252%3Fx"
    png = client.get(f"{at}/qr.png")
    assert [b.text for b in zxingcpp.read_barcodes(Image.open(io.BytesIO(png.content)))] == [expected]
    svg = client.get(f"{at}/qr.svg")
    assert svg.headers["content-type"].startswith("image/svg+xml")
    pdf = client.get(f"{at}/label.pdf?copies=2")
    assert pdf.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(pdf.content)
    assert len(document) == 2
    picture = document[1].render(scale=6).to_pil()
    assert [b.text for b in zxingcpp.read_barcodes(picture)] == [expected]
    written = document[0].get_textpage().get_text_range()
    assert district.batch.short_code in written
    document.close()
    assert expected in client.get(f"{at}/label", headers=HTML).text
    for copies in ("0", "501", "x"):
        assert client.get(f"{at}/label.pdf?copies={copies}", headers=HTML).status_code == 422
    reserved = district.reserve("R-1")
    assert client.get(f"/batches/{reserved.batch_id}/label.pdf", headers=HTML).status_code in (200, 409)


def test_any_code_finds_its_page(client: TestClient, district: District, db: Database) -> None:
    lot = f"/01/{GTIN}/10/A%2F1%252%3Fx"
    for typed in (
        f"http://testserver{lot}",
        f"(01){GTIN}(10)A/1%2?x",
        district.batch.short_code,
        f"https://id.gs1.org{lot}",
    ):
        answer = client.get("/find", params={"code": typed})
        assert (answer.status_code, answer.headers["location"]) == (303, lot), typed
    raw = district.raw.uri.removeprefix("http://testserver")
    assert client.get("/find", params={"code": "HGZ-2026-0001"}).headers["location"] == raw
    again = NewReceipt(
        source="base", quantity="5", unit="kg", material="鸭胚", supplier="甲", code="HGZ-2026-0001", origin="某村",
        documents=[],
    )  # fmt: skip
    district.do("clerk", lambda c: receive(c, again))
    several = client.get("/find", params={"code": "HGZ-2026-0001"})
    assert several.status_code == 200
    assert "2 个批次" in several.text
    assert client.get("/find", params={"code": "%%%"}).status_code == 422


def test_an_evidence_file_belongs_to_who_filed_it(client: TestClient, district: District) -> None:
    kept = district.do("clerk", lambda c: hand_in(c, '检验"报告\n.pdf', PDF))
    people = district.people
    got = client.get(f"/files/{kept}", headers=people["clerk"].auth)
    assert got.status_code == 200
    assert "\n" not in got.headers["content-disposition"]
    assert client.get(f"/files/{kept}", headers=people["rival"].auth).status_code == 404
    assert client.get(f"/files/{kept}", headers=people["investor"].auth).status_code == 403
    assert client.get(f"/files/{kept}").status_code == 401
