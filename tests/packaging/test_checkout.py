"""What the README tells a newcomer to type in a checkout is there after ``make run`` or ``make test``."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.packaging.docker_steps import ROOT


def test_make_leaves_the_console_script(tmp_path: Path) -> None:
    """The rule that ``make install`` runs, into a folder of the test's own, started from ``/``."""
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(Path(sys.executable))
    for stamp in (".runtime", ".dev"):
        (venv / stamp).touch()
    made = subprocess.run(
        ["make", "-s", f"VENV={venv}", f"{venv}/bin/liangpin"], cwd=ROOT, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    text = (venv / "bin" / "liangpin").read_text()
    assert text.startswith("#!")
    assert f'sys.path.insert(0, "{ROOT}")' in text
    script = tmp_path / "liangpin"
    script.write_text(re.sub(r"^#!.*", f"#!{sys.executable}", text))
    script.chmod(0o755)
    helped = subprocess.run([str(script), "--help"], cwd="/", capture_output=True, text=True)
    assert helped.returncode == 0, helped.stderr
    assert "api-key" in helped.stdout


def test_the_readme_names_commands_that_exist() -> None:
    from typer.main import get_command

    from service.cli import app

    known = set(get_command(app).commands)
    for name in ("README.md", "README.zh-CN.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert set(re.findall(r"`(?:\.venv/bin/)?liangpin ([a-z-]+)", text)) <= known
        targets = re.findall(r"make ([a-z]+)", text)
        rules = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
        assert set(targets) <= rules, name
