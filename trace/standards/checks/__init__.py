"""Records, documents, labels, temperatures, times, lineage: each check a small pure function that a clause names."""
