"""Where one grade ends is a file that an office can change: read strictly, used for every grade, printed beside it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from chain.assessment.loading import frame, load_thresholds, parse_thresholds
from chain.assessment.whole import Frame, Rows, assess
from chain.models import Thresholds
from chain.seedrows import SeedError, read_text
from service.panorama.wording import grade_rules
from tests.chain.test_assessment import operator

SHIPPED = read_text("chain/thresholds.yaml")


def test_what_ships_is_what_the_rules_assume() -> None:
    assert load_thresholds() == Thresholds() == frame().limits


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("coverage_strong: 1.2", "coverage_strong: 0.9", "coverage_strong"),
        ("coverage_enough: 1 ", "coverage_enough: 0 ", "coverage_strong"),
        ("external_share: 0.5", "external_share: 1.5", "external_share"),
        ("external_share: 0.5", "external_share: 一半", "external_share"),
        ("strong_share: 0.5", "strong_share: 0.8", "strong_share"),
        ("strong_controllers: 3", "strong_controllers: 0", "strong_controllers"),
        ("strong_controllers: 3", "strong_controlers: 3", "strong_controllers"),
        ("basis:", "shown_share: 0.9\nbasis:", "shown_share"),
    ],
)
def test_a_wrong_file_is_named(old: str, new: str, field: str) -> None:
    assert old in SHIPPED
    with pytest.raises(SeedError, match=field):
        parse_thresholds(SHIPPED.replace(old, new))


def test_other_thresholds_give_another_grade_and_rule() -> None:
    """Two controllers with 80 % and 20 %: concentrated above 70 %, not where the office says 90 %."""
    rows = Rows((operator("M12", "a", "80"), operator("M12", "b", "20")))
    known, day = frame(), date(2026, 11, 24)
    other = parse_thresholds(SHIPPED.replace("concentrated_share: 0.7", "concentrated_share: 0.9"))
    changed = Frame(known.links, known.edges, known.graph, known.localities, other)
    grades = [assess(one, rows, day).links["M12"].gap for one in (known, changed)]
    assert grades[0].grade == "concentrated"
    assert grades[1].grade != "concentrated"
    assert grades[1].thresholds.concentrated_share == Decimal("0.9")
    assert "90" in grade_rules(other)["concentrated"] or "0.9" in grade_rules(other)["concentrated"]
