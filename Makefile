# The commands of Countertop. `make run` and `make test` need Python 3.11 and make, nothing else.

HOST ?= 127.0.0.1
PORT ?= 8000
LIVE_PORT ?= $(shell expr $(PORT) + 1)
WEB_WORKERS ?= 2
LIVE_WORKERS ?= 1
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

python := .venv/bin/python
runtime := .venv/.runtime
development := .venv/.development
manage := $(python) manage.py
# One more worker than cores: many tests wait for a server or a browser.
workers := $(shell expr `getconf _NPROCESSORS_ONLN` + 1)
pytest := $(python) -m pytest -n $(workers) --maxprocesses 8
production := ENVIRONMENT=production ALLOWED_HOSTS=example.com PUBLIC_URL=https://example.com \
	DATABASE_URL=postgresql://localhost/countertop REDIS_URL=redis://localhost:6379/0

.PHONY: help run serve test test-long faults lint format bench demo lock clean

help:  ## say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: $(runtime)  ## serve everything on http://HOST:PORT, with a demo in an empty database
	@$(python) -m config.secrets
	@$(manage) run --host $(HOST) --port $(PORT)

serve: $(runtime)  ## as in production, behind a proxy; wants DATABASE_URL and REDIS_URL
	@$(python) -m config.secrets
	@exec $(manage) serve --host $(HOST) --port $(PORT) --live-port $(LIVE_PORT) \
		--web-workers $(WEB_WORKERS) --live-workers $(LIVE_WORKERS)

demo: $(runtime)  ## a fresh embedded database with the demo
	@$(python) -m config.secrets
	@$(manage) run --fresh --no-serve

test: $(development)  ## every test, on SQLite and on PostgreSQL; ARGS="-k till" picks
	@$(pytest) --database=sqlite $(ARGS)
	@$(pytest) --database=postgresql $(ARGS)

test-long: ARGS += --long
test-long: test  ## the same, with what is sampled otherwise whole

faults: $(development)  ## kill real processes while tills sell; SECONDS=60 SEED=1
	@$(python) -m tests.faults --seconds $(or $(SECONDS),60) --seed $(or $(SEED),1)

lint: export SECRET_KEY = nothing-is-signed-with-this-one-Lq3kX8vT0wR5zB7nC2mJ9dFh
lint: export JWT_SECRET_KEY = nothing-is-signed-with-that-one-Gy6sP1uW4xN0aE8kV3bQ7tZm
lint: export CREDENTIAL_KEYS = nothing-is-sealed-with-this-one-Hd4yT9pQ2sK6bV0wM5cX1eRj
lint: export DATABASE_URL = sqlite://:memory:
lint: $(development)  ## style, import contracts, types, migrations, production settings
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .
	@.venv/bin/lint-imports
	@$(python) -m mypy
	@$(manage) makemigrations --check
	@$(production) $(manage) check --deploy --fail-level WARNING

format: $(development)  ## rewrite the code in the house's form
	@$(python) -m ruff check --fix .
	@$(python) -m ruff format .

bench: .venv/.bench  ## measure beside the peers; QUICK=1 for a smoke
	@$(python) -m bench.run $(if $(QUICK),--quick)

lock: $(development)  ## compile the hash-locked requirements anew
	@$(python) bin/lock.py

clean:  ## remove what make made, but never var/ with its database and secrets
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

.venv/.made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; PYTHON=/path/to/python3.11 names it."; exit 1; }
	@echo "Making .venv with $(PYTHON)"
	@$(PYTHON) -m venv --clear .venv
	@touch $@

$(runtime): requirements.txt bin/install.py bin/uv.txt | .venv/.made
	@echo "Installing $<"
	@$(python) bin/install.py $<
	@touch $@

$(development): requirements-dev.txt bin/install.py bin/uv.txt | .venv/.made
	@echo "Installing $<"
	@$(python) bin/install.py $<
	@touch $(runtime) $@

.venv/.bench: requirements-bench.txt $(development)
	@echo "Installing $<"
	@$(python) bin/install.py $<
	@touch $@
