"""Quantities over a trace, and the conventions by which they are counted."""
