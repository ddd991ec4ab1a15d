"""Notices: what must reach other systems at once (recall, stop-sale, verdict), signed, retried and logged."""
