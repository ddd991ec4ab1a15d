"""Standards at the edge: evaluate without storing, and what is in force on a date, for programs and for people."""
