"""The append-only journal: EPCIS events and our own acts, and the projections rebuilt from them."""
