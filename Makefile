# The commands of this project; `make` lists them. docs/development.md says more.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory --no-builtin-rules
.DEFAULT_GOAL := help
.NOTPARALLEL:
.SUFFIXES:

# What a user may set.
NETWORK ?= ethereum:local:test
PORT ?= 8545
JOBS ?= 2
PYTEST_FLAGS ?= -q
# The first Python that runs and is of the right version: a shim in PATH may stand for none. An active virtual
# environment gives the Python it was made with, since it may be ours, about to be made anew.
PYTHON ?= $(shell for python in python3.11 python3.12 python3; do $$python $(IS_RIGHT) 2>/dev/null && break; done)
IS_RIGHT := -I -c 'import ensurepip, sys, venv; sys.exit(1) if sys.version_info[:2] not in ((3, 11), (3, 12)) else print(sys._base_executable)'

# Nothing of the user's shell or home folder takes part, save the settings that say where packages come from.
unexport $(filter APE_% COVERAGE_% HYPOTHESIS_% PYTEST_% PYTHON% VIRTUAL_ENV%,$(.VARIABLES))
unexport PIP_PREFIX PIP_REQUIRE_VIRTUALENV PIP_ROOT PIP_TARGET PIP_USER
export PYTHONNOUSERSITE := 1
export APE_DATA_FOLDER := $(CURDIR)/.ape-data
# ape-vyper finds the compiler in PATH, ape-foundry its node: bin/anvil is the one in node_modules, with flags
export PATH := $(CURDIR)/bin:$(CURDIR)/.venv/bin:$(PATH)

# $(call step,what,command): one line, and the command's output only if it fails; its parts are joined by &&, for
# bash stops at no failure within
step = @echo '$1'; output=$$({ $2; } 2>&1) || { printf '%s\n' "$$output" >&2; exit 1; }

ON_TEST := --network ethereum:local:test
ON_ANVIL := --network ethereum:local:foundry


.PHONY: help
help: ## list the commands
	@awk -F ':[^#]*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# ------------------------------------------------------------------ tools

.PHONY: setup
setup: .venv/.complete .venv-lint/.complete node_modules/.complete ## install the pinned tools into this folder

.PHONY: check
check:
	@found=yes; missing() { echo "missing: $$1" >&2; found=no; }; \
	[ "$$(uname -sm)" = "Linux x86_64" ] || missing "Linux on x86-64 (the pinned anvil is built for nothing else)"; \
	'$(PYTHON)' $(IS_RIGHT) >/dev/null 2>&1 || missing "Python 3.11 or 3.12 with venv (name one: make PYTHON=...)"; \
	for tool in node npm git; do $$tool --version >/dev/null 2>&1 || missing $$tool; done; \
	[ $$found = yes ]

# The last line of making a folder of tools is to mark it complete; unmarked, moved or broken, it is made anew.
# The mark holds the path, which a virtual environment has in all its scripts.
complete = [ "$$(cat $1/.complete 2>/dev/null)" = '$(CURDIR)' ] && $2 >/dev/null 2>&1
unless_complete = $(if $(shell $(complete) || echo no),FORCE)

# uv is the one of the lock file, by its hash. It reads no configuration of pip's: where only that knows the way to the
# packages, pip itself installs them, if more slowly.
define venv # folder, lock file
	$(call step,$1: install $2,\
	  $(call complete,$1,$1/bin/python -I -c '') || rm -rf $1 && \
	  rm -f $1/.complete && \
	  if [ ! -x $1/bin/uv ]; then \
	    '$(PYTHON)' -m venv $1 && \
	    awk '/^[^ ]/ { uv = /^uv==/ } uv' $2 > $1/uv.lock && \
	    $1/bin/pip install --quiet --require-hashes --no-deps --requirement $1/uv.lock; \
	  fi && \
	  { $1/bin/uv pip sync --quiet --python $1/bin/python --compile-bytecode --require-hashes \
	      --require-build-hashes --build-constraints requirements.lock $2 || \
	    $1/bin/pip install --quiet --require-hashes --requirement $2; } && \
	  echo '$(CURDIR)' > $1/.complete)
endef

.venv/.complete: requirements.lock pyproject.toml $(call unless_complete,.venv,.venv/bin/seqpool --version) | check
	$(call venv,.venv,requirements.lock)
	@# built apart: vyper wants an older packaging than setuptools does. It is in uv's cache, for .venv has it.
	$(call step,.venv: install seqpool as it stands here,\
	  rm -f $@ && \
	  { .venv/bin/uv pip install --quiet --python .venv/bin/python --offline --no-deps \
	      --require-build-hashes --build-constraints requirements.lock --editable . || \
	    .venv/bin/pip install --quiet --no-deps --editable .; } && \
	  echo '$(CURDIR)' > $@)

.venv-lint/.complete: requirements-lint.lock $(call unless_complete,.venv-lint,.venv-lint/bin/python -I -c '') | check
	$(call venv,.venv-lint,requirements-lint.lock)

node_modules/.complete: package-lock.json $(call unless_complete,node_modules,bin/anvil --version) | check
	$(call step,node_modules: install package-lock.json,\
	  npm ci && echo '$(CURDIR)' > node_modules/.complete)

.PHONY: FORCE
FORCE:

pin := uv pip compile --quiet --no-header --no-annotate --generate-hashes --universal --python-version 3.11

.PHONY: lock
lock: .venv/.complete ## pin all packages anew, from pyproject.toml, requirements-lint.in and package.json
	$(call step,requirements.lock: pin,$(pin) pyproject.toml --all-extras --group dev --output-file requirements.lock)
	$(call step,requirements-lint.lock: pin,$(pin) requirements-lint.in --output-file requirements-lint.lock)
	$(call step,package-lock.json: pin,npm install --package-lock-only)

# ------------------------------------------------------------------ contracts

.PHONY: compile
compile: setup ## compile all contracts, always anew
	$(call step,compile,ape compile --force)

.PHONY: lint
lint: lint-contracts lint-python lint-types lint-documents ## check format, lint rules, types and documentation

# .pre-commit-config.yaml runs the same parts, each for the files that it is about
lint-%: export PATH := $(CURDIR)/.venv-lint/bin:$(PATH)

.PHONY: lint-contracts
lint-contracts: setup
	$(call step,lint: format of contracts,mamushi --check --line-length 100 contracts interfaces)
	@# NTX11 wants an underscore before each argument: ours are the names that explorers and events show.
	@# NTX4 and NTX5 take a function that only calls others for a view, and msg.sender for pure. NTX10 wants each argument
	@# used: some are a standard's. A certificate of 128 members is large. A module that uses another's state cannot be
	@# compiled alone.
	$(call step,lint: contracts,grep -rL '^uses:' contracts | xargs -P $(JOBS) -n 6 sh -c 'natrix lint "$$@" \
	  --disable NTX4 NTX5 NTX10 NTX11 --rule-config MemoryExpansion.max_frame_size=56000' natrix)
	$(call step,lint: documentation of contracts,python -m tools.check_natspec)

.PHONY: lint-python
lint-python: setup
	$(call step,lint: format of Python,ruff format --check)
	$(call step,lint: Python,ruff check)

.PHONY: lint-types
lint-types: setup
	$(call step,lint: types,mypy --python-executable .venv/bin/python)

# the documents that people write; a program writes docs/powers.md, and a test compares it
documents := $(filter-out docs/powers.md,$(wildcard *.md docs/*.md))

.PHONY: lint-documents
lint-documents: setup
	$(call step,lint: documents,mdformat --check $(documents))

.PHONY: format
format: export PATH := $(CURDIR)/.venv-lint/bin:$(PATH)
format: setup ## rewrite contracts, Python and documents in the house format
	$(call step,format: contracts,mamushi --line-length 100 contracts interfaces)
	$(call step,format: Python,ruff check --fix-only && ruff format)
	$(call step,format: documents,mdformat $(documents))

# ------------------------------------------------------------------ tests

# for pytest's -m and -k: what `quick` leaves out
slow :=
chosen :=
# functions of the pool that are also tested on anvil
value_moves := lock claim claim_paired slash

# `test-build` comes first, so nothing that follows has to compile again
test quick: export SEQPOOL_COMPILED := yes

.PHONY: test
test: test-build test-eth-tester test-anvil test-stateful test-fork test-seqpool test-scripts test-package test-drill test-numbers ## everything that CI tests

.PHONY: quick
quick: slow := and not slow
quick: chosen := -k 'not reverts'
quick: .build/.complete test-eth-tester test-stateful-quick test-seqpool test-scripts ## the tests worth running at each change

# $(call side_by_side,targets): for those that are one process each, however many JOBS there are
side_by_side = @printf '%s\n' $1 | xargs -P $(JOBS) -n 1 $(MAKE)

.PHONY: test-build
test-build: setup
	$(call side_by_side,compile test-snapshots)

# `quick` need not build again what it has built, as long as nothing of it has changed
.build/.complete: $(shell find contracts interfaces snapshots seqpool/data -type f) ape-config.yaml requirements.lock
	@$(MAKE) test-build
	@touch $@

.PHONY: test-eth-tester
test-eth-tester: setup
	@echo 'test: unit and integration, eth-tester'
	@ape test tests/unit tests/integration $(ON_TEST) -m 'not anvil $(slow)' $(chosen) -n $(JOBS) --dist worksteal $(PYTEST_FLAGS)

.PHONY: test-anvil
test-anvil: setup
	@echo 'test: unit and integration, anvil'
	@# where value moves; the rest has its state machine and two real nodes (make two-chains)
	@ape test $(addprefix tests/unit/sequencer_pool/test_,$(addsuffix .py,$(value_moves))) tests/unit/slash_vault \
	  tests/integration/test_custody_baseline.py $(ON_ANVIL) -n $(JOBS) --dist worksteal $(PYTEST_FLAGS)

.PHONY: test-stateful test-stateful-quick fuzz
fuzz: ## the state machines with many more, random examples
test-stateful: profile := full
test-stateful-quick: profile := quick
fuzz: profile := fuzz
test-stateful fuzz: processes := $(JOBS)
# to start more processes would take longer than all the quick examples
test-stateful-quick: processes := 0
test-stateful test-stateful-quick fuzz: setup
	@echo 'test: state machines, $(profile)'
	@pytest tests/stateful --hypothesis-profile=$(profile) -n $(processes) --dist worksteal $(PYTEST_FLAGS)

.PHONY: test-fork
test-fork: setup
	@echo 'test: fork'
	@ape test tests/fork $(ON_ANVIL) $(PYTEST_FLAGS)

# rooms of tests/seqpool whose tests need a chain of Ape's
on_ape := tests/seqpool/governance tests/seqpool/deployment

.PHONY: test-seqpool
test-seqpool: setup
	@echo 'test: the package, as far as it needs no ape'
	@# its own conftest only: that of tests/ compiles all contracts
	@pytest tests/seqpool $(addprefix --ignore ,$(on_ape)) --confcutdir=tests/seqpool/watcher \
	  -n $(JOBS) --dist worksteal $(PYTEST_FLAGS)

.PHONY: test-drill
test-drill: setup
	@echo 'test: drill, three faults'
	@python -m seqpool.drill --short

.PHONY: test-scripts
test-scripts: setup
	@echo 'test: scripts, documents, and the rest of the package'
	@ape test tests/scripts $(on_ape) $(ON_TEST) -m 'not anvil $(slow)' -n $(JOBS) --dist worksteal $(PYTEST_FLAGS)
	@# apart: they want worlds, and a world that is made among the others' fixtures has Ape go back before them
	@ape test tests/docs $(ON_TEST) -m 'not anvil $(slow)' -n $(JOBS) --dist worksteal $(PYTEST_FLAGS)

.PHONY: test-package
test-package: setup
	@echo 'test: the wheel, in environments of its own'
	@pytest tests/package --confcutdir=tests/package $(PYTEST_FLAGS)

.PHONY: test-numbers
test-numbers: setup
	$(call side_by_side,gas test-pages)

.PHONY: times
times: setup ## run `test` part by part, and write how long each takes into docs/development.md
	@python -m tools.times

.PHONY: test-snapshots
test-snapshots: setup
	@python -m tools.snapshots
	@python -m tools.package_data

.PHONY: test-pages
test-pages: setup
	@echo 'test: numbers and figures of the documents'
	@python -m tools.pages
	@python -m tools.prices_page
	@python -m tools.limits_page
	@python -m tools.drill_page

.PHONY: gas
gas: setup ## measure gas and new storage slots, and compare with the ceilings and the snapshot
	@ape run gas

.PHONY: snapshots
snapshots: setup ## rewrite the snapshots of layouts, sizes and gas, the package's data, and what documents have of runs
	@python -m tools.snapshots --write
	@python -m tools.package_data --write
	@python -m tools.pages --write
	@python -m tools.prices_page --write
	@python -m tools.limits_page --write
	@ape run gas --write

# ------------------------------------------------------------------ to look at it

.PHONY: demo
demo: setup ## tell the whole story once, on NETWORK (ethereum:local:test)
	@ape run demo --network $(NETWORK)

.PHONY: devnet
devnet: setup ## a local chain on PORT (8545) with the suite in use, until interrupted
	@exec ape run devnet up --port $(PORT)

.PHONY: two-chains
two-chains: setup ## the suite on two nodes, L1 and L2: linked, carried, re-elected; fails on any deviation
	@ape run two_chains

.PHONY: drill
drill: setup ## seven watchers on two nodes, and all faults that they have to get over; fails if one is not handled
	@python -m seqpool.drill --json drill.json --svg drill.svg

.PHONY: console
console: setup ## ape console on the chain of `make devnet`
	@ape console --network ethereum:devnet:http://127.0.0.1:$(PORT)

# ------------------------------------------------------------------ to remove

.PHONY: clean
clean: ## remove what compiling and testing left
	@rm -rf drill.json drill.svg .build .ape-data .hypothesis .pytest_cache .ruff_cache .coverage coverage.xml htmlcov
	@find . \( -name .venv -o -name .venv-lint -o -name node_modules -o -name .git \) -prune \
	  -o -name __pycache__ -type d -print0 | xargs -0 rm -rf

.PHONY: distclean
distclean: clean ## remove the tools too
	@rm -rf .venv .venv-lint node_modules seqpool.egg-info build
