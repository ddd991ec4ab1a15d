"""Files chosen in a form: kept at once, so that a mistake elsewhere in the form does not lose them."""

from __future__ import annotations

from fastapi import Request
from starlette.datastructures import FormData

from service.context import command
from service.web import trees
from trace.errors import InvalidInput, Refusal
from trace.evidence.commands import MAX_BYTES, hand_in


def keep_files(request: Request, form: FormData) -> tuple[dict[str, str], dict[str, str]]:
    """Hand in every chosen file.

    A field ``documents.2.file`` gives the values ``documents.2.attachment_id`` and
    ``documents.2.attachment_name``; a file that is refused gives an error under its own name.
    """
    values: dict[str, str] = {}
    errors: dict[str, str] = {}
    for field, upload in trees.uploads(form):
        stem = field.removesuffix("file")
        name = upload.filename
        with upload.file:
            content = upload.file.read(MAX_BYTES + 1)
        if not name:
            continue
        try:
            kept = command(request, lambda ctx, n=name, c=content: hand_in(ctx, n, c))  # type: ignore[misc]
        except Refusal as refusal:
            errors[field] = f"“{name[:60]}”：{refusal.errors[0].detail if refusal.errors else refusal.detail}"
            continue
        values[f"{stem}attachment_id"] = str(kept)
        values[f"{stem}attachment_name"] = name[-60:]
    return values, errors


def chosen_file(form: FormData, most: int, ask: str) -> tuple[str, bytes]:
    """The chosen file's name and content, one byte beyond ``most`` at the most; every part is closed.

    Raises InvalidInput with ``ask`` where none was chosen.
    """
    name, content = "", b""
    for _, part in trees.uploads(form):
        with part.file:
            if part.filename and not name:
                name, content = part.filename, part.file.read(most + 1)
    if not name:
        raise InvalidInput.of("/file", "required", ask, "choose a file")
    return name, content
