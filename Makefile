# The commands of the project; `make help` lists them.

PYTHON ?= python3
BIN := .venv/bin
PIP := -m pip install --quiet --disable-pip-version-check
WORKERS ?= auto
PARALLEL := -n $(WORKERS) --dist loadfile

# The tests start many processes, which share the compiled modules.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-harness soak check format build bench profile compare compatibility findings columns blocking chaos chaos-idle chaos-compare fuzz mutate fleets picture gallery diagrams formulas screens schema networks chaos-faults attack failover docs docs-serve commands bench-server durability notebooks clean

help:  ## list the commands
	@sed -n 's/^\([a-z-]*\):.*##/\1#/p' $(MAKEFILE_LIST) | awk -F'#' '{printf "  make %-14s%s\n", $$1, $$2}'

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python $(PIP) -c constraints.txt -e '.[dev]'
	@touch $@

.venv-published/ready: harness/benchmarks/published-constraints.txt
	$(PYTHON) -m venv .venv-published
	.venv-published/bin/python $(PIP) -c $< 'frequenz-client-assets[cli]==0.6.0' pandas pyarrow
	@touch $@

demo: .venv/ready  ## start a server with two fleets, call it with the client, show the results
	@$(BIN)/assets-cli demo

test: .venv/ready  ## run the tests in a process per core (WORKERS=0: in a single process)
	$(BIN)/python -m pytest $(PARALLEL)

test-all:  ## run the tests with each of python3.11 to python3.14 on the PATH
	$(PYTHON) scripts/test_all.py $(PARALLEL)

test-harness: .venv/ready  ## run the tests of the harness itself
	$(BIN)/python -m pytest $(PARALLEL) tests/harness

soak: .venv/ready  ## run the tests that take minutes
	$(BIN)/python -m pytest -m soak

check: .venv/ready docs  ## check format, style, types and the site, tests and examples included
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/basedpyright

format: .venv/ready  ## format the code and fix what ruff can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.venv-docs/ready: constraints-docs.txt
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/python $(PIP) -c $< zensical mkdocstrings-python
	@touch $@

docs: .venv-docs/ready  ## build the site into dist/site; a dead link or an unknown name fails
	.venv-docs/bin/zensical build --clean --strict
	$(PYTHON) scripts/check_site.py dist/site

docs-serve: .venv-docs/ready  ## show the site, and build it again after each change
	.venv-docs/bin/zensical serve

build: .venv/ready  ## build the wheel and the source distribution into dist/
	$(BIN)/python -m build --outdir dist

bench: .venv/ready .venv-published/ready  ## compare the speed with the published client, write docs/performance.md (10 min)
	$(BIN)/python -m harness.benchmarks

bench-server: .venv/ready  ## measure the server and its stores, write docs/performance-server.md (up to 10 min)
	$(BIN)/python -m harness.server_benchmarks

durability: .venv/ready  ## kill 1 000 imports and changes of SQLite and PostgreSQL; nothing may be lost (10 min)
	$(BIN)/python -m harness.durability

profile: .venv/ready  ## show where the time of a list call goes
	$(BIN)/python -m harness.benchmarks.profile

compare: .venv/ready .venv-published/ready  ## compare the results of the published client and this one
	$(BIN)/python -m harness.comparison

compatibility: .venv/ready  ## run old clients, old servers and other projects' code against ours
	$(BIN)/python -m harness.compatibility

schema: .venv/ready  ## write docs/inventory.schema.json
	$(BIN)/assets-cli schema > docs/inventory.schema.json

findings: .venv/ready  ## write docs/findings.md
	$(BIN)/python -m scripts.write_findings docs/findings.md

commands: .venv/ready  ## write the reference of commands, errors, settings, metrics and inventory files
	$(BIN)/python -m scripts.write_command_reference docs/reference
	$(BIN)/python -m scripts.write_errors docs/reference/errors.md
	$(BIN)/python -m scripts.write_inventory_keys docs/reference/inventory-keys.md
	$(BIN)/python -m scripts.write_settings docs/reference

blocking: .venv/ready  ## write the types of the blocking client
	$(BIN)/python scripts/write_blocking.py src/frequenz/client/assets/blocking.pyi

columns: .venv/ready  ## write the columns in docs/tables.md
	$(BIN)/python scripts/write_tables.py docs/tables.md

chaos: .venv/ready  ## break the network and the server in every way (up to 25 min)
	$(BIN)/python -m harness.chaos

chaos-idle: .venv/ready  ## test ten idle minutes and a long call
	$(BIN)/python -m harness.chaos idle

chaos-compare: .venv/ready .venv-published/ready  ## compare with the published client, fault by fault
	$(BIN)/python -m harness.chaos compare

chaos-faults: .venv/ready .venv-published/ready  ## write the table of faults in docs/testing.md
	$(BIN)/python -m harness.chaos faults

failover: .venv/ready  ## kill a PostgreSQL primary under load and promote its standby, 30 times (3 min)
	$(BIN)/python -m tests.service.stores.failover 30

attack: .venv/ready  ## attack a server on this machine in every way (up to some hours on a busy machine)
	$(BIN)/python -m harness.attack

fuzz: .venv/ready  ## decode a million mutated replies
	$(BIN)/python -m harness.fuzz --mutations 1000000

mutate: .venv/ready  ## delete each check in turn; some test must fail
	$(BIN)/python -m harness.mutation

NETWORKS := .venv-pandapower/networks

fleets: .venv/ready .venv-pandapower/ready  ## generate the CIGRE fleet of the demo
	.venv-pandapower/bin/python scripts/write_networks.py $(NETWORKS)
	$(BIN)/python scripts/make_cigre_mv.py --network $(NETWORKS)/cigre-mv.json \
		--output src/frequenz/server/assets/demo/fleets/cigre-mv.yaml

networks: .venv/ready .venv-pandapower/ready  ## import the networks of CIGRE and SimBench
	.venv-pandapower/bin/python scripts/write_networks.py $(NETWORKS) \
		1-LV-rural1--0-sw 1-LV-urban6--2-sw 1-MV-semiurb--1-sw
	$(BIN)/python scripts/check_networks.py $(NETWORKS)

.venv-pandapower/ready:
	$(PYTHON) -m venv .venv-pandapower
	.venv-pandapower/bin/python $(PIP) pandapower==3.5.6 simbench==1.6.3
	@touch $@

diagrams: .venv/ready .venv-diagrams/ready  ## check diagrams of 1 620 networks, compare with graphlay (5 min)
	$(BIN)/python -m harness.diagrams --graphlay .venv-diagrams/bin/python \
		--simbench .venv-diagrams/simbench-1.6.3-py3-none-any.whl

.venv-diagrams/ready:
	$(PYTHON) -m venv .venv-diagrams
	.venv-diagrams/bin/python $(PIP) graphlay==0.3.1
	.venv-diagrams/bin/python -m pip download --quiet --disable-pip-version-check \
		--no-deps --dest .venv-diagrams simbench==1.6.3
	@touch $@

formulas: .venv/ready .venv-diagrams/ready  ## compare findings and formulas of 3 400 graphs with the graph library (3 min)
	$(BIN)/python -m harness.formulas --simbench .venv-diagrams/simbench-1.6.3-py3-none-any.whl

gallery: .venv/ready  ## draw the diagrams of docs/diagrams.md
	$(BIN)/python -m scripts.write_gallery docs

picture: .venv/ready  ## draw the screens, the domain and the layers in docs/
	$(BIN)/python -m scripts.draw_screens docs
	$(BIN)/python -m scripts.draw_boxes docs/explanation

notebooks: .venv/ready  ## execute the notebooks of examples/, write them with their outputs to docs/notebooks
	$(BIN)/python -m scripts.write_notebooks docs/notebooks

screens: .venv/ready  ## record the terminal output of the commands for the tests
	$(BIN)/python -m tests.service.screens

clean:  ## remove everything that the commands created
	rm -rf .venv .venv-* dist build .mypy_cache .pytest_cache .ruff_cache
