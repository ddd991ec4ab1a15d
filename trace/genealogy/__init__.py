"""Genealogy (谱系): which lots went into which, both ways, over recorded transformations only."""
