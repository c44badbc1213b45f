"""Golden files: ``pytest --update-goldens`` writes what the program prints now.

Laws and judge draw new examples in every run, but for CI, where a run repeats the last one.
"""

import os
from collections.abc import Callable, Iterator

import pytest
import warm
from hypothesis import settings
from places import ROOT

from symparam.layers.contract import registry

settings.register_profile("ci", derandomize=True, database=None)
if os.environ.get("CI") == "true":
    settings.load_profile("ci")

UPDATE = "--update-goldens"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(UPDATE, action="store_true", help="write the golden files anew")
    parser.addoption("--cold", action="store_true", help="a new interpreter for every command")


def pytest_configure(config: pytest.Config) -> None:
    warm.is_cold |= config.getoption("--cold")


@pytest.fixture(autouse=True)
def _catalogue() -> Iterator[None]:
    """A layer that a test defines is in the catalogue for that test alone."""
    before = set(registry._REGISTRY)
    yield
    for name in set(registry._REGISTRY) - before:
        if not registry._REGISTRY[name].__module__.startswith("symparam."):
            del registry._REGISTRY[name]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with a file of the repository."""

    def compare(path: str, text: str) -> None:
        file = ROOT / path
        if request.config.getoption(UPDATE):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        expected = file.read_text(encoding="utf-8") if file.exists() else "(no such file)"
        assert text == expected, f"{path} is stale; `pytest {UPDATE}` writes it anew"

    return compare
