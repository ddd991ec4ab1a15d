"""Projects for staff: the board, one project, counts, what is due."""
