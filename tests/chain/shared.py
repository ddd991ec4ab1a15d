"""The fact files beside the repository: tests that compare with them skip where they are absent."""

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def fact(name: str) -> str:
    base = Path(os.environ.get("LIANGPIN_SHARED", "../shared"))
    path = (base if base.is_absolute() else ROOT / base) / "facts" / name
    if not path.is_file():
        pytest.skip(f"no fact file {name}")
    return path.read_text(encoding="utf-8")


def squeeze(text: str) -> str:
    """Without any white space, as quotes are compared."""
    return re.sub(r"\s", "", text)


def table(text: str, key: str) -> list[list[str]]:
    """The cells of every Markdown row whose first cell matches ``key``."""
    rows = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and re.fullmatch(key, cells[0]):
            rows.append(cells)
    return rows
