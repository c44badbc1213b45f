PYTHON ?= python3
BIN = .venv/bin

N ?= 10000

.PHONY: install check test lint goldens bench fuzz wheel

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

# Random networks given to real Keras and to symparam: make fuzz N=100000, SEED=7 to repeat a batch.
fuzz:
	PYTHONPATH=tests $(BIN)/python -m judge.fuzz $(N) $(if $(SEED),--seed $(SEED))

wheel:
	$(BIN)/python -m build --wheel --outdir dist .
