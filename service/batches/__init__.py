"""Items, receipts and batches at the edge: the JSON API and the pages."""
