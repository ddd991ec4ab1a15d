"""Scanning in a real browser: a consumer without JavaScript, a regulator's way, the label, the camera in the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from tests.fixtures.browser import CHROMIUM, DESK, PHONE, Server, Watch, axe_violations
from tests.fixtures.people import PASSWORD, make_cast
from tests.fixtures.scanning import GTIN, District, settle
from trace.batches import lifecycle
from trace.batches.models import InputLine
from trace.codes import qr
from trace.identifiers.models import encode

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def district(live: Server) -> District:
    """The running server with the cast and one small district."""
    db = live.app.state.db
    people = make_cast(db)
    return settle(db, people)


@pytest.fixture
def consumer(chromium: Any) -> Iterator[Any]:
    """A phone in WeChat's manner: no log-in, no JavaScript."""
    context = chromium.new_context(
        viewport=PHONE, locale="zh-CN", java_script_enabled=False, timezone_id="Asia/Shanghai"
    )
    page = context.new_page()
    page.watch = Watch(page)
    yield page
    context.close()


def path_of(district: District) -> str:
    return f"/01/{GTIN}/10/{encode(district.batch.lot)}"


def enter(page: Any, live: Server, login: str, then: str) -> None:
    page.goto(f"{live.url}/login?next={then}")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(live.url + then)


def assert_good(page: Any) -> None:
    """No barrier that axe finds, nothing wider than the screen."""
    assert axe_violations(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, page.url


def test_a_consumer_reads_the_first_screen_without_javascript(live: Server, district: District, consumer: Any) -> None:
    district.release()
    sizes: list[int] = []
    consumer.on("response", lambda r: sizes.append(len(r.body())))
    consumer.goto(live.url + path_of(district))
    line = consumer.locator("main > :first-child")
    assert line.inner_text().startswith("已登记，截至 ")
    assert line.inner_text().endswith(" 未查到停售或召回信息")
    for text in ("彻底加热后食用", "生产日期", "保质期至", "酱卤鸭（半成品）"):
        box = consumer.get_by_text(text).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= PHONE["height"], f"{text} is on the first screen"
    assert sum(sizes) < 15_000
    consumer.watch.assert_clean()


@pytest.mark.parametrize("size", [PHONE, {"width": 320, "height": 640}, DESK], ids=["phone", "narrow", "desk"])
def test_every_public_page_is_without_barriers(live: Server, district: District, page: Any, size: Any) -> None:
    page.set_viewport_size(size)
    batch = district.batch.batch_id
    addresses = [f"/s/{district.batch.short_code}", f"/01/{GTIN}", f"/01/{GTIN}/10/NO-SUCH"]
    for address in addresses:
        page.goto(live.url + address)
        assert_good(page)
    district.release()
    district.do("safety", lambda c: lifecycle.announce_recall(c, batch, "复检不达标", "公告 2026-7", "到购买处退款"))
    live.app.state.scan_desk.answers.forget()
    page.goto(live.url + path_of(district))
    assert page.locator(".line.stop").inner_text().startswith("召回中")
    assert_good(page)
    page.watch.assert_clean()
    for address in ("/01/04006381333931/10/A", "/00/006141411234567890", "/01/1234"):
        page.goto(live.url + address)
        assert_good(page)
    page.watch.assert_clean("404 (Not Found)", "400 (Bad Request)")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_regulator_scans(live: Server, district: District, page: Any, size: Any) -> None:
    page.set_viewport_size(size)
    district.release()
    enter(page, live, "officer", "/scan")
    assert_good(page)
    page.get_by_label("追溯码").fill(district.batch.short_code)
    page.get_by_role("button", name="查询").click()
    page.wait_for_url(live.url + path_of(district))
    assert page.locator(".scan-head").get_by_text("需人工核对").first.is_visible(), "the finding stands first"
    assert_good(page)
    page.get_by_role("link", name="查看全部谱系").click()
    page.get_by_role("heading", name="全部谱系").wait_for()
    assert_good(page)
    page.watch.assert_clean()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_safety_officer_releases_ships_and_prints(live: Server, district: District, page: Any, size: Any) -> None:
    page.set_viewport_size(size)
    enter(page, live, "safety", "/batches")
    assert_good(page)
    page.get_by_role("link", name="酱卤鸭（半成品）").click()
    page.get_by_label("裁定依据").fill("配料表与工艺文件已核对")
    page.get_by_role("button", name="记录裁定").click()
    page.get_by_role("button", name="签字放行").wait_for()
    for summary in page.locator(".acts summary").all():
        summary.click()
    assert_good(page)
    page.get_by_label("我是本企业食品安全员").check()
    page.get_by_role("button", name="签字放行").click()
    page.wait_for_url("**?done=released")
    assert page.get_by_text("已放行，公开页已更新。").is_visible()
    assert_good(page)
    page.get_by_role("link", name="打印标签").click()
    page.get_by_role("heading", name="打印标签").wait_for()
    assert_good(page)
    page.get_by_label("张数").fill("2")
    with page.expect_download() as started:
        page.get_by_role("button", name="下载标签 PDF").click()
    file = Path(started.value.path())
    assert file.read_bytes().startswith(b"%PDF")
    import pypdfium2

    document = pypdfium2.PdfDocument(file)
    assert len(document) == 2
    (code,) = zxingcpp.read_barcodes(document[0].render(scale=6).to_pil())
    document.close()
    assert code.text == live.url + path_of(district)
    page.watch.assert_clean()


def test_a_pending_batch_says_how_to_go_on(live: Server, district: District, page: Any) -> None:
    over = district.register(inputs=[InputLine("900", "kg", lot_id=district.raw.batch_id)])
    enter(page, live, "clerk", f"/batches/{over.batch_id}")
    assert page.get_by_text("待补录：补齐后才能放行").is_visible()
    assert_good(page)
    page.locator("#correct > summary").click()
    page.get_by_label("用量", exact=False).first.fill("9")
    page.get_by_label("更正原因").fill("多打了两个零")
    page.get_by_role("button", name="更正投料").click()
    page.wait_for_url("**?done=corrected")
    assert page.get_by_text("曾待补录").is_visible()
    page.watch.assert_clean()


def write_video(path: Path, text: str) -> None:
    """A still of a QR as YUV4MPEG2, which Chromium plays as a camera: 640 × 480, 4:2:0."""
    modules = qr.matrix(text)
    side = len(modules)
    scale = 360 // (side + 8)
    frame = bytearray(b"\xeb" * (640 * 480))
    left, top = (640 - side * scale) // 2, (480 - side * scale) // 2
    for y, row in enumerate(modules):
        for x, dark in enumerate(row):
            if dark:
                for line in range(scale):
                    start = (top + y * scale + line) * 640 + left + x * scale
                    frame[start : start + scale] = b"\x10" * scale
    picture = bytes(frame) + b"\x80" * (2 * 320 * 240)
    path.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + (b"FRAME\n" + picture) * 10)


def test_the_camera_in_the_page_reads_a_code(live: Server, district: District, chromium: Any, tmp_path: Path) -> None:
    video = tmp_path / "qr.y4m"
    write_video(video, live.url + path_of(district))
    browser = chromium.browser_type.launch(
        executable_path=CHROMIUM,
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={video}",
        ],
    )
    context = browser.new_context(viewport=PHONE, locale="zh-CN", permissions=["camera"])
    page = context.new_page()
    page.watch = Watch(page)
    enter(page, live, "officer", "/scan")
    page.get_by_role("button", name="打开摄像头").click()
    found = page.locator("#found")
    found.wait_for(state="visible", timeout=20_000)
    assert found.inner_text() == f"打开：{live.url}{path_of(district)}"
    assert_good(page)
    found.click()
    page.wait_for_url(live.url + path_of(district))
    assert page.get_by_role("link", name="完整记录").is_visible()
    page.watch.assert_clean()
    context.close()
    browser.close()


def test_a_photo_is_read_where_the_camera_cannot_be_opened(
    live: Server, district: District, page: Any, tmp_path: Path
) -> None:
    picture = tmp_path / "code.png"
    picture.write_bytes(qr.png(f"(01){GTIN}(10){district.batch.lot}", 6))
    assert zxingcpp.read_barcodes(Image.open(picture))
    enter(page, live, "officer", "/scan")
    page.locator("#photo").set_input_files(picture)
    page.locator("#found").wait_for(state="visible", timeout=20_000)
    page.locator("#found").click()
    page.wait_for_url(live.url + path_of(district))
    page.watch.assert_clean()
