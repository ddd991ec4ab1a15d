"""The genealogy at the edge."""
