"""schemathesis over the whole OpenAPI document, as each role, against a running server: no answer is a server error.

Its stranger cases (wrong types, unlisted methods, odd encodings) come from the document itself, not from us.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service.database import Database
from service.migrating import migrate
from tests.fixtures.databases import make_settings
from tests.fixtures.people import CAST, ORGANISATIONS, make_organisation, make_someone
from tests.service.test_kill import Process

CASES = int(os.environ.get("LIANGPIN_SCHEMATHESIS", "200"))
"""Requests for each role; ``make soak`` asks for thousands."""
LAST = ("revoke_key_api_v1_keys__key_id__delete", "end_account_api_v1_accounts__account_id__end_post")
"""Operations that, tried with what others answered, end the very key or account that tries: tried after all others."""
EVERYBODY = ("clerk", "safety", "boss", "officer", "investor", "expert", "operator")
ROLES = EVERYBODY if CASES > 200 else ("safety", "officer")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a server, and a key of each role."""
    folder = tmp_path_factory.mktemp("schemathesis")
    settings = make_settings(f"sqlite:///{folder / 'l.db'}")
    migrate(settings)
    db = Database(settings)
    organisations = {name: make_organisation(db, name, **facts) for name, facts in ORGANISATIONS.items()}
    keys = {}
    for login in ROLES:
        of, roles = CAST[login]
        keys[login] = make_someone(db, organisations[of], login, roles).key
    db.close()
    server = Process(folder / "l.db", folder / "server.log")
    httpx.get(f"{server.url}/openapi.json", timeout=120).raise_for_status()  # its making is not what is tried
    yield server.url, keys
    server.kill()


@pytest.mark.parametrize("role", ROLES)
def test_no_answer_is_a_server_error(role: str, served: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    url, keys = served
    auth = {"Authorization": f"Bearer {keys[role]}"}
    generated = run(url, auth, tmp_path, *(part for one in LAST for part in ("--exclude-operation-id", one)))
    assert generated >= CASES
    me = httpx.get(f"{url}/api/v1/me", headers=auth, timeout=60)
    assert me.status_code == 200, "the whole run was made as somebody: what it tried has not shut it out"
    assert run(url, auth, tmp_path, *(part for one in LAST for part in ("--include-operation-id", one)))


def run(url: str, auth: dict[str, str], folder: Path, *which: str) -> int:
    """How many cases were tried, all of them answered without a server error."""
    each = max(1, CASES // 200)  # the document has some 230 operations
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--checks", "not_a_server_error",
            "--phases", "fuzzing", "--max-examples", str(each), "--seed", "20261125", "--continue-on-failure",
            "--warnings", "off", "--no-color", "--header", f"Authorization: {auth['Authorization']}", *which,
        ],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    counted = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert counted, done.stdout[-3000:]
    assert int(counted[1]) == int(counted[2])
    return int(counted[1])
