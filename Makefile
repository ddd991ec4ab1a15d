# Needs Python 3.11 with venv and pip. Browser tests and screenshots also need Debian's chromium and fonts-noto-cjk.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
.PHONY: help install install-dev assets run test lint format bench screenshots soak clean

help: ## list what can be done
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock | $(BIN)/python
	@test -f $(VENV)/.dev || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@ $(VENV)/.runtime

# The console script as an installed wheel has it, of this checkout.
$(BIN)/liangpin: | $(VENV)/.runtime
	@printf '#!%s\nimport sys\nsys.path.insert(0, "%s")\nfrom service.cli import main\nmain()\n' "$(abspath $(BIN)/python)" "$(CURDIR)" > $@
	@chmod +x $@

install: $(VENV)/.runtime $(BIN)/liangpin ## install what running needs
install-dev: $(VENV)/.dev $(BIN)/liangpin ## install what testing needs

service/web/vendor/manifest.json: package-lock.json hatch_build.py | $(VENV)/.runtime
	$(BIN)/python hatch_build.py
	@touch $@

assets: service/web/vendor/manifest.json ## fetch third-party files for pages and labels

run: install assets ## migrate, seed if empty, and serve the demo district on http://127.0.0.1:8000
	@exec $(BIN)/python -m service serve --prepare

lint: install-dev ## style, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy trace chain service
	$(BIN)/lint-imports

test: install-dev assets lint ## everything: lint, then all tests on SQLite and PostgreSQL
	@command -v chromium >/dev/null || echo "browser tests need: apt-get install chromium fonts-noto-cjk (skipped here; a failure with CI=true)"
	$(BIN)/python -m pytest -n 2 --dist loadgroup

format: install-dev ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install-dev assets ## measure the numbers of the design, with the limits in the same run
	$(BIN)/python -m bench

screenshots: install-dev assets ## make the pictures of the README (needs chromium, fonts-noto-cjk)
	$(BIN)/python -m docs.screenshots

soak: install-dev assets ## kill the server under load, again and again, and check the record
	$(BIN)/python -m bench.soak

clean: ## remove the virtual environment and caches; data in var/ stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist service/web/vendor
