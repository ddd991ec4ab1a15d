"""The running application: settings, database, accounts, JSON API, pages, CLI.

Importing this package makes ``import trace`` mean our record package. ``trace`` is also a
standard-library module, and which of the two ``import trace`` finds depends on how Python was
started. Every entry point therefore imports ``service`` first (docs/decisions/0001).
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def _install_trace_package() -> None:
    """Load the sibling folder ``trace`` as ``sys.modules["trace"]``, whatever is there already."""
    folder = Path(__file__).resolve().parent.parent / "trace"
    entry = folder / "__init__.py"
    present = sys.modules.get("trace")
    if present is not None and getattr(present, "__file__", None) == str(entry):
        return
    spec = importlib.util.spec_from_file_location("trace", entry, submodule_search_locations=[str(folder)])
    if spec is None or spec.loader is None:
        raise ImportError(f"Liangpin's trace package is missing at {folder}")
    module = importlib.util.module_from_spec(spec)
    sys.modules["trace"] = module
    spec.loader.exec_module(module)


_install_trace_package()

from service import naming  # noqa: E402, F401 - after trace is ours, before any table is declared
