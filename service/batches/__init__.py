"""Batches (批次) at the edge: the JSON API, the record's own pages, and what may be done with a batch."""
