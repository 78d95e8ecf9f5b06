"""Suggestions for many pictures, as a stream: pictures in, runs out, in the same order."""
