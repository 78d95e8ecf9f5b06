"""Secrets: made by the system's generator, and kept only as hashes."""

from __future__ import annotations

import hashlib
import secrets
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()  # Argon2id with the parameters of RFC 9106 for little memory (64 MiB)


def new_token() -> str:
    """Return 256 random bits, to be told to one person or browser once."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what is kept of a token: it is random, so that its SHA-256 tells nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hash_password(password: str) -> str:
    """Return an Argon2id hash with its salt and parameters, as text."""
    return _HASHER.hash(password)


def is_password(password: str, hashed: str | None) -> bool:
    """Tell whether a password is the one that was hashed.

    Without a hash it takes as long, and is false: nobody learns by the clock who has an account.
    """
    try:
        _HASHER.verify(hashed or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_urlsafe(32))
