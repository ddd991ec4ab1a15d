"""Rulebooks (规则库) as they are published, and experts' sign-offs of their clauses."""
