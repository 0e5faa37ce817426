"""Stores: memory (the reference) and SQL databases through SQLAlchemy Core."""
