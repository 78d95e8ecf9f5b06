"""The chains of events: what is appended to them, how far they are, and whether they hold."""

from .digests import FIRST, RECORD_CHAIN, digest, event_hash

__all__ = ["FIRST", "RECORD_CHAIN", "digest", "event_hash"]
