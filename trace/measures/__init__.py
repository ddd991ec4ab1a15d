"""Official measures on a batch: drafted, approved, served, lapsed, extended, lifted."""
