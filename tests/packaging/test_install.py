"""The Dockerfile's steps in clean environments: the wheel installs, carries all, and runs from ``/``."""

from __future__ import annotations

import http.server
import json
import subprocess
import threading
import zipfile
from pathlib import Path

import pytest

from tests.packaging.docker_steps import ROOT, Sandbox, clean_environment, ignored, parse, patterns

STAGES = parse((ROOT / "Dockerfile").read_text())


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The image's root after every step, and the last stage's environment."""
    folder = tmp_path_factory.mktemp("image")
    return folder, Sandbox(folder, offline=True).run()


def run(sandbox: tuple[Path, Path], *command: str) -> str:
    _, environment = sandbox
    done = subprocess.run(
        [str(environment / "bin" / command[0]), *command[1:]],
        cwd="/",
        env=clean_environment(environment),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_carries_code_pages_seeds_migrations_and_assets(sandbox: tuple[Path, Path]) -> None:
    wheel = next((sandbox[0] / "wheels").glob("liangpin-*.whl"))
    names = set(zipfile.ZipFile(wheel).namelist())
    vendor = {f"service/web/vendor/{p.relative_to(ROOT / 'service/web/vendor').as_posix()}"
              for p in (ROOT / "service/web/vendor").rglob("*") if p.is_file()}  # fmt: skip
    assert vendor
    assert vendor <= names
    for folder in ("service/web/templates/", "service/web/static/", "seeds/", "migrations/", "chain/", "trace/"):
        assert any(name.startswith(folder) for name in names), folder
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests/")]
    assert wheel.stat().st_size < 15_000_000


def test_trace_is_ours_wherever_python_starts(sandbox: tuple[Path, Path]) -> None:
    script = "import service, trace, trace.ids, json; print(json.dumps([trace.__file__, trace.ids.__file__]))"
    for file in json.loads(run(sandbox, "python", "-c", script)):
        assert Path(file).is_relative_to(sandbox[1])


def test_the_console_script_runs_from_the_root_folder(sandbox: tuple[Path, Path]) -> None:
    assert "serve" in run(sandbox, "liangpin", "--help")


def test_installed_labels_find_their_font(sandbox: tuple[Path, Path]) -> None:
    script = (
        "import service; from pathlib import Path; from datetime import date; from trace.codes.label import *;"
        "font = Path(service.__file__).parent / 'web/vendor/fonts/NotoSansSC-Regular.ttf';"
        "day = date(2026, 11, 24);"
        "print(label_pdf([Label('https://x.example/01/09521234543213', '鸭', 'L', day, None, 'S', '厂')], font)[:5])"
    )
    assert run(sandbox, "python", "-c", script).strip() == "b'%PDF-'"


def test_the_image_runs_as_nobody_and_writes_only_its_data() -> None:
    assert len(STAGES) == 2
    final = STAGES[-1]
    assert final.all("USER") == ["10001"]
    assert final.steps.index(("USER", "10001")) > max(i for i, s in enumerate(final.steps) if s[0] == "RUN")
    assert final.all("VOLUME") == ["/data"]
    assert final.all("EXPOSE") == ["8000"]
    assert "sqlite:////data/" in final.all("ENV")[0]
    assert "PYTHONDONTWRITEBYTECODE=1" in final.all("ENV")[0]
    assert json.loads(final.all("CMD")[0])[:2] == ["liangpin", "serve"]


def test_what_is_copied_is_there_and_not_ignored() -> None:
    skip = patterns()
    for name in ("pyproject.toml", "hatch_build.py", "package-lock.json", ".npmrc", "README.md", "requirements.lock"):
        assert (ROOT / name).is_file(), name
        assert not ignored(Path(name), skip), name
    assert ignored(Path(".venv"), skip)
    assert ignored(Path("service/web/__pycache__"), skip)


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False), (None, False)])
def test_the_health_check_tells_well_from_ill(status: int | None, healthy: bool, sandbox: tuple[Path, Path]) -> None:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" and status else 404)
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    port = server.server_port
    if status is None:
        server.server_close()
    else:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    check = json.loads(STAGES[-1].all("HEALTHCHECK")[0].partition("CMD ")[2])
    command = [part.replace("127.0.0.1:8000", f"127.0.0.1:{port}") for part in check]
    try:
        done = subprocess.run(command, env=clean_environment(sandbox[1]), capture_output=True, timeout=30)
        assert (done.returncode == 0) is healthy
    finally:
        if status is not None:
            server.shutdown()
            server.server_close()
