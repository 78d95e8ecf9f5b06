# Two commands for a newcomer: `make app` and `make test`. Python >= 3.11 and make, nothing else.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --disable-pip-version-check -c .ci/constraints.txt
# Processes that share the tests, a file each at a time; 0 runs them in this one. A third of a
# test's time is waiting (for a browser, a server, a disk), and not always at the same time: three
# leave two cores idle a third of a run, four keep them busy.
WORKERS ?= 4
# Kinds of test that may not be skipped, for example: make test REQUIRE="browser postgresql"
REQUIRE ?=
# Kinds of test that drive a program with a time of its own and are tried twice before they fail.
SECOND_TRY ?=
# Where `make bench` finds brain_mri, faces_london and faces_web.
DATA ?= ../shared/data
# Memory that networks let go is kept for the next pass, not given back: a sixth of its time.
MEMORY := MALLOC_TRIM_THRESHOLD_=536870912 MALLOC_MMAP_THRESHOLD_=33554432
# What was compiled once is kept, also where the surroundings say otherwise: every process that
# tests start would compile the product, and each that shares the tests all of those, anew.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(MEMORY) $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(foreach kind,$(REQUIRE),--require $(kind)) $(foreach kind,$(SECOND_TRY),--second-try $(kind)) -raR

.PHONY: help app test check format lint types arrows docker-lint soak bench clean

help:            ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */: /'

app: $(VENV)/.app            ## install if needed, make the demo if there is none, serve on localhost:8501
	$(BIN)/annotator app

test: $(VENV)/.test          ## install what tests need and run them all
	$(PYTEST)

check: $(VENV)/.check lint types arrows docker-lint test  ## format, lint, types, arrows, then the tests

lint: $(VENV)/.check         ## format and lint, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: $(VENV)/.check       ## format and mend what can be mended by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(VENV)/.check        ## static types
	$(BIN)/mypy

arrows: $(VENV)/.check       ## who may import whom
	$(BIN)/lint-imports

docker-lint: $(VENV)/.check  ## the Dockerfile, where the linter has a build for this machine
	@if [ -x $(BIN)/hadolint ]; then $(BIN)/hadolint Dockerfile; else echo "hadolint has no build for this machine"; fi

soak: $(VENV)/.test          ## the long runs: people and rules in any order, some fifty rules broken on purpose (an hour)
	COMBINATIONS=2000 $(BIN)/python -m pytest -n 2 tests/persistence/test_rules_in_combination.py
	$(BIN)/python tests/benchmarks/mutations.py

bench: $(VENV)/.bench        ## what a map costs, ours and others', in forward passes; what suggesting costs (some minutes)
	MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592 $(BIN)/python tests/benchmarks/attribution.py
	@if [ -d $(DATA) ]; then $(MEMORY) $(BIN)/python tests/benchmarks/suggest.py $(DATA); else echo "No pictures in $(DATA): what suggesting costs is not measured; name a folder with DATA=."; fi

clean:           ## remove the environment and caches; never data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

# A stamp says which set is installed; it is older than what it was made from when that changed.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app: pyproject.toml .ci/constraints.txt | $(VENV)/bin/python
	@echo "Installing; the first time takes some minutes."
	$(PIP) -e '.[demo]'
	@touch $@

$(VENV)/.test: $(VENV)/.app
	$(PIP) -e '.[demo,test]'
	@touch $@

$(VENV)/.check: $(VENV)/.test
	$(PIP) -e '.[demo,test,check]'
	@touch $@

$(VENV)/.bench: $(VENV)/.app
	$(PIP) -e '.[demo,bench]'
	@touch $@
