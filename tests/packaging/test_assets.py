"""The asset build: pinned, verified, nothing to do the second time, and no host in its lock."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "service" / "web" / "vendor"


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the asset build sees of a checkout, with the folder as the real one has it."""
    for name in ("package.json", "package-lock.json", ".npmrc", "hatch_build.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(VENDOR, tmp_path / "service" / "web" / "vendor")
    return tmp_path


def test_the_folder_is_as_the_lock_wants_it(hook: ModuleType) -> None:
    assert hook.is_current(ROOT), "run `python hatch_build.py` first"
    assert {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()} == {
        "manifest.json",
        *(asset.target for asset in hook.ASSETS),
    }


def test_a_second_build_needs_neither_node_nor_network(checkout: Path) -> None:
    done = subprocess.run(
        [sys.executable, "hatch_build.py"],
        cwd=checkout,
        env={**os.environ, "PATH": "/nowhere", "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "service/web/vendor: up to date\n"), done.stderr


@pytest.mark.parametrize("harm", ["change", "remove", "lock", "manifest"])
def test_what_is_not_as_wanted_is_built_again(harm: str, checkout: Path, hook: ModuleType) -> None:
    assert hook.is_current(checkout)
    vendor = checkout / "service" / "web" / "vendor"
    if harm == "change":
        (vendor / "htmx.min.js").write_text("alert(1)")
    elif harm == "remove":
        (vendor / "zxing_reader.wasm").unlink()
    elif harm == "lock":
        (checkout / "package-lock.json").write_text("{}")
    else:
        (vendor / "manifest.json").write_text("[]")
    assert not hook.is_current(checkout)


def test_the_lock_pins_every_package_by_digest_and_names_no_registry() -> None:
    text = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert "registry" not in text
    packages = json.loads(text)["packages"]
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert packages[""]["dependencies"] == wanted
    for name, version in wanted.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert packages[f"node_modules/{name}"]["version"] == version
    for path, entry in packages.items():
        assert not path or entry["integrity"].startswith("sha512-")


def test_each_asset_names_its_licence_and_the_texts_are_there(hook: ModuleType) -> None:
    manifest = json.loads((VENDOR / "manifest.json").read_text())
    assert all(entry["licence"] for entry in manifest["files"].values())
    assert all(entry["version"] for entry in manifest["files"].values() if entry["package"])
    assert "Apache License" in (VENDOR / "licences" / "zxing-cpp.txt").read_text()
    assert "SIL OPEN FONT LICENSE" in (VENDOR / "licences" / "NotoSansSC.txt").read_text()
    assert (VENDOR / "fonts" / "NotoSansSC-Regular.ttf").read_bytes()[:4] == b"\x00\x01\x00\x00"
    assert (VENDOR / "zxing_reader.wasm").read_bytes()[:4] == b"\0asm"
