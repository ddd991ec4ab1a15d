"""Runs the Dockerfile's steps without a container engine: a clean virtual environment for each stage.

``python -m tests.packaging.docker_steps`` does so with the network, as an image build would. The
tests do so without: the locked packages are then those of the environment that runs the tests, and
the browser assets those already built.
"""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENDOR = Path("service/web/vendor")


@dataclass
class Stage:
    """One ``FROM`` and the (instruction, argument) pairs after it."""

    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all(self, instruction: str) -> list[str]:
        """The arguments of every such instruction, in order."""
        return [argument for name, argument in self.steps if name == instruction]


def parse(text: str) -> list[Stage]:
    """The stages of a Dockerfile; continuation lines joined, comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    stages: list[Stage] = []
    for line in re.sub(r"\\\n\s*", " ", "\n".join(lines)).splitlines():
        if not line.strip():
            continue
        instruction, _, argument = line.strip().partition(" ")
        if instruction == "FROM":
            stages.append(Stage(argument.split(" AS ")[1] if " AS " in argument else ""))
        else:
            stages[-1].steps.append((instruction, argument.strip()))
    return stages


def ignored(path: Path, patterns: list[str]) -> bool:
    """Whether .dockerignore keeps a path (relative to the root) out of the build."""
    return any(
        fnmatch.fnmatch(path.name, pattern.removeprefix("**/"))
        if pattern.startswith("**/")
        else fnmatch.fnmatch(path.as_posix(), pattern)
        for pattern in patterns
    )


def patterns() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


class Sandbox:
    """A folder that stands for the image's root, with one virtual environment per stage."""

    def __init__(self, folder: Path, *, offline: bool) -> None:
        self.folder = folder
        self.offline = offline

    def run(self) -> Path:
        """Every COPY and RUN of the Dockerfile; the last stage's environment."""
        environment = self.folder
        for number, stage in enumerate(parse((ROOT / "Dockerfile").read_text())):
            environment = self.folder / f"venv{number}"
            venv.create(environment, with_pip=True)
            if self.offline:
                self._lend_packages(environment)
            self._run_stage(stage, environment)
        return environment

    def path(self, text: str) -> str:
        """Absolute paths of the image as paths in the sandbox."""
        return re.sub(r"(?<![\w.:/])/(?=(src|wheels|app|data)\b)", f"{self.folder}/", text)

    def _run_stage(self, stage: Stage, environment: Path) -> None:
        workdir = self.folder
        for instruction, argument in stage.steps:
            if instruction == "WORKDIR":
                workdir = Path(self.path(argument))
                workdir.mkdir(parents=True, exist_ok=True)
            elif instruction == "COPY":
                self._copy(argument, workdir)
            elif instruction == "RUN" and not argument.startswith("useradd"):  # needs root of its own
                self._shell(argument, workdir, environment)

    def _copy(self, argument: str, workdir: Path) -> None:
        if argument.startswith("--from="):
            return  # both stages share the sandbox's root
        source, target = argument.split()
        if source != ".":
            shutil.copy(ROOT / source, workdir / target)
            return
        skip = patterns()

        def ignore(folder: str, names: list[str]) -> set[str]:
            return {name for name in names if ignored((Path(folder) / name).relative_to(ROOT), skip)}

        shutil.copytree(ROOT, workdir, ignore=ignore, dirs_exist_ok=True)
        if self.offline:
            shutil.copytree(ROOT / VENDOR, workdir / VENDOR)

    def _shell(self, command: str, workdir: Path, environment: Path) -> None:
        if self.offline:
            if "--require-hashes" in command:
                return
            command = command.replace("pip wheel", "pip wheel --no-index --no-build-isolation")
            command = command.replace("pip install", "pip install --no-index")
        env = clean_environment(environment) | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        done = subprocess.run(["sh", "-c", self.path(command)], cwd=workdir, env=env, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f"{command}\n{done.stdout}{done.stderr}")

    def _lend_packages(self, environment: Path) -> None:
        """The installed packages of the running environment, behind those of the new one."""
        here = sysconfig.get_path("purelib")
        there = sysconfig.get_path("purelib", vars={"base": str(environment), "platbase": str(environment)})
        (Path(there) / "lent.pth").write_text(here + "\n")


def clean_environment(environment: Path) -> dict[str, str]:
    """Process variables in which only ``environment`` is on the way."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "LIANGPIN"))
    }
    return kept | {"PATH": f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        installed = Sandbox(Path(temporary), offline=False).run()
        subprocess.run(
            [installed / "bin" / "liangpin", "--help"], cwd="/", env=clean_environment(installed), check=True
        )
        sys.stdout.write("every step of the Dockerfile ran\n")
