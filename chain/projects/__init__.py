"""Projects from a lead to the first released batch: append-only acts, each stage with its proof."""
