"""Inspections for officers on a phone and for whoever was inspected."""
