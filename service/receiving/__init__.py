"""Pages on which a maker takes raw lots into its record."""
