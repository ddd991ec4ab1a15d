"""EPCIS 2.0 documents: what is valid, what an event says, and how partners ask for it (GS1 EPCIS and CBV 2.0)."""
