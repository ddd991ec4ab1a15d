"""The chain's register for staff: statements, subjects, imports."""
