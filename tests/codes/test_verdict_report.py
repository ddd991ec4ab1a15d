"""The one-page report as a printer puts it on paper: text read back, code decoded, what does not fit counted."""

from __future__ import annotations

from pathlib import Path

import pytest
import zxingcpp

from tests.codes.test_label import opened, text_of
from trace.codes.verdict_report import Line, VerdictReport, report_pdf

URI = "https://lp.example.cn/01/09521234543213/10/A261124-01"


def finding(n: int, words: str = "实测未超过限量，比对符合") -> Line:
    return Line("✓ 比对符合", "GB 2762-2025 4.1.1 表1", f"项目{n:03d}", "0.12 mg/kg", "≤0.3 mg/kg", words)


def report(findings: list[Line], **more: object) -> VerdictReport:
    facts = [("批号", "A261124-01"), ("企业", "演示区山城预制菜有限公司"), ("生产日期", "2026-11-24")]
    return VerdictReport(URI, "梁平柚子鸭", "? 需人工核对", facts, findings, **more)  # type: ignore[arg-type]


def test_it_is_one_page_with_notice_code_and_findings(font: Path) -> None:
    data = report_pdf(
        report([finding(1), finding(2)], marks=("上游存疑（待核）：企业已停止销售",), footer="打印于今天"), font
    )
    with opened(data) as document:
        assert len(document) == 1
        page = document[0]
        assert page.get_size() == pytest.approx((595.3, 841.9), abs=0.5)
        found = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
        assert [code.text for code in found] == [URI]
        text = text_of(page)
    for shown in (
        "系统比对，不是检验结论",
        "梁平柚子鸭",
        "A261124-01",
        "项目001",
        "项目002",
        "≤0.3mg/kg",
        "上游存疑（待核）",
        "打印于今天",
    ):
        assert shown in text
    assert "另有" not in text
    assert "演示区" in text
    assert text.count("演示") == 1, "no demo mark on a real report"
    assert report_pdf(report([finding(1)]), font) == report_pdf(report([finding(1)]), font)


@pytest.mark.parametrize("count", [20, 200])
def test_what_does_not_fit_is_counted(font: Path, count: int) -> None:
    long = "这一条的说明很长，" * 30
    with opened(report_pdf(report([finding(n, long) for n in range(count)], demo=True), font)) as document:
        assert len(document) == 1
        text = text_of(document[0])
    shown = sum(f"项目{n:03d}" in text for n in range(count))
    assert 0 < shown < count
    assert f"项目{shown - 1:03d}" in text, "the first ones"
    assert f"另有{count - shown}项见系统" in text
    assert text.count("演示") == 2


def test_a_report_without_findings_is_still_a_page(font: Path) -> None:
    with opened(report_pdf(report([]), font)) as document:
        assert "批次标准比对报告" in text_of(document[0])


def test_every_sign_on_it_is_in_the_font(font: Path) -> None:
    from reportlab.pdfbase.ttfonts import TTFont

    from service.verdicts.report import SIGNS

    known = TTFont("probe", str(font)).face.charToGlyph
    assert [sign for sign in (*SIGNS.values(), "→", "≤", "…") if ord(sign) not in known] == []
