"""Signing in by the browser: the gate before the app, the pages, and the cookie between them."""
