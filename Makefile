# Flawmark: the commands of the house. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
# Node and npm come from a wheel; scripts must find that node first.
NPM := cd frontend && PATH="$(CURDIR)/$(BIN):$$PATH" npm
FRONTEND_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -path frontend/dist -prune -o -type f -print)
# bench_detectors_NAME.py only lists runs for bench_detectors.py.
BENCHES := $(filter-out tests/bench/bench_detectors_%.py,$(wildcard tests/bench/bench_*.py))

.PHONY: help
help: ## List the commands
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

# --- set-up -----------------------------------------------------------------
$(VENV)/.installed: requirements/uv.lock requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Flawmark needs Python 3.11 or newer: make PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || $(PYTHON) -m venv --without-pip $(VENV)
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m pip --version >/dev/null 2>&1 \
	  || { echo "Python has no pip: install the package python3-venv of your system."; exit 1; }
	@echo "Installing the locked Python packages."
	@if $(BIN)/python -m pip --version >/dev/null 2>&1; then pip="$(BIN)/python -m pip"; \
	  else pip="$(PYTHON) -m pip --python $(BIN)/python"; fi; \
	  $$pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.lock
	@$(UV) pip install -q --python $(BIN)/python --no-deps --require-hashes -r requirements/dev.lock
	@$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json frontend/.npmrc | $(VENV)/.installed
	@echo "Installing the locked front-end packages."
	@$(NPM) ci --loglevel=error >/dev/null
	@touch $@

frontend/dist/.built: frontend/node_modules/.installed $(FRONTEND_SOURCES)
	@echo "Building the front end."
	@$(NPM) run --silent build -- --logLevel warn
	@touch $@

.PHONY: setup
setup: $(VENV)/.installed frontend/dist/.built ## Make .venv/ and build the front end

.PHONY: lock
lock: ## Lock the Python dependencies again, with hashes
	for name in dev base uv demo peers; do \
	  constraint=$$([ $$name = dev ] || echo "-c requirements/dev.lock"); \
	  $(UV) pip compile -q --override requirements/overrides.in --python-version 3.11 --generate-hashes --no-header --no-annotate $$constraint \
	    requirements/$$name.in -o requirements/$$name.lock; done

# The schema needs the settings but no server.
.PHONY: api-client
api-client: $(VENV)/.installed frontend/node_modules/.installed ## Generate the front end's API client from the server's schema
	$(BIN)/python manage.py spectacular --format openapi-json --file frontend/openapi.json
	$(NPM) run --silent generate-api

# --- run ----------------------------------------------------------------------
# The demonstration images are optional: without them the demo makes its own surfaces.
$(VENV)/.demo: requirements/demo.lock | $(VENV)/.installed
	@UV_HTTP_TIMEOUT=20 UV_HTTP_RETRIES=1 $(UV) pip install -q --python $(BIN)/python --require-hashes \
	  -r requirements/demo.lock && touch $@ || echo "The solar-cell images cannot be had: the demo will be made by code."

.PHONY: up
up: setup $(if $(filter 0,$(FLAWMARK_DEMO)),,$(VENV)/.demo) ## Run everything on this machine; Ctrl-C stops it
	@exec $(BIN)/python -m flawmark.embedded

# --- checks and tests -----------------------------------------------------------
.PHONY: check
check: setup ## Linters, types, import rules, architecture tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy platform/flawmark detectors
	$(BIN)/lint-imports
	$(NPM) run --silent lint
	$(NPM) run --silent format:check
	$(NPM) run --silent typecheck
	$(BIN)/pytest tests/architecture

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	  && { apt-get install -y -qq chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium >/dev/null; }; }; } \
	  || { echo "The tests drive a real browser: install Debian's package chromium, as root: apt-get install -y chromium"; exit 1; }

.PHONY: test
test: setup chromium ## Every test: library, platform with real servers, real browser, front end
	$(BIN)/pytest
	$(NPM) run --silent test

.PHONY: screenshots
screenshots: setup chromium ## A picture of every screen, into docs/screenshots/
	PYTHONPATH=tests $(BIN)/python -m e2e.screenshots

.PHONY: bench
bench: $(BENCHES:tests/bench/bench_%.py=bench-%) ## Every measurement, with the machine it was made on

# What we are compared with has an environment of its own, which nothing else needs.
.venv-peers/.installed: requirements/peers.lock | $(VENV)/.installed
	@echo "Installing the locked packages of the comparison."
	@$(UV) venv -q --clear --python $(BIN)/python .venv-peers
	@$(UV) pip install -q --compile-bytecode --python .venv-peers/bin/python --require-hashes -r $<
	@touch $@

bench-patchcore: .venv-peers/.installed $(VENV)/.demo

# These measure on real images where they can be had.
bench-health bench-loop bench-live bench-platform: $(if $(filter 0,$(FLAWMARK_DEMO)),,$(VENV)/.demo)

bench-%: setup ## One measurement: tests/bench/bench_NAME.py
	$(BIN)/python tests/bench/bench_$*.py
