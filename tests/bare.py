"""Scripts as they are compared: what they say, wherever it stands."""

from typing import Any

from symparam.errors import Span


def bare(record: Any) -> Any:
    """A record without places, for comparison."""
    if isinstance(record, Span):
        return None
    if isinstance(record, tuple):
        return (type(record).__name__, *map(bare, record))
    return record
