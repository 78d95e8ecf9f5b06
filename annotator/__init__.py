"""The annotation assistant: the product, and the only package that sees ``models`` and ``db``."""
