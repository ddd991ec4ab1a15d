"""Sampling announcements (抽检公告): read, judge, compare, match to batches, open cases, learn what fails."""
