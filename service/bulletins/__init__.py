"""Sampling announcements at the edge: import, comparison, matching and cases for officers and operators."""
