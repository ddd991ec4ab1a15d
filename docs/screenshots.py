"""``make screenshots``: the pictures of the README, taken from a fresh demo district in a real browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

import service  # noqa: F401 - first: makes ``import trace`` ours
from service.accounts.passwords import DEMO_PASSWORD
from service.database import Database
from service.demo import first_code
from service.settings import Settings

FOLDER = Path(__file__).resolve().parent / "screenshots"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, str]]:
    """A seeded demo on a free port; gives its origin and the path of the first demo code."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    url = f"sqlite:///{folder / 'demo.db'}"
    environment = os.environ | {"LIANGPIN_DATABASE_URL": url, "LIANGPIN_PORT": str(port), "LIANGPIN_PUBLIC_URL": origin}
    child = subprocess.Popen(
        [sys.executable, "-m", "service", "serve", "--prepare"],
        env=environment,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{origin}/readyz", timeout=1).close()  # noqa: S310
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise RuntimeError("the server did not start")
        db = Database(Settings(database_url=url, public_url=origin))
        with db.read() as conn:
            code = first_code(conn) or ""
        db.close()
        yield origin, code.removeprefix("https://id.gs1.org").removeprefix(origin)
    finally:
        child.terminate()
        child.wait(20)


def log_in(page: Page, origin: str, login: str) -> None:
    """Log in by the form, as a person does."""
    page.goto(f"{origin}/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", DEMO_PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_load_state()


def shots(browser: Browser, origin: str, code: str) -> None:
    """Every picture, at the size its name says."""
    for size, name in ((PHONE, "phone"), (DESKTOP, "desktop")):
        page = browser.new_page(viewport=size, locale="zh-CN")

        def snap(path: str, what: str, page: Page = page, name: str = name) -> None:
            page.goto(origin + path)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=FOLDER / f"{what}-{name}.png")

        snap("/", "landing")
        snap(code, "scan")
        snap("/standards", "standards")
        log_in(page, origin, "enterprise")
        snap("/batches", "batches")
        page.goto(f"{origin}/batches/new")
        page.wait_for_load_state("networkidle")
        _fill_batch_form(page)
        page.screenshot(path=FOLDER / f"batch-form-{name}.png")
        page.context.clear_cookies()
        log_in(page, origin, "regulator")
        snap(code, "regulator")
        page.get_by_role("link", name="来源", exact=True).click()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=FOLDER / f"trace-{name}.png")
        page.context.clear_cookies()
        log_in(page, origin, "investment")
        snap("/chain", "panorama")
        snap("/chain/gaps", "gaps")
        snap("/plan", "plan")
        page.close()
    _label(browser, origin)


def _fill_batch_form(page: Page) -> None:
    """Quantity: the recipe does the rest."""
    page.fill("input[name=quantity]", "1200")
    page.keyboard.press("Tab")
    page.locator("#lines [data-line]").first.wait_for()
    page.wait_for_timeout(300)


def _label(browser: Browser, origin: str) -> None:
    page = browser.new_page()
    log_in(page, origin, "enterprise")
    page.goto(f"{origin}/batches")
    links = page.eval_on_selector_all("a[href^='/batches/']", "all => all.map(a => a.getAttribute('href'))")
    target = next(link for link in links if link.rsplit("/", 1)[-1].isdigit())
    pdf = page.request.get(f"{origin}{target}/label.pdf").body()
    document = pypdfium2.PdfDocument(pdf)
    document[0].render(scale=6).to_pil().save(FOLDER / "label.png")
    document.close()
    page.close()


def slim() -> None:
    """Sixty-four colours are enough for flat pages, on a third of the bytes."""
    for path in FOLDER.glob("*.png"):
        with Image.open(path) as picture:
            small = picture.convert("RGB").quantize(64)
        small.save(path, optimize=True)


def main() -> None:
    """Take them all into docs/screenshots."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("screenshots need: apt-get install chromium fonts-noto-cjk")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, served(Path(name)) as (origin, code), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        shots(browser, origin, code)
        browser.close()
    slim()


if __name__ == "__main__":
    main()
