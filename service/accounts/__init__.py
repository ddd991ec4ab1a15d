"""People and permissions: organisations' users, sessions, API keys, and the one table of who may do what."""
