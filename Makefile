PYTHON ?= python3
BIN = .venv/bin

N ?= 10000

.PHONY: install check check-all heavy test lint goldens bench fuzz depth wheel

install:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable ".[dev]"

check: lint test wheel

# All of it, with the heavier work that takes up to an hour.
check-all: check heavy

# What the tests leave out: those marked heavy, each command in an interpreter of its own, and many
# more random networks beside real Keras. With SEED the networks are the same in every run.
heavy:
	$(BIN)/pytest -m heavy
	$(BIN)/pytest --cold tests/cli tests/test_docs.py
	$(MAKE) depth N=1000
	$(MAKE) fuzz N=3000

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

# Depth alone: make depth N=5000, SEED=7 for other networks.
depth:
	PYTHONPATH=tests $(BIN)/python -m judge.depth $(N) $(if $(SEED),--seed $(SEED))

wheel:
	$(BIN)/python -m build --wheel --outdir dist .
