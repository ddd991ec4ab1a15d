"""Pages and API of what a maker files of a product or batch beside reports: label, records, times, temperatures."""
