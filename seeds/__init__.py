"""Data a non-programmer can read and review: the plan, the links, the standards, the demo district."""
