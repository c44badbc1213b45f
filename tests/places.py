"""Where the files are that tests read, and what is done where a program is missing."""

import os
from pathlib import Path
from typing import NoReturn

import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent
DATA = TESTS / "data"  # measured and published facts
NODE = TESTS / "node"  # what node runs, after `npm ci` there


def unavailable(reason: str) -> NoReturn:
    """Skip a test that lacks something, but not in CI, which has everything."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
