"""Suspicion (上游存疑): what a failed, stopped or recalled input means for every product made from it."""
