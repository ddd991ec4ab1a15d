"""An inspection on a phone: from the code to the re-check, with officer, maker and a second officer."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_scan import assert_good, district, enter, path_of
from tests.documents.test_rendering import text_of, written
from tests.fixtures.browser import DESK, PHONE, Server
from tests.fixtures.photos import picture
from tests.fixtures.scanning import District
from trace.context import local_datetime

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
__all__ = ["district"]
SHOTS = os.environ.get("LIANGPIN_SHOTS")


def look(page: Any, name: str) -> None:
    """No barrier and nothing too wide, on a desk and on a phone; it stays a phone."""
    for size, where in ((DESK, "desk"), (PHONE, "phone")):
        page.set_viewport_size(size)
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"inspections-{name}-{where}.png"), full_page=True)
        assert_good(page)


def leave(page: Any, live: Server, login: str, then: str) -> None:
    page.get_by_role("button", name="退出").click()
    enter(page, live, login, then)


def saved(page: Any, link: str) -> str:
    """The text of a document that a link downloads."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name=link).first.click()
    return text_of(Path(waiting.value.path()).read_bytes())


def test_from_the_code_to_the_recheck(live: Server, district: District, page: Any, tmp_path: Path) -> None:
    today = local_datetime(district.db.now()).date()
    page.set_viewport_size(PHONE)
    enter(page, live, "officer", "/scan")
    page.goto(live.url + path_of(district))
    page.get_by_role("link", name="现场检查", exact=True).click()
    page.get_by_role("button", name="开始检查").click()
    expect(page.locator(".error")).to_contain_text("请填写检查地点")
    page.get_by_label("检查地点").fill("成品库 2 号冷间")
    look(page, "new")
    page.get_by_role("button", name="开始检查").click()
    page.wait_for_url(re.compile(r"/inspections/\d+\?done=begun"))
    at = page.url.split("?")[0]
    assert page.locator("input[type=radio]:checked").count() == 0

    # answers: 不符合 needs a remark
    first = page.locator(".check").first
    first.get_by_label("不符合").check()
    second = page.locator(".check").nth(1)
    second.get_by_label("符合", exact=True).check()
    page.get_by_role("button", name="保存检查结果").click()
    expect(page.locator(".check .error").first).to_contain_text("请填写说明")
    assert page.locator("input[type=radio]:checked").count() == 2
    page.locator(".check").first.get_by_label("说明").fill("现场没有供货者许可证复印件")
    page.get_by_role("button", name="保存检查结果").click()
    expect(page.locator("#facts")).to_contain_text("不符合 1")
    look(page, "answered")

    # a photo, a sample, an order
    shot = tmp_path / "shot.jpg"
    shot.write_bytes(picture(taken="2026:11:24 08:15:00"))
    page.locator("#photo-file").set_input_files(str(shot))
    page.get_by_role("button", name="上传照片").click()
    expect(page.locator("#photos")).to_contain_text("拍摄 2026-11-24 08:15:00 照片自带（设备自报）")
    assert page.locator(".shots img").evaluate("one => one.decode().then(() => one.naturalWidth)") == 64
    page.locator("summary", has_text="登记一份样品").click()
    for name, value in (("number", "CY-1"), ("quantity", "2"), ("unit", "袋"), ("seal", "F-001"), ("storage", "-18 ℃"), ("person", "赵抽样")):  # fmt: skip
        page.locator(f"#sample-{name}").fill(value)
    page.get_by_role("button", name="登记抽样").click()
    expect(page.locator("#samples")).to_contain_text("还没有检验机构的接收记录")
    page.locator("#orders [name=chosen]").check()
    page.locator("#orders").get_by_label("改正要求").fill("补存供货者许可证")
    page.locator("#order-deadline").fill((today + timedelta(days=5)).isoformat())
    page.locator("#order-recheck").fill((today + timedelta(days=6)).isoformat())
    page.get_by_role("button", name="责令改正", exact=True).click()
    expect(page.locator("#orders")).to_contain_text("补存供货者许可证")
    assert "草稿" in saved(page, "下载责令改正通知书")
    assert "CY-1" in saved(page, "下载抽样单")

    # the end: two officers
    page.get_by_label("执法证号").first.fill("渝执0000001")
    page.get_by_label("执法人员二姓名").fill("李乙二")
    page.get_by_label("执法证号").nth(1).fill("渝执0000002")
    page.get_by_label("当事人意见").fill("无异议")
    page.locator("#finish-number").fill("良市监检〔2026〕1 号")
    page.locator("[name=sure]").check()
    page.get_by_role("button", name="结束检查").click()
    page.wait_for_url(re.compile("done=finished"))
    record = saved(page, "下载笔录")
    assert "现场没有供货者许可证复印件" in record
    assert "草稿" not in record
    look(page, "finished")

    # custody goes on
    page.locator("summary", has_text="登记交接").click()
    sample = page.locator("#samples")
    for label, value in (("接手单位", "试验检验院"), ("接手人", "孙收样"), ("样品状况", "冷冻完好")):
        sample.get_by_label(label).fill(value)
    sample.get_by_label("环节").last.select_option("received")
    sample.get_by_label("封条", exact=False).last.select_option("intact")
    page.get_by_role("button", name="登记交接").click()
    expect(page.locator("#samples")).to_contain_text("检验机构接收前没有移交记录")

    # the maker reads the order and reports
    leave(page, live, "clerk", f"/batches/{district.batch.batch_id}")
    expect(page.locator("#inspections")).to_contain_text("现场没有供货者许可证复印件")
    page.locator("#inspections a").first.click()
    expect(page.locator(".notice.warn").first).to_contain_text("请于")
    look(page, "party")
    page.get_by_label("整改报告").fill("已补存许可证复印件并核对全部供货者")
    page.locator("input[type=file]").set_input_files(str(shot))
    page.get_by_role("button", name="提交整改报告").click()
    expect(page.locator("#orders .notice.bad")).to_contain_text("请填写拍摄地点")
    page.get_by_label("拍摄地点").fill("档案室")
    page.locator("input[type=file]").set_input_files(str(shot))
    page.get_by_role("button", name="提交整改报告").click()
    expect(page.locator("#orders")).to_contain_text("已补存许可证复印件")
    page.goto(f"{live.url}/inspections")
    look(page, "list")

    # another officer of the office re-checks
    leave(page, live, "officer2", "/supervision")
    expect(page.locator("main")).to_contain_text("1 份责令改正未了结")
    page.locator("section[aria-labelledby=due] a").click()
    page.locator("summary", has_text="登记复查").click()
    page.get_by_label("已改正").check()
    page.get_by_label("复查情况").fill("许可证齐全，与登记一致")
    look(page, "recheck")
    page.get_by_role("button", name="登记复查").click()
    expect(page.locator("#orders .badge").first).to_contain_text("已改正")
    assert at == page.url.split("?")[0]
    page.goto(f"{live.url}/supervision")
    expect(page.locator("main")).not_to_contain_text("责令改正未了结")
    page.watch.assert_clean("422")


def test_an_office_brings_its_own_template(live: Server, district: District, page: Any, tmp_path: Path) -> None:
    mine = tmp_path / "mine.docx"
    mine.write_bytes(written("本所格式 {{ party }} {{ colour }}"))
    page.set_viewport_size(PHONE)
    enter(page, live, "officer", "/documents/templates")
    look(page, "templates")
    page.locator("#file-inspection_record").set_input_files(str(mine))
    page.locator("#inspection_record").get_by_role("button", name="检查并采用").click()
    expect(page.locator("#inspection_record .notice.bad")).to_contain_text("没有这个占位符：colour")
    mine.write_bytes(written("本所格式 {{ party }}"))
    page.locator("#file-inspection_record").set_input_files(str(mine))
    page.locator("#inspection_record").get_by_role("button", name="检查并采用").click()
    expect(page.locator("#inspection_record")).to_contain_text("mine.docx")
    assert "本所格式" in saved(page, "下载正在用的模板")
    page.get_by_role("button", name="恢复内置模板").click()
    expect(page.locator("#inspection_record")).to_contain_text("内置示例")
    page.watch.assert_clean("422")
