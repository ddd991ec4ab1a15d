"""Verdicts at the edge: each explained, printable, with rulings, supervisors' notes and suspicions beside it."""
