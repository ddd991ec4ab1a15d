import service  # noqa: F401
