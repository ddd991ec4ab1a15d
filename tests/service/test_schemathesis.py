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

import pytest

from service.database import Database
from service.migrating import migrate
from tests.fixtures.databases import make_settings
from tests.fixtures.people import CAST, ORGANISATIONS, make_organisation, make_someone
from tests.service.test_kill import Process

CASES = int(os.environ.get("LIANGPIN_SCHEMATHESIS", "200"))
"""Requests for each role; ``make soak`` asks for thousands."""
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
    yield server.url, keys
    server.kill()


@pytest.mark.parametrize("role", ROLES)
def test_no_answer_is_a_server_error(role: str, served: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    url, keys = served
    each = max(1, CASES // 200)  # the document has some 210 operations
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--checks", "not_a_server_error",
            "--phases", "fuzzing", "--max-examples", str(each), "--seed", "20261125", "--continue-on-failure",
            "--warnings", "off", "--no-color", "--header", f"Authorization: Bearer {keys[role]}",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    counted = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert counted, done.stdout[-3000:]
    assert int(counted[1]) == int(counted[2]) >= CASES
