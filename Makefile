# Flawmark: the commands of the house. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv

.PHONY: help
help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

# --- set-up -----------------------------------------------------------------
$(VENV)/.installed: requirements/uv.lock requirements/dev.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.lock
	$(UV) pip install -q --python $(BIN)/python --require-hashes -r requirements/dev.lock
	$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: setup
setup: $(VENV)/.installed ## Make .venv/ and build the front end

.PHONY: lock
lock: ## Lock the Python dependencies again, with hashes
	for name in dev base uv demo; do \
	  constraint=$$([ $$name = dev ] || echo "-c requirements/dev.lock"); \
	  $(UV) pip compile -q --python-version 3.11 --generate-hashes --no-header --no-annotate $$constraint \
	    requirements/$$name.in -o requirements/$$name.lock; done
