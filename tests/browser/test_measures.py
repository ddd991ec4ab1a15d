"""Official measures on a phone: two taps alert and draft, the second officer completes; urgent lapses; the own stop."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.app import create_app
from service.database import Database
from service.measures.lapsing import lapse
from tests.browser.test_scan import assert_good, enter
from tests.fixtures.browser import DESK, PHONE, Server
from tests.fixtures.clock import Clock
from tests.fixtures.databases import make_settings
from tests.fixtures.measures import moment
from tests.fixtures.people import make_cast
from tests.fixtures.scanning import District, settle

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def live(tmp_path: Path, sqlite_template: Path) -> Iterator[Server]:
    """A running server whose clock goes only when told."""
    target = tmp_path / "live.db"
    shutil.copyfile(sqlite_template, target)
    made: list[Database] = []
    clock = Clock()

    def make(url: str) -> Any:
        settings = make_settings(f"sqlite:///{target}", public_url=url)
        made.append(Database(settings, clock))
        app = create_app(settings, database=made[0])
        app.state.test_clock = clock
        return app

    server = Server(make)
    yield server
    server.stop()
    made[0].close()


@pytest.fixture
def district(live: Server) -> District:
    db = live.app.state.db
    people = make_cast(db)
    found = settle(db, people)
    found.release()
    return found


def leave(page: Any, live: Server) -> None:
    page.get_by_role("button", name="退出").click()
    page.wait_for_url(live.url + "/")


def path_of(district: District) -> str:
    return f"/s/{district.batch.short_code}"


def public_line(live: Server, district: District, page: Any) -> str:
    """What a stranger's phone reads."""
    desk = getattr(live.app.state, "scan_desk", None)
    if desk is not None:
        desk.answers.forget()
    answer = page.request.get(
        f"{live.url}/s/{district.batch.short_code}", headers={"Accept": "application/json", "Cookie": ""}
    )
    return str(answer.json()["line"])


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_two_taps_alert_and_the_second_officer_completes(
    live: Server, district: District, page: Any, size: Any
) -> None:
    page.set_viewport_size(size)
    before = public_line(live, district, page)
    enter(page, live, "officer", path_of(district))
    page.get_by_role("link", name="预警并起草文书").click()
    assert page.locator("#measure").get_attribute("open") is not None, "the first tap unfolds the form"
    page.locator("#measure-reason").fill("现场检查发现标签日期涂改")
    assert_good(page)
    page.get_by_role("button", name="发出预警并起草").click()
    page.wait_for_url("**/measures/*?done=drafted")
    assert page.get_by_text("等待第二名执法人员").is_visible()
    assert_good(page)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载文书草稿").click()
    assert waiting.value.suggested_filename.endswith(".docx")
    assert public_line(live, district, page) == before, "a draft is not public"
    leave(page, live)

    enter(page, live, "safety", "/batches")
    alert = page.get_by_role("alert")
    assert "责令停止经营，草稿，未生效" in alert.inner_text()
    assert_good(page)
    alert.get_by_role("link", name="酱卤鸭").click()
    page.get_by_text("尚未生效，公开页没有变化").wait_for()
    assert_good(page)
    page.get_by_role("link", name="查看措施与文书").click()
    page.get_by_role("heading", name="责令停止经营").wait_for()
    assert page.get_by_role("button", name="措施生效").count() == 0
    assert_good(page)
    page.goto(live.url + "/measures")
    assert_good(page)
    leave(page, live)

    enter(page, live, "officer2", "/supervision")
    page.get_by_role("heading", name="1 项监管措施待办").wait_for()
    assert_good(page)
    page.get_by_role("table", name="待办的措施").get_by_role("link").click()
    part = page.locator("#serve")
    part.get_by_label("文书号").fill("良市监停〔2026〕9号")
    part.get_by_label("批准人（负责人）姓名").fill("郑负责")
    part.get_by_label("批准人职务").fill("局长")
    now = moment(live.app.state.db.now())
    part.get_by_label("批准时间").fill(now)
    part.get_by_label("送达时间").fill(now)
    part.get_by_label("送达方式").select_option("直接送达")
    part.locator("[name='officers.0.name']").fill("周执法")
    part.locator("[name='officers.0.number']").fill("YS2026001")
    part.locator("[name='officers.1.name']").fill("吴执法")
    part.locator("[name='officers.1.number']").fill("YS2026001")
    assert_good(page)
    page.get_by_role("button", name="措施生效").click()
    page.get_by_text("两名执法人员的执法证号相同").first.wait_for()
    assert_good(page)
    assert public_line(live, district, page) == before
    page.locator("#serve [name='officers.1.number']").fill("YS2026002")
    page.get_by_role("button", name="措施生效").click()
    page.wait_for_url("**?done=served")
    assert_good(page)
    assert public_line(live, district, page) == "监管责令停止经营（文书号：良市监停〔2026〕9号）"
    page.goto(live.url + path_of(district))
    assert page.locator(".scan .line").inner_text() == "监管责令停止经营（文书号：良市监停〔2026〕9号）"
    assert_good(page)
    page.watch.assert_clean("422 (Unprocessable")


def test_an_urgent_measure_lapses_before_everybodys_eyes(live: Server, district: District, page: Any) -> None:
    page.set_viewport_size(PHONE)
    enter(page, live, "officer", path_of(district))
    page.get_by_role("link", name="预警并起草文书").click()
    form = page.locator("#measure")
    form.locator("#measure-reason").fill("快检阳性，正在装车外运")
    form.get_by_text("情况紧急，或查封扣押的数量地点").click()
    form.get_by_label("情况紧急，先行采取").check()
    for place in range(2):
        form.locator(f"[name='officers.{place}.name']").fill(f"执法{place}")
        form.locator(f"[name='officers.{place}.number']").fill(f"YS202600{place}")
    assert_good(page)
    page.get_by_role("button", name="发出预警并起草").click()
    page.wait_for_url("**?done=taken")
    assert page.get_by_text("还剩 23 小时 59 分钟").is_visible()
    assert_good(page)
    assert public_line(live, district, page) == "监管责令停止经营（紧急措施，文书号待补）"
    leave(page, live)
    enter(page, live, "officer2", "/supervision")
    page.get_by_role("table", name="待办的措施").get_by_role("link").click()
    page.get_by_role("button", name="登记批准").wait_for()
    assert_good(page)
    leave(page, live)
    live.app.state.test_clock.forward(hours=24, minutes=1)
    enter(page, live, "officer2", "/supervision")
    page.get_by_text("已失效（未在 24 小时内补办批准）").wait_for()
    page.get_by_role("table", name="待办的措施").get_by_role("link").click()
    page.get_by_text("没有补办批准的记录，已失效").wait_for()
    assert page.get_by_role("button", name="登记批准").count() == 0
    assert_good(page)
    leave(page, live)
    enter(page, live, "safety", f"/batches/{district.batch.batch_id}")
    page.get_by_text("没有在 24 小时内补办批准，已经失效").wait_for()
    assert_good(page)
    assert lapse(live.app.state.db) == 1
    assert public_line(live, district, page).startswith("已登记")
    page.watch.assert_clean()


def test_the_makers_own_stop_is_two_taps(live: Server, district: District, page: Any) -> None:
    """One tap unfolds, one stops; only the reason is typed."""
    page.set_viewport_size(PHONE)
    enter(page, live, "safety", f"/batches/{district.batch.batch_id}")
    page.locator("#stop > summary").click()
    page.locator("#stop-reason").fill("封口渗漏，先停售")
    page.get_by_role("button", name="停止销售").click()
    page.wait_for_url("**?done=stopped")
    assert public_line(live, district, page) == "企业已停止销售"
    page.watch.assert_clean()


def test_the_reason_comes_from_the_record_and_may_be_changed(live: Server, district: District, page: Any) -> None:
    from trace.batches import lifecycle
    from trace.evidence.models import NewMeasurement, NewReport

    bad = NewReport(
        "release", "CC-9", issued_on="2026-11-24", measurements=[NewMeasurement("铅(以Pb计)", ("9.9",), "mg/kg")]
    )
    district.do("clerk", lambda c: lifecycle.add_report(c, district.batch.batch_id, bad))
    page.set_viewport_size(PHONE)
    enter(page, live, "officer", f"/batches/{district.batch.batch_id}")
    page.locator("#measure > summary").click()
    assert "铅" in page.locator("#measure-reason").input_value(), "two taps suffice"
    assert page.locator("#measure-ground").input_value() == "unsafe"
    page.locator("#measure-source").select_option("")
    page.locator("#measure-reason").fill("另有举报，先行控制")
    page.locator("#measure-source").select_option(index=1)
    assert "铅" in page.locator("#measure-reason").input_value(), "what is chosen is written into the reason"
    assert_good(page)
    page.get_by_role("button", name="发出预警并起草").click()
    page.wait_for_url("**?done=drafted")
    page.watch.assert_clean()
