# `make up` and `make test` set up whatever they need first, on a machine with Python 3.11+ and nothing else.

SHELL := /bin/bash
PYTHON ?= $(shell scripts/install-system --python)
BIN := .venv/bin
READY := .venv/.ready
BROWSER := .venv/.browser
PROMTOOL := .venv/.promtool
JAVASCRIPT := .venv/.javascript
KAFKA := .venv/.kafka
CHECKER := .venv/.checker
CENTRIFUGO := .venv/.centrifugo
SECONDS ?= 60
STEPS ?= 5000
WORKERS ?= 3
# Files of few tests take longest: they are not put last. What fails is tried once more, and named (CONTRIBUTING.md says why).
SIDE_BY_SIDE = --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder --reruns 1 -raR

.DEFAULT_GOAL := help
.PHONY: help up kafka test page sim hands check bench clean

help:  ## what can be made
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1	\2/p' $(MAKEFILE_LIST) | expand -t 14

up: $(READY)  ## start everything on servers of our own and play real matches
	@exec $(BIN)/slipstream up

kafka: $(KAFKA)  ## fetch a Kafka broker for development and tests, where Java 17 and Maven are
	@test -n "$$(ls .venv/kafka 2>/dev/null)"

test: $(READY) $(BROWSER) $(PROMTOOL) $(JAVASCRIPT) $(KAFKA) $(CHECKER) $(CENTRIFUGO)  ## run every test, several files at a time: WORKERS=3
	@$(BIN)/pytest $(SIDE_BY_SIDE)

page: $(READY) $(BROWSER)  ## run the tests of the web page alone
	@$(BIN)/pytest $(SIDE_BY_SIDE) tests/page

sim: $(READY) $(KAFKA) $(CHECKER)  ## live through random histories, then as long through faults of the whole product: SECONDS=60 SEED= HISTORIES=
	@$(BIN)/python -m tests.simulation.run --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) $(if $(HISTORIES),--histories $(HISTORIES))
	@$(if $(HISTORIES),,$(BIN)/python -m tests.journeys.faults.run --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)))

hands: $(READY)  ## have everybody ask for anything through the API while roles stop and die, then audit: STEPS=5000 SEED=
	@SLIPSTREAM_STEPS=$(STEPS) $(if $(SEED),SLIPSTREAM_SEED=$(SEED)) $(BIN)/pytest -rP tests/journeys/test_random_hands.py

check: $(READY) $(BROWSER) $(PROMTOOL) $(JAVASCRIPT) $(KAFKA) $(CHECKER) $(CENTRIFUGO)  ## lint, types, import contracts, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest $(SIDE_BY_SIDE)

bench: $(READY)  ## run every benchmark, each beside its limit
	@$(BIN)/slipstream bench all

clean:  ## remove all that make made, the data in .slipstream too; not while it runs
	@scripts/clean

# The stamp is written last: a set-up that was cut short is done again.
$(READY): pyproject.toml constraints.txt
	@scripts/install-system
	@echo "[0/3] making the environment .venv" >&2
	@$(PYTHON) -m venv .venv
	@scripts/install-packages
	@touch $@

# Prometheus' own checker of metrics and rules, where Debian's package can be had; else its tests are skipped.
$(PROMTOOL): $(READY)
	@scripts/install-system --promtool
	@touch $@

# The official JavaScript client of the gateway's protocol, as its lock file pins it; without Node its tests are skipped.
$(JAVASCRIPT): $(READY) tests/contracts/javascript_client/package-lock.json
	@scripts/install-system --javascript
	@touch $@

# The checker of clients' histories, as its go.sum pins what it needs; without Go its tests are skipped.
$(CHECKER): $(READY) $(wildcard tests/journeys/histories/checker/*)
	@scripts/install-system --checker
	@touch $@

# The jars of a Kafka broker, as the pom pins them; without Java and Maven its tests are skipped.
$(KAFKA): $(READY) scripts/kafka/pom.xml
	@scripts/install-system --kafka
	@touch $@

# A Centrifugo, built with Go as its version file pins it; without Go its tests are skipped.
$(CENTRIFUGO): $(READY) scripts/centrifugo.version
	@scripts/install-system --centrifugo
	@touch $@

$(BROWSER): $(READY)
	@scripts/install-system --browser
	@touch $@
