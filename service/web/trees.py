"""Forms with repeated lines: ``inputs.3.quantity`` in, nested data out; the same names lead errors back. Pure.

A field's name is its JSON pointer with dots, so that what the record refuses under ``/inputs/3/quantity``
finds its field without a table of names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.datastructures import FormData, UploadFile

from trace.errors import FieldError

MAX_DEPTH = 6
Tree = dict[str, Any]


def grow(pairs: Iterable[tuple[str, str]]) -> Tree:
    """Named texts as a tree; numbered branches become lists in the order of their numbers, gaps closed.

    A name that is repeated keeps its last text; names that go deeper than any form of ours are left out.
    """
    root: Tree = {}
    for name, value in pairs:
        parts = name.split(".")
        if len(parts) > MAX_DEPTH or not all(parts):
            continue
        here = root
        for part in parts[:-1]:
            below = here.setdefault(part, {})
            if not isinstance(below, dict):
                break
            here = below
        else:
            if not isinstance(here.get(parts[-1]), dict):
                here[parts[-1]] = value
    return {name: _listed(branch) for name, branch in root.items()}


def _listed(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(key.isascii() and key.isdigit() and len(key) <= 6 for key in node):
        return [_listed(node[key]) for key in sorted(node, key=int)]
    return {key: _listed(value) for key, value in node.items()}


def texts(form: FormData) -> list[tuple[str, str]]:
    """The text fields of a submitted form, trimmed; files and the token are left out."""
    return [(k, v.strip()) for k, v in form.multi_items() if isinstance(v, str) and k != "csrf_token"]


def uploads(form: FormData) -> list[tuple[str, UploadFile]]:
    """The file parts; one without a name is a file field that was left alone."""
    return [(k, v) for k, v in form.multi_items() if isinstance(v, UploadFile)]


def text(node: Any, key: str) -> str:
    """A text leaf; '' where it is missing or is a branch."""
    value = node.get(key, "") if isinstance(node, dict) else ""
    return value if isinstance(value, str) else ""


def branches(node: Any, key: str) -> list[Tree]:
    """A list of sub-trees; [] where there is none."""
    value = node.get(key) if isinstance(node, dict) else None
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def number(value: str) -> int | None:
    """An id out of a hidden field or a select; None for anything else."""
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 19 else None


def by_name(errors: Iterable[FieldError]) -> dict[str, str]:
    """Field name → what is wrong with it (the first thing said)."""
    found: dict[str, str] = {}
    for one in errors:
        found.setdefault(one.pointer.strip("/").replace("/", "."), one.detail)
    return found
