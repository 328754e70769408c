# Two commands matter: `make demo` and `make test`. Each sets up what it needs; a second run finds it in place.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
TEST_VAR := $(if $(LIVESTAR_VAR),$(LIVESTAR_VAR),$(CURDIR)/var/test)

.PHONY: demo test lint bench stop messages clean
.DEFAULT_GOAL := demo

demo: $(READY) messages
	@exec $(BIN)/python manage.py demo $(ARGS)

test: $(READY) messages
	@scripts/ensure-chromium
	@$(BIN)/python -m pytest -n 2 --dist worksteal -q $(ARGS); code=$$?; \
	  LIVESTAR_VAR="$(TEST_VAR)" $(BIN)/python manage.py stop --quiet; exit $$code

lint: $(READY)
	@$(BIN)/ruff check --quiet . && echo "ruff: clean"
	@$(BIN)/ruff format --check --quiet . && echo "format: clean"
	@$(BIN)/mypy scoring
	@$(BIN)/lint-imports --no-cache | tail -n 3
	@LIVESTAR_VAR="$(TEST_VAR)" $(BIN)/python manage.py makemigrations --check --dry-run

bench: $(READY)
	@for file in bench/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

stop:
	@[ ! -x $(BIN)/python ] || $(BIN)/python manage.py stop

messages: $(READY)
	@$(BIN)/pybabel --quiet compile -d locale -D django

$(READY): requirements.txt requirements-dev.txt
	@scripts/install $(PYTHON)
	@touch $@

clean: stop
	rm -rf .venv var
