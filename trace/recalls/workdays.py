"""Chinese working days, holidays and days worked instead as the State Council arranges them year by year. Pure.

Years that are not arranged yet are unknown and never guessed.
"""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar


def is_workday(day: date) -> bool | None:
    """Whether a day is worked; None where the year's arrangement is not known."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def due_after(start: date, working_days: int) -> date | None:
    """The last of so many working days after ``start`` (that day not counted); None where a year on the way is unknown."""
    day, left = start, working_days
    while left > 0:
        day += timedelta(days=1)
        works = is_workday(day)
        if works is None:
            return None
        left -= works
    return day
