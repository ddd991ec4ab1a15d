"""Recalls as people and programs meet them: API, pages, answers by a one-time link, the public notice."""
