SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
BIN := .venv/bin
PYTHON := $(BIN)/python
INSTALLED := .venv/installed
# Without bytecode each process would compile two thousand modules at its start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help up test check bench eval faults lock billing-year shots

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

up: $(INSTALLED) ## run the whole service (PORT=8000, WELLNESS_HOME=.wellness), Ctrl-C stops it
	@exec $(PYTHON) manage.py up --with-parent

test: $(INSTALLED) ## run every test, with branch coverage
	@scripts/chromium
	@$(PYTHON) -W ignore::RuntimeWarning -m slipcover --json --out .coverage.json -m pytest -n 2
	@$(PYTHON) -m tests.coverage .coverage.json

check: $(INSTALLED) ## format, lint, types, import contracts, migrations, templates
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@DEVELOPMENT=1 $(PYTHON) -m mypy .
	@$(BIN)/lint-imports --no-logo
	@$(PYTHON) -c 'import tests.servers, manage; manage.main()' makemigrations --check --dry-run
	@find templates -name '*.html' -print0 | xargs -0 $(BIN)/djade --check
	@find templates -name '*.html' -print0 | xargs -0 $(PYTHON) -m djhtml --tabwidth 2 --check

bench: $(INSTALLED) ## measure speed against a floor on this machine (ROWS=tap,today for some)
	@$(PYTHON) -m bench --rows "$(ROWS)"

eval: $(INSTALLED) ## measure what the coach does and what it recognises, as tables
	@$(PYTHON) -m evaluation

faults: $(INSTALLED) ## run the slow tests, fault_*.py
	@scripts/chromium
	@$(PYTHON) -m pytest tests -o python_files='fault_*.py'

shots: $(INSTALLED) ## take every page of a running service (PORT=8000) as pictures into SHOTS=.shots (OF=staff, OF=docs, ONLY='^today')
	@scripts/chromium
	@$(if $(OF),:,$(PYTHON) manage.py services start > /dev/null && $(PYTHON) manage.py states)
	@$(PYTHON) -m devtools.$(if $(OF),staff_)shots "$(if $(filter docs,$(OF)),docs/pictures,$(or $(SHOTS),.shots))"

billing-year: $(INSTALLED) ## move a subscription and the demo gateway through 14 months
	@$(PYTHON) manage.py services start > /dev/null
	@$(PYTHON) manage.py migrate -v 0
	@$(PYTHON) manage.py billing_year

lock: $(INSTALLED) ## update requirements.lock from pyproject.toml
	@$(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.12 --generate-hashes --no-header --no-annotate \
	  --group dev pyproject.toml --output-file requirements.lock

$(INSTALLED): requirements.lock
	@scripts/setup
