"""From a failed sample to a closed recall with three log-ins: officer, maker, dealer; and a shop without any."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_scan import assert_good, district, enter
from tests.fixtures.announced import put_in, record, sample_ids
from tests.fixtures.browser import DESK, PHONE, Server
from tests.fixtures.people import ORGANISATIONS, as_actor
from tests.fixtures.scanning import GTIN, District, today
from trace.batches import lifecycle
from trace.batches import store as batches
from trace.batches.models import NewReceipt
from trace.batches.receiving import receive
from trace.context import local_datetime
from trace.identifiers.models import encode

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
__all__ = ["district"]
SHOTS = os.environ.get("LIANGPIN_SHOTS")


def look(page: Any, name: str) -> None:
    """No barrier and nothing too wide, on a phone and on a desk; pictures where someone wants to look."""
    for size, where in ((PHONE, "phone"), (DESK, "desk")):
        page.set_viewport_size(size)
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"recalls-{name}-{where}.png"), full_page=True)
        assert_good(page)


def deliver(district: District) -> None:
    """40 to a dealer that confirms, 10 to a shop without an account."""
    district.release()
    batch = district.batch
    district.do("clerk", lambda c: lifecycle.ship(c, batch.batch_id, "40", "件", "", "rival"))
    district.do("rival", lambda c: receive(c, NewReceipt("enterprise", "40", "件", code=batch.uri)))
    district.do("clerk", lambda c: lifecycle.ship(c, batch.batch_id, "10", "件", "老街便利店"))


def leave(page: Any, live: Server, login: str, then: str) -> None:
    page.get_by_role("button", name="退出").click()
    enter(page, live, login, then)


def test_from_a_failed_sample_to_a_closed_recall(live: Server, district: District, page: Any, chromium: Any) -> None:
    deliver(district)
    with district.db.read() as conn:
        row = batches.batches_by_id(conn, [district.batch.batch_id])[district.batch.batch_id]
    told = {"食品名称": row.item_name, "标称生产企业名称": row.maker_name, "生产日期": row.produced_on}
    failed = [{"item": "沙门氏菌", "result": "检出/25g", "limit": "不得检出"}]
    officer = district.people["officer"].actor
    as_actor(district.db, officer, lambda c: put_in(c, [record("S1", failed=failed, **told)]))

    # the officer confirms which batch the failed sample was
    enter(page, live, "officer", f"/bulletins/samples/{sample_ids(district.db)['S1']}")
    page.locator(".candidate input").first.check()
    page.fill("#match-reason", "抽样单照片上的批号与登记一致")
    page.click("#match button[type=submit]")
    page.wait_for_url(re.compile(r"/bulletins/cases/\d+"))
    case = page.url.split("?")[0].removeprefix(live.url)

    # the maker computes the scope, is given a suggestion, decides, announces
    leave(page, live, "safety", f"/batches/{district.batch.batch_id}")
    page.locator("#recall > summary").click()
    page.get_by_role("link", name="由本批算出召回范围").click()
    look(page, "new")
    page.get_by_label("召回原因").fill("监督抽检检出沙门氏菌，公告 1 号")
    page.get_by_label("知悉时间").fill(f"{today(district.db)}T00:01")
    page.get_by_label("从何得知").fill("抽检公告")
    page.get_by_role("button", name="算出召回范围").click()
    page.wait_for_url(re.compile(r"/recalls/\d+\?done=proposed"))
    at = page.url.split("?")[0]
    expect(page.locator("#level")).to_contain_text("系统建议 一级（仅供参考）")
    expect(page.locator("#holders")).to_contain_text("老街便利店")
    look(page, "draft")
    page.get_by_label("级别", exact=False).first.select_option("一级")
    page.get_by_label("定级理由").fill("致病菌，可能导致严重健康损害")
    page.get_by_role("button", name="记录级别").click()
    expect(page.locator("#clocks")).to_contain_text("知悉后 24 小时内启动")
    page.get_by_label("对外说明的原因").fill("抽检检出致病菌")
    page.get_by_label("退货方式").fill("到购买处退款")
    page.get_by_label("联系方式").fill("023-00000000")
    page.get_by_label("持有单位答复期限").fill(today(district.db))
    page.get_by_role("button", name="发布召回").click()
    expect(page.locator("#announce .notice.bad")).to_contain_text("请勾选确认")
    page.locator("[name=sure]").check()
    page.get_by_role("button", name="发布召回").click()
    page.wait_for_url(re.compile(r"done=announced"))
    page.get_by_label("公告地址或文号").fill("https://scjg.example.gov.cn/2026-7")
    page.get_by_label("公告日期").fill(today(district.db))
    page.locator("#statutory button").click()
    expect(page.locator("#clocks")).to_contain_text("法定公告见 https://scjg.example.gov.cn/2026-7")
    page.get_by_role("button", name="给没有账号的单位生成一次性链接").click()
    link = page.locator(".slip .cut").inner_text()
    look(page, "announced")

    # the public reads it, without script
    context = chromium.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=False)
    consumer = context.new_page()
    consumer.goto(f"{live.url}/01/{GTIN}/10/{encode(district.batch.lot)}")
    expect(consumer.locator("main")).to_contain_text("本批已召回，请立即停止食用")
    consumer.goto(f"{at}/notice")
    expect(consumer.locator("main")).to_contain_text("法定公告见")

    # the shop signs through its link, without script and without an account
    consumer.goto(link)
    consumer.get_by_label("全部还在，已封存").check()
    consumer.get_by_role("button", name="签名并提交").click()
    expect(consumer.locator("main")).to_contain_text("请填写签名")
    consumer.get_by_label("签名（姓名）").fill("钱无名")
    consumer.get_by_role("button", name="签名并提交").click()
    expect(consumer.locator("h1")).to_have_text("答复已提交")
    assert consumer.goto(link).status == 409
    context.close()

    # the dealer answers its task
    leave(page, live, "rival", "/recalls/tasks")
    look(page, "tasks")
    page.get_by_role("link", name=ORGANISATIONS["maker"]["name"], exact=True).click()
    page.get_by_label("已退回").fill("30")
    page.get_by_label("已售出或已使用").fill("10")
    look(page, "task")
    page.get_by_role("button", name="提交答复").click()
    page.get_by_text("答复已记录").wait_for()

    # the maker accounts for its own, destroys what came back, closes
    leave(page, live, "safety", "/recalls/tasks")
    page.get_by_role("link", name=ORGANISATIONS["maker"]["name"], exact=True).click()
    page.get_by_label("全部还在，已封存").check()
    page.get_by_role("button", name="提交答复").click()
    page.get_by_text("答复已记录").wait_for()
    page.goto(at)
    page.locator("summary", has_text="预告一次销毁").click()
    page.get_by_label("哪一部分").select_option("returned")
    page.locator("#plan-quantity").fill("30")
    page.locator("#plan-on").fill(today(district.db))
    page.locator("#plan-place").fill("厂区北侧暂存间")
    page.locator("#plan-method").fill("高温焚烧")
    page.get_by_role("button", name="预告", exact=True).click()
    page.locator("summary", has_text="登记监督").click()
    page.get_by_label("监督人").fill("周监督")
    page.get_by_label("销毁记录").fill("三十件全部焚毁，有照片")
    page.locator("#destruction").get_by_role("button", name="记录", exact=True).click()
    expect(page.locator("#destruction")).to_contain_text("已监督销毁")
    page.get_by_label("结束说明").fill("十件已售出，公告期满，继续接受退货")
    look(page, "closing")
    page.get_by_role("button", name="结束召回").click()
    expect(page.locator("#closed")).to_contain_text("尚有 10 件 没有落实")
    look(page, "closed")

    # the officer sees it whole and notes it in the case
    leave(page, live, "officer", at.removeprefix(live.url))
    expect(page.locator("#tasks")).to_contain_text("一次性链接")
    look(page, "officer")
    page.goto(at + "/notice")
    look(page, "notice")
    page.goto(live.url + "/recalls")
    look(page, "list")
    page.goto(live.url + case)
    page.locator(".steps li").nth(2).locator("summary").click()
    page.select_option("#recall-level", "一级")
    page.fill("#recall-reason", "企业已召回并结束，总结已收")
    page.locator(".steps li").nth(2).get_by_role("button", name="记入案件").click()
    expect(page.locator(".steps li").nth(2)).to_contain_text("已完成")
    page.watch.assert_clean("422")


def test_a_drill_is_marked_on_every_page(live: Server, district: District, page: Any) -> None:
    deliver(district)
    enter(page, live, "safety", f"/recalls/new?lot={district.raw.batch_id}")
    page.get_by_label("召回原因").fill("演练：假设鸭胚检出沙门氏菌")
    page.get_by_label("知悉时间").fill(f"{today(district.db)}T00:01")
    page.get_by_label("从何得知").fill("演练脚本")
    page.get_by_label("这是演练").check()
    page.get_by_role("button", name="算出召回范围").click()
    expect(page.locator(".drill")).to_contain_text("这是召回演练")
    page.get_by_label("级别", exact=False).first.select_option("一级")
    page.get_by_label("定级理由").fill("演练设定为致病菌")
    page.get_by_role("button", name="记录级别").click()
    for name in ("对外说明的原因", "退货方式", "联系方式"):
        page.get_by_label(name).fill("演练")
    until = local_datetime(district.db.now()).date() + timedelta(days=1)
    page.get_by_label("持有单位答复期限").fill(until.isoformat())
    page.locator("[name=sure]").check()
    page.get_by_role("button", name="发布演练").click()
    page.wait_for_url(re.compile("done=drilled"))
    expect(page.locator(".figures")).to_contain_text("秒")
    look(page, "drill")
    page.get_by_role("button", name="给没有账号的单位生成一次性链接").click()
    page.goto(page.locator(".slip .cut").inner_text())
    expect(page.locator(".drill")).to_contain_text("这是召回演练")
    look(page, "answer")
    page.goto(f"{live.url}/batches/{district.batch.batch_id}")
    expect(page.locator("main")).not_to_contain_text("召回中")
    leave(page, live, "rival", "/recalls/tasks")
    expect(page.locator("tbody tr")).to_contain_text("演练")
    page.locator("tbody th a").click()
    expect(page.locator(".drill")).to_contain_text("这是召回演练")
    page.watch.assert_clean()
