"""Labels are rendered as a printer would, their codes decoded and their text read back."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp

from trace.codes.label import Label, label_pdf

LABEL = Label(
    uri="https://lp.example.cn/01/09521234543213/10/A261124-01",
    product="梁平柚子鸭（即食·真空）",
    lot="A261124-01",
    produced_on=date(2026, 11, 24),
    best_before=date(2027, 5, 23),
    short_code="7K3Q9-X2B4M",
    maker="演示区山城预制菜有限公司",
)
DOTS_203 = 203 / 72


@contextmanager
def opened(data: bytes) -> Iterator[pypdfium2.PdfDocument]:
    document = pypdfium2.PdfDocument(data)
    try:
        yield document
    finally:
        document.close()


def text_of(page: pypdfium2.PdfPage) -> str:
    return "".join(page.get_textpage().get_text_bounded().split())


def test_every_label_has_its_page_text_and_code(font: Path) -> None:
    labels = [
        dataclasses.replace(LABEL, uri=f"{LABEL.uri}{n}", lot=f"{LABEL.lot}{n}", short_code=f"7K3Q9-X2B4{n}")
        for n in range(5)
    ]
    with opened(label_pdf(labels, font)) as document:
        assert len(document) == 5
        for page, label in zip(document, labels, strict=True):
            assert page.get_size() == pytest.approx((60 / 25.4 * 72, 40 / 25.4 * 72))
            for scale in (DOTS_203, 6):  # as a 203 dpi print head puts it on paper, and larger
                found = zxingcpp.read_barcodes(page.render(scale=scale).to_pil())
                assert [code.text for code in found] == [label.uri]
            text = text_of(page)
            for shown in (label.product, label.lot, "2026-11-24", "2027-05-23", label.short_code, label.maker):
                assert shown in text
            assert "演示" not in text.replace(label.maker, "")


def test_a_demo_label_says_so(font: Path) -> None:
    with opened(label_pdf([dataclasses.replace(LABEL, demo=True)], font)) as document:
        assert "演示" in text_of(document[0]).replace(LABEL.maker, "")


def test_the_font_is_embedded_as_a_subset(font: Path) -> None:
    data = label_pdf([LABEL], font)
    assert b"/FontFile2" in data
    assert len(data) < 100_000
    with opened(data) as document:
        fonts = {
            item.get_font().get_base_name()
            for item in document[0].get_objects()
            if isinstance(item, pypdfium2.PdfTextObj)
        }
    assert fonts
    assert all("NotoSansSC" in name for name in fonts)


LONG = [
    dataclasses.replace(LABEL, product="速冻调制小酥肉（四川风味·家庭装·含花椒粉）及配套蘸料组合礼盒装限量版"),
    dataclasses.replace(LABEL, product="手" * 300, maker="某" * 200, demo=True),
    dataclasses.replace(LABEL, product="A" * 300, maker="Long Company Name " * 20),
    dataclasses.replace(LABEL, lot="W" * 20, uri="https://lp.example.cn/01/09521234543213/10/" + "%2F" * 20),
    dataclasses.replace(LABEL, product="换\n行\t🍲", best_before=None),
]


@pytest.mark.parametrize("label", LONG)
def test_long_text_stays_in_the_box_and_off_the_code(label: Label, font: Path) -> None:
    with opened(label_pdf([label], font)) as document:
        page = document[0]
        width, height = page.get_size()
        edge = 2 / 25.4 * 72 - 1
        for item in page.get_objects():
            left, bottom, right, top = item.get_bounds()
            assert left >= edge
            assert bottom >= edge
            assert right <= width - edge
            assert top <= height - edge
        assert [code.text for code in zxingcpp.read_barcodes(page.render(scale=DOTS_203).to_pil())] == [label.uri]
        text = text_of(page)
        assert label.lot in text
        assert label.short_code in text
        assert ("保质期至" in text) is (label.best_before is not None)


def test_a_name_beyond_its_box_is_visibly_cut_and_others_are_whole(font: Path) -> None:
    with opened(label_pdf(LONG[:2], font)) as document:
        assert "".join(LONG[0].product.split()) in text_of(document[0])
        assert "…" in text_of(document[1])


def test_the_same_labels_give_the_same_bytes(font: Path) -> None:
    assert label_pdf([LABEL], font, mask=3) == label_pdf([LABEL], font, mask=3)


def test_refusals(font: Path) -> None:
    with pytest.raises(ValueError, match="no labels"):
        label_pdf([], font)
    with pytest.raises(ValueError, match="too long for"):
        label_pdf([dataclasses.replace(LABEL, uri="https://x/" + "a" * 2000)], font)
