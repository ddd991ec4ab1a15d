"""The presence graph: who is here and what they do, as append-only statements folded into a register."""
