"""The one translator between the product's values and the rows of the database."""

from .readings import ReaderView
from .record import UNSTATED, Record
from .safekeeping import restore

__all__ = ["UNSTATED", "ReaderView", "Record", "restore"]
