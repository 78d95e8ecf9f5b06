"""The record: SQLAlchemy and Alembic only, no torch, no user interface."""
