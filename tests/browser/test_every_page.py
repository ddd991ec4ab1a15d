"""Every page of the demo district that a role can reach by links: it answers, has no barrier, and fits the screen."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from service.accounts.passwords import DEMO_PASSWORD
from service.app import create_app
from service.database import Database
from service.demo import first_code, seed
from tests.fixtures.browser import DESK, PHONE, Server, Watch, axe_violations
from tests.fixtures.databases import make_settings

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("every-page")]
DEPTH = int(os.environ.get("LIANGPIN_CRAWL", "1"))
"""Links away from the role's first pages; ``make soak`` goes further. Each page has a test of its own besides."""
NOT_PAGES = re.compile(r"\.(pdf|csv|png|svg|xlsx|docx|json)$|^/(api|docs|openapi|static|vendor|epcis)")
KINDS = (
    (re.compile(r"^/(01|id|s)/.*"), "/code"),
    (re.compile(r"^/standards/clauses/.*"), "/standards/clauses/*"),
    (re.compile(r"^/standards/(?!coverage$|try$|to-verify$)[^/]+$"), "/standards/*"),
    (re.compile(r"^/chain/links/.*"), "/chain/links/*"),
    (re.compile(r"/\d+"), "/*"),
)
"""Pages of one template are one page: the first met is looked at."""


TOKENS = re.compile(r'name="csrf_token" value="[0-9a-f]*"')


@pytest.fixture(scope="module")
def known() -> set[str]:
    """What pages said that were looked at, whoever it was said to: the same is not looked at again."""
    return set()


def kind_of(path: str) -> str:
    for pattern, name in KINDS:
        path = pattern.sub(name, path)
    return path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[tuple[Server, str]]:
    """The demo district as ``make run`` serves it, and the path of its first code."""
    target = tmp_path_factory.mktemp("every") / "demo.db"
    shutil.copyfile(sqlite_template, target)
    made: list[Database] = []

    def make(url: str) -> Any:
        settings = make_settings(f"sqlite:///{target}", public_url=url)
        made.append(Database(settings))
        return create_app(settings, database=made[0])

    server = Server(make)
    seed(made[0])
    with made[0].read() as conn:
        code = str(first_code(conn))
    yield server, urlsplit(code).path
    server.stop()
    made[0].close()


@pytest.mark.parametrize(
    "login",
    ["", "enterprise", "base", "regulator", "investment", "operator", "expert"],
    ids=lambda one: one or "public",
)
def test_every_page_that_a_role_reaches(demo: tuple[Server, str], chromium: Any, known: set[str], login: str) -> None:
    live, code = demo
    context = chromium.new_context(viewport=PHONE, locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(10_000)
    page = context.new_page()
    watch = Watch(page)
    if login:
        page.goto(f"{live.url}/login")
        page.get_by_label("登录名").fill(login)
        page.get_by_label("密码").fill(DEMO_PASSWORD)
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_load_state()
    waiting = [("/", 0), (code, 0), ("/account", 0)] if login else [("/", 0), (code, 0), ("/login", 0)]
    seen = {kind_of(path) for path, _ in waiting}
    looked = 0
    problems: list[str] = []
    while waiting:
        path, depth = waiting.pop(0)
        answer = page.goto(live.url + path)
        assert answer is not None
        if answer.status >= 400:
            problems.append(f"{path}: {answer.status}")
            continue
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        looked += 1
        body = TOKENS.sub("", page.eval_on_selector("body", "one => (one.querySelector('main') || one).innerHTML"))
        if looked > 3 and body in known:
            wider = ()
        else:
            known.add(body)
            wider = (PHONE, DESK)
            problems += [f"{path}: {wrong}" for wrong in axe_violations(page)]
        for size in wider:
            page.set_viewport_size(size)
            over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if over > 0:
                problems.append(f"{path}: {over} px wider than {size['width']}")
        page.set_viewport_size(PHONE)
        if depth == DEPTH:
            continue
        for link in page.eval_on_selector_all(
            "a[href]", "all => all.map(one => new URL(one.getAttribute('href'), document.baseURI).href)"
        ):
            parts = urlsplit(link)
            inside = f"{parts.scheme}://{parts.netloc}" == live.url
            if not inside or NOT_PAGES.search(parts.path) or kind_of(parts.path) in seen:
                continue
            seen.add(kind_of(parts.path))
            waiting.append((parts.path + (f"?{parts.query}" if parts.query else ""), depth + 1))
    assert problems == []
    watch.assert_clean()
    assert looked >= 5, seen
    context.close()
