"""Pages on which a maker registers a product batch."""
