"""What people see: rendering, templates, style."""
