"""Recalls (召回): scope from the genealogy, clocks, tasks of holders, accounting, notice, reports, drills."""
