"""Signed webhooks: subscribing, the courier that sends, and the log of what was sent."""
