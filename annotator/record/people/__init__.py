"""Who may sign in, as what, and how they prove who they are."""

from .roles import People
from .signing_in import SigningIn, forget_passing

__all__ = ["People", "SigningIn", "forget_passing"]
