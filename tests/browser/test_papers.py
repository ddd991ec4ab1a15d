"""A maker files a label and imports a logger's file in a real browser, and sees which clause the excursion breaks."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.browser.test_scan import assert_good, district, enter
from tests.browser.test_verdicts import both_sizes
from tests.fixtures.browser import Server
from tests.fixtures.scanning import District
from trace.context import local_datetime

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
__all__ = ["assert_good", "district"]
PANEL = {
    "能量": ("820", "10"),
    "蛋白质": ("18.0", "30"),
    "脂肪": ("12.0", "20"),
    "碳水化合物": ("4.0", "1"),
    "钠": ("900", "45"),
}


def test_a_label_and_a_logger_file(live: Server, district: District, page: Any, tmp_path: Path) -> None:
    now = local_datetime(district.db.now())
    yesterday = (now - timedelta(days=1)).date().isoformat()
    at = f"/batches/{district.register(produced_on=yesterday).batch_id}"
    enter(page, live, "clerk", f"/items/{district.item}")
    page.locator("#labels").get_by_role("link", name="登记标签").click()
    both_sizes(page)
    assert page.get_by_label("食品名称").input_value() == "酱卤鸭（半成品）", "filled from the product"
    page.get_by_label("GB 7718").select_option("2011")
    page.get_by_label("GB 28050").select_option("2011")
    page.get_by_label("启用日期").fill(yesterday)
    page.get_by_label("联系方式").fill("023-5300 0000")
    page.get_by_label("生产日期").fill("见封口处喷码")
    page.get_by_label("贮存条件").fill("-18℃ 以下冷冻保存")
    page.get_by_label("看过标签，没有声称").check()
    for nutrient, (amount, nrv) in PANEL.items():
        page.get_by_label(f"{nutrient} 含量").fill(amount)
        page.get_by_label(f"{nutrient} NRV%").fill(nrv)
    page.get_by_role("button", name="登记标签并重新比对").click()
    page.get_by_text("最新登记").wait_for()
    both_sizes(page)

    page.goto(live.url + at)
    page.locator("#findings summary", has_text="其余").click()
    assert "标签必标内容" in page.locator("#findings").inner_text()
    page.locator("#papers").get_by_role("link", name="登记").click()
    both_sizes(page)
    page.get_by_role("link", name="导入温度记录").click()
    both_sizes(page)
    start = now - timedelta(minutes=60)
    values = ["3.5", "3.8", "4.1", "9.6", "4.0", "3.7"]
    rows = [f"{_at(start, i)},{value}" for i, value in enumerate(values)]
    log = tmp_path / "TH-0231.csv"
    log.write_text("\ufeff设备编号,TH-0231\n时间,温度(℃)\n" + "\n".join(rows) + "\n", encoding="utf-8")
    page.get_by_label("记录仪导出的文件").set_input_files(str(log))
    page.get_by_label("测温位置").select_option("冷链配送食品温度")
    page.get_by_label("设备编号").fill("TH-0231")
    page.get_by_label("校验有效期至").fill("2099-06-30")
    page.get_by_role("button", name="读取并预览").click()
    page.get_by_text("1 个读数超出 ≤8 ℃").wait_for()
    assert page.locator(".figures").inner_text().split() == [
        "最低", "℃", "3.5", "最高", "℃", "9.6", "读数", "6", "间隔（分钟）", "1", "最长中断", "1",
    ]  # fmt: skip
    both_sizes(page)
    page.get_by_role("button", name="登记这段温度").click()
    page.get_by_text("温度记录已登记").wait_for()
    both_sizes(page)
    page.get_by_role("link", name="看比对结果").click()
    finding = page.locator("#findings tr.finding", has_text="GB 31654-2021").first
    finding.wait_for()
    assert "比对不符合" in finding.inner_text()
    assert "超限" in page.locator("#papers svg").text_content()
    page.locator("#papers summary", has_text="看读数表").click()
    assert "超出" in page.locator("#papers table").inner_text()
    both_sizes(page)
    page.watch.assert_clean()


def _at(start: datetime, minute: int) -> str:
    return f"{start + timedelta(minutes=minute):%Y-%m-%d %H:%M}"
