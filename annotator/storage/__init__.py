"""The one translator between the product's values and the rows of the database."""

from .record import Record

__all__ = ["Record"]
