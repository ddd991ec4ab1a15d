"""The console script: run beside a server, from any folder, and honest about what it refuses."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.accounts import passwords
from service.database import Database
from tests.fixtures.databases import make_settings
from tests.fixtures.people import make_account, make_organisation
from tests.fixtures.record import line, organisation

ROOT = Path(__file__).resolve().parents[2]
CHEAP = {"LIANGPIN_ARGON2_TIME_COST": "1", "LIANGPIN_ARGON2_MEMORY_KIB": "8", "LIANGPIN_ARGON2_PARALLELISM": "1"}


def environment(path: Path, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LIANGPIN_")}
    return kept | CHEAP | {"LIANGPIN_DATABASE_URL": f"sqlite:///{path}", "PYTHONPATH": str(ROOT)} | more


def liangpin(path: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        env=environment(path, **more),
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def file(tmp_path: Path, sqlite_template: Path) -> Path:
    """A database with one enterprise and its clerk."""
    path = tmp_path / "cli.db"
    path.write_bytes(sqlite_template.read_bytes())
    db = Database(make_settings(f"sqlite:///{path}"))
    maker = make_organisation(db, "maker", kind="enterprise", name="试验厂")
    make_account(db, maker, "clerk", ("clerk",))
    db.close()
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def served(file: Path) -> Iterator[str]:
    """The address of a server process on ``file``."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "service", "serve", "--port", str(port)],
        env=environment(file),
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            with urllib.request.urlopen(address + "/readyz", timeout=1):
                break
        except OSError:
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
            time.sleep(0.05)
    yield address
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode in (0, -signal.SIGTERM)


def test_a_key_is_printed_alone_and_works_beside_the_running_server(served: str, file: Path) -> None:
    made = liangpin(file, "api-key", "clerk")
    assert made.returncode == 0, made.stderr
    key = made.stdout.removesuffix("\n")
    assert key.startswith("lp_")
    assert "\n" not in key
    request = urllib.request.Request(served + "/api/v1/me", headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert b'"login":"clerk"' in answer.read()


def test_no_key_for_nobody(file: Path) -> None:
    refused = liangpin(file, "api-key", "nobody")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "没有账号「nobody」" in refused.stderr


def test_more_workers_on_sqlite_are_refused_with_the_reason(file: Path) -> None:
    refused = liangpin(file, "serve", "--workers", "2")
    assert refused.returncode == 1
    assert "一个写进程" in refused.stderr
    assert "PostgreSQL" in refused.stderr


def test_a_real_start_is_refused_while_the_demo_password_opens_an_account(file: Path) -> None:
    db = Database(make_settings(f"sqlite:///{file}"))
    base = make_organisation(db, "base", kind="base", name="试验基地")
    make_account(db, base, "base", ("clerk",), password=passwords.DEMO_PASSWORD)
    db.close()
    refused = liangpin(file, "serve", "--port", str(free_port()), LIANGPIN_DEMO="0")
    assert refused.returncode == 1
    assert "base" in refused.stderr
    assert "clerk" not in refused.stderr
    assert "演示密码" in refused.stderr


def test_an_empty_database_is_told_what_to_do(tmp_path: Path) -> None:
    for arguments in (("serve",), ("api-key", "x"), ("rebuild",), ("seed",)):
        refused = liangpin(tmp_path / "none.db", *arguments)
        assert refused.returncode == 1, arguments
        assert "liangpin migrate" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_migrate_makes_the_folder_and_can_be_repeated(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "x.db"
    for _ in range(2):
        assert liangpin(path, "migrate").returncode == 0
    assert path.is_file()


def test_backup_and_restore_bring_back_what_was_there(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert liangpin(file, "backup", str(copy)).returncode == 0
    assert liangpin(file, "backup", str(copy)).returncode == 1, "an existing file is not overwritten"
    assert liangpin(file, "api-key", "clerk").returncode == 0
    other = tmp_path / "elsewhere" / "new.db"
    restored = liangpin(other, "restore", str(copy), "--yes")
    assert restored.returncode == 0, restored.stderr
    assert liangpin(other, "api-key", "clerk").returncode == 0
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(copy.read_bytes()[:8192] + b"\xff" * (copy.stat().st_size - 8192))
    refused = liangpin(other, "restore", str(damaged), "--yes")
    assert refused.returncode == 1
    assert liangpin(other, "api-key", "clerk").returncode == 0


def test_demo_reset_spares_real_organisations(file: Path) -> None:
    refused = liangpin(file, "demo-reset", "--yes")
    assert refused.returncode == 1
    assert "试验厂" in refused.stderr
    refused = liangpin(file, "demo-reset", "--yes", LIANGPIN_DEMO="0")
    assert refused.returncode == 1


def test_a_real_deployment_loads_reference_data_only(file: Path) -> None:
    refused = liangpin(file, "seed", LIANGPIN_DEMO="0")
    assert refused.returncode == 1
    assert "--reference-only" in refused.stderr


def test_help_names_every_command(file: Path) -> None:
    text = liangpin(file, "--help").stdout
    for name in ("serve", "migrate", "seed", "demo-reset", "rebuild", "api-key", "backup", "restore"):
        assert name in text


def test_the_nightly_check_prints_its_report_alone(file: Path) -> None:
    """A cron job keeps what stands on standard output; what is for people goes beside it."""
    quiet = liangpin(file, "check-record")
    assert quiet.returncode == 0, quiet.stderr
    assert json.loads(quiet.stdout)["findings"] == []
    db = Database(make_settings(f"sqlite:///{file}"))
    maker = organisation(db)
    raw = maker.receive(quantity="10").batch_id
    maker.register(maker.product(), [line(raw, "62.5")])
    db.close()
    told = json.loads(liangpin(file, "check-record").stdout)
    (one,) = [f for f in told["findings"] if f["code"] == "over_used"]
    assert (one["lots"], told["counts"]["over_used"]) == ([str(raw)], 1)
