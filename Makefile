PYTHON ?= python3
BIN = .venv/bin

.PHONY: install check test lint goldens bench wheel

install:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable ".[dev]"

check: lint test wheel

test:
	$(BIN)/pytest

lint:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

goldens:
	$(BIN)/pytest --update-goldens

bench:
	$(BIN)/python benchmarks/run.py

wheel:
	$(BIN)/python -m build --wheel --outdir dist .
