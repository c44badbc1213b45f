"""Printing, one file a format. No layer knows a format, no printer knows a layer."""
