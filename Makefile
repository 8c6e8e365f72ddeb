# Everything is done in .venv; the first target that needs it makes it. `make help` lists the targets.
PYTHON ?= python3
ARGS ?=
UPGRADE ?=

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.installed-runtime
DEV := $(VENV)/.installed-dev
TRAIN_VENV := .venv-train
TRAIN := $(TRAIN_VENV)/.installed
PEERS_VENV := .venv-bench
PEERS := $(PEERS_VENV)/.installed

PIP_INSTALL = pip install --quiet --disable-pip-version-check
# The build tool comes hash-pinned with the requirements, so nothing is fetched that is not listed there.
INSTALL_SELF = $(BIN)/python -m $(PIP_INSTALL) --no-deps --no-build-isolation --editable .

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup install try run test check table train bench lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(DEV) ## prepare .venv for development (quick when nothing changed)
	@echo "Ready: $(BIN)/alongside, and make test, make check"

install: $(RUNTIME) ## prepare .venv with only what running needs
	@echo "Ready: $(BIN)/alongside"

try: $(RUNTIME) ## start the bot with a stand-in Telegram and a page to chat on; no token needed
	@exec $(BIN)/alongside try $(ARGS)

run: $(RUNTIME) ## start the bot; BOT_TOKEN in the environment or in .env
	@exec $(BIN)/alongside run $(ARGS)

test: $(DEV) ## run the tests; ARGS="-k checkin" and the like go to pytest
	$(BIN)/python -m pytest $(ARGS)

check: $(DEV) ## lint, format, types and content
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/alongside check

table: $(RUNTIME) ## print how the guard and the feedback do on their banks
	@$(BIN)/python -m training.table $(ARGS)

train: $(RUNTIME) $(TRAIN) ## make the guard's model anew from the open part of the safety bank
	$(TRAIN_VENV)/bin/python -m training.guard $(ARGS)
	@$(BIN)/python -m training.table $(ARGS)

bench: $(RUNTIME) $(PEERS) ## measure turns beside other bots
	PEERS_PYTHON=$(PEERS_VENV)/bin/python $(BIN)/python benchmarks/turns.py $(ARGS)

$(RUNTIME): requirements.txt pyproject.toml
	@$(call make_venv,$(VENV))
	@echo "Installing what running needs ..."
	@$(BIN)/python -m $(PIP_INSTALL) --require-hashes -r requirements.txt
	@$(INSTALL_SELF)
	@touch $@

$(DEV): requirements-dev.txt requirements.txt pyproject.toml
	@$(call make_venv,$(VENV))
	@echo "Installing what development needs ..."
	@$(BIN)/python -m $(PIP_INSTALL) --require-hashes -r requirements-dev.txt
	@$(INSTALL_SELF)
	@touch $(RUNTIME) $@

# The other bots want older libraries than ours, so they live in a venv of their own.
$(PEERS): benchmarks/requirements.txt
	@$(call make_venv,$(PEERS_VENV))
	@echo "Installing the bots to compare with ..."
	@$(PEERS_VENV)/bin/python -m $(PIP_INSTALL) --require-hashes -r benchmarks/requirements.txt
	@touch $@

$(TRAIN): training/requirements.txt
	@$(call make_venv,$(TRAIN_VENV))
	@echo "Installing what training needs ..."
	@$(TRAIN_VENV)/bin/python -m $(PIP_INSTALL) --require-hashes -r training/requirements.txt
	@touch $@

# Keeps a venv that works; makes one where there is none, or where it is broken or too old.
define make_venv
set -e; \
modern='import sys; sys.exit(sys.version_info < (3, 11))'; \
if ! { $(1)/bin/python -c "$$modern" && $(1)/bin/python -m pip --version; } >/dev/null 2>&1; then \
  command -v $(PYTHON) >/dev/null 2>&1 || \
    { echo "There is no $(PYTHON) here. Install Python 3.11 or newer, or name yours: make PYTHON=python3.12 ..." >&2; exit 1; }; \
  $(PYTHON) -c "$$modern" || \
    { echo "$(PYTHON) is $$($(PYTHON) -V 2>&1); Alongside needs 3.11 or newer. Name another: make PYTHON=python3.12 ..." >&2; exit 1; }; \
  $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
    { echo "$(PYTHON) cannot make a venv. On Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }; \
  echo "Making $(1) with $$($(PYTHON) -V 2>&1) ..."; \
  $(PYTHON) -m venv --clear $(1); \
fi
endef

# Run with the oldest supported Python (3.11), so that what only it needs is in the files too.
# UPGRADE=--upgrade takes the newest versions; without it only what pyproject.toml asks for changes.
PIP_COMPILE = $(BIN)/pip-compile --quiet $(UPGRADE) --generate-hashes --allow-unsafe --strip-extras --no-header \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options
LOCKED = requirements.txt requirements-dev.txt benchmarks/requirements.txt training/requirements.txt
# What reads the bank is ours and needs PyYAML; the rest is only for training.
TRAIN_LIST = numpy scikit-learn PyYAML
PEER_LIST = python-telegram-bot aiogram pyTelegramBotAPI aiohttp orjson uvloop

lock: $(DEV) ## write the hash-pinned requirements anew from pyproject.toml
	$(PIP_COMPILE) --build-deps-for editable -o requirements.txt pyproject.toml
	$(PIP_COMPILE) --build-deps-for editable --extra dev -c requirements.txt -o requirements-dev.txt pyproject.toml
	printf '%s\n' $(PEER_LIST) | $(PIP_COMPILE) -o benchmarks/requirements.txt -
	printf '%s\n' $(TRAIN_LIST) | $(PIP_COMPILE) -o training/requirements.txt -
	@for file in $(LOCKED); do \
	  { echo "# Written by 'make lock'; do not edit."; cat $$file; } > $$file.new && mv $$file.new $$file; \
	done
