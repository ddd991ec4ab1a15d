"""Inspections (检查): check-lists from the rulebook, photos, samples with custody, orders to correct and their re-check."""
