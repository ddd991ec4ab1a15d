"""Verdicts (结论): what the rulebook in force says of a batch, on which facts, and what follows from it."""
