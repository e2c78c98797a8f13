PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8765

.PHONY: studio test check docs bench clean

## Set up and start the live session on the embedded default (simulated listener)
studio: $(VENV)/live.stamp
	$(BIN)/affectlab studio --port $(PORT)

## Run the tests
test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -n auto

## Lint, types, import contract
check: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

## Measure speed against rivals
bench: $(VENV)/dev.stamp
	for script in benchmarks/*.py; do $(BIN)/python $$script; done

## Build the documentation as HTML in site/
docs: $(VENV)/dev.stamp
	$(BIN)/properdocs build --strict --quiet

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/live.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[live]"
	touch $@

$(VENV)/dev.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "torch==2.13.0"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[all,dev]"
	touch $@ $(VENV)/live.stamp

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist site
