"""Built-in templates out of ``seeds/documents/*.yaml``: a reviewable text becomes a .docx with placeholders.

A file has a ``title`` and ``blocks``, each one of: ``text`` (a paragraph), ``fields`` (a table of labels and values, by
field name), ``rows`` (a table of a list field's columns), ``sign`` (lines to sign). Labels come from ``kinds``.
"""

from __future__ import annotations

import io
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from docx import Document
from docx.document import Document as Docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.styles.style import ParagraphStyle
from docx.table import _Cell

from service.documents.kinds import KINDS

SEEDS = Path(__file__).resolve().parents[2] / "seeds" / "documents"
NOTE = "平台内置示例版式，不是法定文书格式；以本单位印制的文书为准。"
_FONT = "宋体"


@lru_cache(maxsize=16)
def built_in(kind: str) -> bytes:
    """The built-in template of a kind. Raises ValueError where its YAML names an unknown field."""
    seed = yaml.safe_load((SEEDS / f"{kind}.yaml").read_text("utf-8"))
    whole = Document()
    _page(whole)
    _centred(whole, "{{ office }}", 14)
    _centred(whole, seed["title"], 20)
    right = whole.add_paragraph("文书编号：{{ number }}")
    right.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for block in seed["blocks"]:
        _block(whole, kind, block)
    foot = whole.sections[0].footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run(NOTE).font.size = Pt(8)
    kept = io.BytesIO()
    whole.save(kept)
    return kept.getvalue()


def _page(whole: Docx) -> None:
    style = whole.styles["Normal"]
    assert isinstance(style, ParagraphStyle)
    style.font.name = _FONT
    style.font.size = Pt(11)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    style.paragraph_format.space_after = Pt(4)
    section = whole.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.4)
    section.top_margin = section.bottom_margin = Cm(2.2)
    properties = whole.core_properties
    properties.author = properties.comments = properties.last_modified_by = ""
    properties.created = properties.modified = datetime(2026, 1, 1)  # noqa: DTZ001 - OPC wants it naive


def _centred(whole: Docx, text: str, size: int) -> None:
    line = whole.add_paragraph()
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = line.add_run(text)
    run.bold = True
    run.font.size = Pt(size)


def _block(whole: Docx, kind: str, block: dict[str, Any]) -> None:
    known = KINDS[kind].fields
    if "text" in block:
        whole.add_paragraph(block["text"].strip())
    elif "heading" in block:
        whole.add_paragraph().add_run(block["heading"]).bold = True
    elif "fields" in block:
        names = [one for one in block["fields"] if one in known]
        if len(names) != len(block["fields"]):
            raise ValueError(f"{kind}: unknown field in {block['fields']}")
        table = whole.add_table(rows=0, cols=2, style="Table Grid")
        for name in names:
            cells = table.add_row().cells
            _cell(cells[0], known[name].label, 4.2)
            _cell(cells[1], f"{{{{ {name} }}}}", 12.0)
        whole.add_paragraph()
    elif "rows" in block:
        _rows(whole, kind, block)
    else:
        for line in block["sign"]:
            whole.add_paragraph(line)


def _rows(whole: Docx, kind: str, block: dict[str, Any]) -> None:
    name = block["rows"]
    columns = KINDS[kind].fields[name].rows
    if columns is None or set(block["widths"]) - set(columns):
        raise ValueError(f"{kind}: {name} has no such rows")
    widths: dict[str, float] = block["widths"]
    table = whole.add_table(rows=4, cols=len(widths), style="Table Grid")
    table.autofit = False
    for place, (column, width) in enumerate(widths.items()):
        _cell(table.cell(0, place), columns[column], width, bold=True)
        _cell(table.cell(2, place), f"{{{{ one.{column} }}}}", width)
    table.cell(1, 0).text = f"{{%tr for one in {name} %}}"
    table.cell(3, 0).text = "{%tr endfor %}"
    whole.add_paragraph()


def _cell(cell: _Cell, text: str, width: float, bold: bool = False) -> None:
    cell.width = Cm(width)
    run = cell.paragraphs[0].add_run(text)
    run.font.size = Pt(10)
    run.bold = bold
