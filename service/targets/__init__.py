"""Targets for staff: lists by link, before and after, sites."""
