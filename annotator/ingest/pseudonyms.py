"""Names that stand for people and files: the same for the same person, by a key kept elsewhere."""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from collections.abc import Callable

_PSEUDONYM = re.compile(r"[a-z]+-([0-9a-f]{6})-[0-9a-f]{12}")


class Pseudonyms:
    """Pseudonyms of one project, as ``subject-<which key>-<who>``.

    They are HMAC-SHA256 of what they stand for, cut to 48 bits: without the key nobody can try
    names out against them. Which key it was, is said by 24 bits of its own HMAC, so that an
    exchanged key is noticed before it gives a person a second pseudonym.

    Parameters
    ----------
    key : callable
        Returns the project's key, 32 bytes; called when the first pseudonym is needed, and once.
        It may be called from any thread.
    """

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._make_key = key
        self._key: bytes | None = None
        self._lock = threading.Lock()

    @property
    def key_mark(self) -> str:
        """Six hexadecimal digits that tell the key from others."""
        return self.digest("key")[:6]

    def of(self, kind: str, *parts: str) -> str:
        """Return the pseudonym of what `parts` identify among its kind."""
        return f"{kind}-{self.key_mark}-{self.digest(kind, *parts)[:12]}"

    def days(self, *parts: str) -> int:
        """Return by how many days the dates of a person are moved back: 31 to 3,650."""
        return 31 + int(self.digest("days", *parts)[:8], 16) % 3620

    def digest(self, *parts: str) -> str:
        """Return the keyed hash of some texts: 64 hexadecimal digits."""
        with self._lock:
            if self._key is None:
                self._key = self._make_key()
        # The lengths keep ("ab", "c") and ("a", "bc") apart.
        said = "".join(f"{len(part)}:{part}" for part in parts)
        # Bytes that are no text come in as surrogates.
        told = said.encode("utf-8", "surrogatepass")
        return hmac.new(self._key, told, hashlib.sha256).hexdigest()


def key_mark_of(pseudonym: str) -> str | None:
    """Return the mark of the key that a pseudonym was made with; None if it is no such."""
    found = _PSEUDONYM.match(pseudonym)
    return found[1] if found else None
