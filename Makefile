# Each target works on a fresh clone: it needs Python 3.11 or newer and make. Set-up runs when a lock has changed.
# PYTHON names the interpreter to build the environment with; unset, the first one that is new enough.

ifeq ($(origin PYTHON),undefined)
PYTHON := $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
endif
BIN := .venv/bin
NODE = $$($(BIN)/python -c 'from mediaclay.embedded import node; print(node.binary())')

.PHONY: help up setup setup-dev test check schema bench bench-reads bench-live bench-access bench-identity bench-search lock clean

help: ## What there is
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 12

up: setup ## Start everything in this terminal: databases, subgraphs, router; Ctrl-C stops it
	@$(BIN)/clay up

setup: # What `make up` needs
	@$(require-python)
	@$(PYTHON) .ci/prepare.py run

setup-dev: # What developers need
	@$(require-python)
	@$(PYTHON) .ci/prepare.py dev

test: setup-dev ## All tests, on real servers of their own
	$(NODE) --test 'tests/router/**/*.test.mjs' 'tests/clients/**/*.test.mjs'
	$(BIN)/pytest -n 2 --dist loadgroup

check: setup-dev ## Format, lint, types, import contracts, checked-in schemas
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/clay schema --check

schema: setup-dev ## Write the checked-in schemas anew
	$(BIN)/clay schema --write

bench: setup-dev ## Measure against other ways to keep trees; writes docs/benchmarks.md (half an hour)
	$(BIN)/python -m benchmarks

bench-reads: setup-dev ## Measure reads over HTTP against Node.js peers; writes docs/benchmarks-reads.md (a quarter of an hour)
	$(BIN)/python -m benchmarks.reads

bench-live: setup-dev ## Measure subscriptions, also beside plain Strawberry; writes docs/benchmarks-live.md (three minutes)
	$(BIN)/python -m benchmarks.live

bench-access: setup-dev ## Measure what grants cost a read (a minute)
	$(BIN)/python -m benchmarks.access

bench-identity: setup-dev ## Measure what verifying a token costs, per sort of token; writes docs/benchmarks-identity.md (a minute)
	$(BIN)/python -m benchmarks.identity

bench-search: setup-dev ## Measure search beside PostgreSQL's full text; writes docs/benchmarks-search.md (some minutes)
	$(BIN)/python -m benchmarks.search

lock: ## Write the locks anew from what pyproject.toml and package.json ask for
	deploy/lock.sh

clean: ## Remove what set-up made; the data in .clay stays
	rm -rf .venv router/node_modules clients/js/node_modules benchmarks/reads/peers/node_modules tests/identity/provider/node_modules .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.clay/*' -prune -exec rm -rf {} +

define require-python
{ test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; } || { \
	echo "make: MediaClay needs Python 3.11 or newer$(if $(PYTHON),; $(PYTHON) is not,, and none was found): install it, or say make PYTHON=/path/to/python3." >&2; \
	exit 1; }
endef
