"""Official measures: two taps on a batch, the complete document, terms, lifting."""
