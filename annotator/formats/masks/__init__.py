"""Masks: label maps as PNG and NIfTI, and run lengths."""
