"""Batches (批次): receive, register, release, ship, stop, correct; one state row answers the scan page."""
