from __future__ import annotations

from pathlib import Path

import pytest

FONT = Path(__file__).resolve().parents[2] / "service" / "web" / "vendor" / "fonts" / "NotoSansSC-Regular.ttf"


@pytest.fixture(scope="session")
def font() -> Path:
    """The font that labels embed, as the asset build puts it (``python hatch_build.py``)."""
    assert FONT.is_file(), "run `python hatch_build.py` first"
    return FONT
