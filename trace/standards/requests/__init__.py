"""A request body as facts: every wrong field named, nothing guessed."""
