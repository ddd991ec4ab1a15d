"""EPCIS 2.0 over REST: capture, query, discovery (GS1 EPCIS 2.0, section 12)."""
