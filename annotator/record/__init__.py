"""The record, by topic: commands and queries on the product's values, kept in the database."""

from .readings import ReaderView
from .record import UNSTATED, Record
from .safekeeping import restore

__all__ = ["UNSTATED", "ReaderView", "Record", "restore"]
