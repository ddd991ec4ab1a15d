"""What a maker files of a batch beside reports: its label, kept records, documents, process times, temperature series."""
