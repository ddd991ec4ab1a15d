"""Measures the numbers of design section 8, each beside its limit, in one run. Never part of the tests."""

from __future__ import annotations

import service  # noqa: F401 - first: makes ``import trace`` ours
