"""``render``: one document as .docx bytes, from an office's template or the built-in one. Pure.

The same values give the same bytes. What is not known prints as ``________`` and nothing is made up; a document
without a number says 草稿 on every page, whatever the template.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence

from docx import Document
from docx.document import Document as Docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docxtpl import DocxTemplate
from jinja2 import TemplateError

from service.documents.building import built_in
from service.documents.checking import MAX_UNPACKED, check_template, sandbox
from service.documents.kinds import KINDS, NUMBER, Kind, sample_values
from trace.errors import InvalidInput

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BLANK = "________"
DRAFT = "草稿（尚未编号，不是正式文书）"
TRIAL_ROWS = 50


class _Blank(str):
    """Prints as a line to fill in by hand, and counts as nothing in a condition."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False


def render(kind: str, values: Mapping[str, object], template: bytes | None) -> bytes:
    """A document of ``kind`` as .docx.

    ``values`` holds the fields that ``kinds.KINDS[kind]`` names: text or integers, and lists of mappings for rows.
    ``template`` is a file that ``accept_template`` took, None the built-in one. Raises KeyError for an unknown kind,
    ValueError for a field the kind does not have, InvalidInput where the template cannot be filled.
    """
    form = KINDS[kind]
    unknown = sorted(set(values) - set(form.fields))
    if unknown:
        raise ValueError(f"{kind} has no field {', '.join(unknown)}")
    if template is not None:
        check_template(kind, template)
    whole = DocxTemplate(io.BytesIO(built_in(kind) if template is None else template))
    try:
        whole.render(_filled(form, values), sandbox())
    except (TemplateError, ValueError, AttributeError, KeyError, TypeError) as wrong:
        detail = "模板填不进内容，请检查表格中“逐行”占位符是否各占一行、成对"
        raise InvalidInput.of("/file", "cannot_render", detail, "the template cannot be filled") from wrong
    if not str(values.get(NUMBER) or "").strip():
        _mark_draft(whole.docx)
    kept = io.BytesIO()
    whole.docx.save(kept)
    return _settled(kept.getvalue())


def accept_template(kind: str, content: bytes) -> None:
    """Raises InvalidInput unless ``content`` is a template of ``kind`` that fills without a fault."""
    check_template(kind, content)
    made = render(kind, sample_values(kind, TRIAL_ROWS), content)
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        size = sum(one.file_size for one in package.infolist())
    if size > MAX_UNPACKED:
        detail = f"填入 {TRIAL_ROWS} 行后文书超过 16 MB，请把“逐行”占位符放在表格的一行里"
        raise InvalidInput.of("/file", "too_large", detail, "fills to more than 16 MB")
    Document(io.BytesIO(made))


def _filled(form: Kind, values: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, one in form.fields.items():
        value = values.get(name)
        if one.rows is None:
            found[name] = _text(value)
            continue
        if value is not None and not isinstance(value, Sequence):
            raise ValueError(f"{name} must be a list of rows")
        found[name] = [{column: _text(row.get(column)) for column in one.rows} for row in value or [{}]]
    return found


def _text(value: object) -> str:
    """Text as Word can hold it; nothing, or only spaces, is a blank."""
    plain = "" if value is None else str(value)
    clean = "".join(c if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs") else " " for c in plain).strip()
    return clean.replace("{_{", "{ {").replace("{_%", "{ %") if clean else _Blank(BLANK)


def _mark_draft(whole: Docx) -> None:
    head = whole.sections[0].header.paragraphs
    line = head[0].insert_paragraph_before(DRAFT) if head else whole.sections[0].header.add_paragraph(DRAFT)
    line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for section in whole.sections:
        for header in (section.first_page_header, section.even_page_header):
            if not header.is_linked_to_previous:
                header.add_paragraph(DRAFT)
    first = whole.element.body[0] if len(whole.element.body) else None
    note = whole.add_paragraph()
    note.alignment = WD_ALIGN_PARAGRAPH.CENTER
    note.add_run(DRAFT).bold = True
    if first is not None:
        first.addprevious(note._p)


def _settled(content: bytes) -> bytes:
    """The same package with one fixed date on every part, so that equal documents are equal bytes."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in sorted(old.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            new.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
