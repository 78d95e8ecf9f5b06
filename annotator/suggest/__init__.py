"""Pixels to suggestions: classify, choose labels, explain, judge the map, cut regions.

The only part of the product that sees the networks (``models``).
"""
