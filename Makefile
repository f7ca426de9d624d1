# Every command works from a clean clone with Python 3.11+ and make.
PYTHON ?= python3
BIN := .venv/bin
SETUP := .venv/.complete
TOOLS := tests/tools/node_modules/.complete
# uv takes seconds for what pip takes a minute and a half for; but pip alone knows the indices and folders that pip was
# told of, so that it takes over where uv finds nothing, and fetches PyTorch, of which there are several builds.
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile
LOCK := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11
LOCKS := requirements/development.txt requirements/torch.txt

.DEFAULT_GOAL := help
.PHONY: help setup serve test test-gpu check bench format generate lock supply audit

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(SETUP)  ## create .venv and install everything, pinned

$(SETUP): $(LOCKS) pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) $$(grep '^uv==' requirements/development.txt)
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements/development.txt || $(PIP) -r requirements/development.txt
	$(PIP) torch -c requirements/torch.txt
	$(PIP) --no-deps --editable .
	$(BIN)/python -m compileall -q service
	touch $@

# What tests ask that is written in JavaScript; without it they are skipped.
$(TOOLS): tests/tools/package-lock.json
	-cd tests/tools && npm ci --ignore-scripts --no-audit --no-fund --silent && touch node_modules/.complete

serve: $(SETUP)  ## the service on http://127.0.0.1:8000
	$(BIN)/python -m service

test: $(SETUP) $(TOOLS)  ## every test
	$(BIN)/python -m pytest -n auto --dist worksteal

test-gpu: $(SETUP)  ## the tests that need a CUDA device
	$(BIN)/python -m pytest -m gpu

check: $(SETUP)  ## format, lint, types, import rules, freshness of what is generated
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m service.layers --check
	$(BIN)/python -m service.generate --check

bench: $(SETUP)  ## the benchmarks, as a table of ratios
	$(BIN)/python -m benchmarks

format: $(SETUP)  ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

generate: $(SETUP)  ## renew what is generated from the code: openapi/ and docs/
	$(BIN)/python -m service.layers
	$(BIN)/python -m service.generate

lock: $(SETUP)  ## renew the lock files, and what is told of what they hold
	$(LOCK) requirements/development.in -o requirements/development.txt
	for name in build runtime tracing torch; do \
		$(LOCK) --constraint requirements/development.txt requirements/$$name.in -o requirements/$$name.txt || exit; \
	done
	$(MAKE) setup supply

supply: $(SETUP)  ## the bill of materials and the licences of what the images hold
	$(BIN)/python deploy/supply.py

audit: $(SETUP)  ## known vulnerabilities of what the images hold, asked of the package index; ends with 3 if it cannot tell
	$(BIN)/python deploy/audit.py
