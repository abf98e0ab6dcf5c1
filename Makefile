# Two commands do everything, set-up included: `make demo` and `make test`. `make help` lists the rest.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

CARGO ?= cargo
CLI := $(CARGO) run --quiet --locked -p ponton-cli --
PONTON := $(CLI) build --quiet --locked
LAB_CRATE := --manifest-path crates/lab/Cargo.toml --no-default-features
LAB := $(LAB_CRATE) --name ponton
WASM := wasm32-unknown-unknown
# The oldest and the newest CPython of this machine; the first run makes their .venv.
PYTHONS := $(shell tests/tools/pythons.sh --ends 2>/dev/null | cut -d' ' -f1)
NEWEST := .venv/$(lastword $(PYTHONS))
# What the tests import: the fixture crate, built for each host.
BUILT := target/test
export PYO3_PYTHON = $(abspath $(NEWEST)/bin/python)
# What makes the next build faster is of no use where there is none.
ifeq ($(CI),true)
export CARGO_INCREMENTAL = 0
endif

say = @printf '\n── %s\n' "$(1)"

.PHONY: help
help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-13s %s\n", $$1, $$2 }'

.PHONY: setup
setup: ## Installs what is missing: the wasm target, .venv, npm packages, Chromium
	@tests/tools/setup.sh

.PHONY: lab-js
lab-js: setup
	$(call say,building the lab for Node and the web)
	@$(PONTON) --host node --host web $(LAB) --out-dir node/dist --release

.PHONY: demo
demo: lab-js ## Every scenario on every host, side by side, and target/lab/index.html
	$(call say,building the lab for Python)
	@$(PONTON) --host python $(LAB) --out-dir python --python $(NEWEST)/bin/python
	$(call say,running the scenarios)
	@PYTHONPATH=python $(CARGO) run --quiet --locked -p ponton-lab -- demo --python $(NEWEST)/bin/python --web node/dist/web.js

.PHONY: test
test: lint test-rust loom test-miri test-python test-node test-web test-stress test-demo test-install ## Everything, in every language
	$(call say,all of it passed)

.PHONY: lint
lint: setup ## Formats, lints, types, invariants
	$(call say,lint)
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --quiet --locked --workspace --all-targets -- -D warnings
	@$(CARGO) clippy --quiet --locked -p fixture -p ponton-python --features fixture/python -- -D warnings
	@$(CARGO) clippy --quiet --locked -p fixture -p ponton-python --features fixture/python,ponton-python/abi3 -- -D warnings
	@$(CARGO) clippy --quiet --locked -p fixture --features node -- -D warnings
	@$(CARGO) clippy --quiet --locked -p fixture -p ponton-web --features fixture/web --target $(WASM) -- -D warnings
	@tests/tools/invariants.sh
	@$(NEWEST)/bin/python tests/tools/check_links.py
	@$(NEWEST)/bin/ruff check --quiet python examples tests benches && $(NEWEST)/bin/ruff format --quiet --check python examples tests benches
	@cd python && ../$(NEWEST)/bin/mypy
	@mkdir -p node/dist && $(CLI) stubs --quiet --locked --host js $(LAB_CRATE) >node/dist/index.d.ts
	@cd node && node_modules/.bin/tsc -p .
	@crates/cli/tests/types/check.sh $(NEWEST)

.PHONY: test-rust
test-rust: setup ## The crates, without Python and Node; misuse of the macro
	$(call say,Rust)
	@$(CARGO) test --quiet --locked --workspace
	@$(CARGO) test --quiet --locked -p ponton-native --features tracing --test spans

# Preemptions are bounded in each model. In a folder of its own: the flag concerns every crate.
.PHONY: loom
loom: ## Models of the races of the core: every order in which its threads could have met
	$(call say,loom)
	@RUSTFLAGS="--cfg loom" CARGO_TARGET_DIR=target/loom CARGO_INCREMENTAL=0 CARGO_PROFILE_TEST_OPT_LEVEL=2 \
		$(CARGO) test --quiet --locked -p ponton-core --lib models

.PHONY: mutations
mutations: ## Breaks the core in many ways, one at a time: a model of `make loom` must notice each
	@$(NEWEST)/bin/python tests/tools/mutations.py

.PHONY: test-miri
test-miri: ## The core's tasks and queue under Miri, where there is one
	$(call say,Miri)
	@tests/tools/miri.sh quick

.PHONY: miri
miri: ## The tests of the host-free crates under Miri (a nightly Rust, installed if need be)
	$(call say,Miri)
	@tests/tools/miri.sh

.PHONY: sanitize
sanitize: ## The tests of the core and of its runtime with ThreadSanitizer, then AddressSanitizer (a nightly Rust)
	$(call say,sanitizers)
	@tests/tools/sanitize.sh

SECONDS ?= 60
.PHONY: fuzz
fuzz: ## Broken artifacts and descriptions for `ponton build`; SECONDS=60 for each target (a nightly Rust)
	$(call say,fuzz)
	@tests/tools/fuzz.sh $(SECONDS)

.PHONY: test-python
test-python: setup $(PYTHONS:%=test-python-%) test-stubs test-abi3 ## The oldest and the newest Python: asyncio, uvloop, trio, anyio

.PHONY: test-python-%
test-python-%:
	$(call say,Python $*)
	@$(PONTON) --host python --manifest-path tests/fixture/Cargo.toml --out-dir $(BUILT)/python/$* --python .venv/$*/bin/python
	@$(PONTON) --host python $(LAB) --out-dir python --python .venv/$*/bin/python
	@cd python && PYTHONPATH=../$(BUILT)/python/$*:. ../.venv/$*/bin/python -m pytest -q

.PHONY: test-stubs
test-stubs: setup
	$(call say,Python types)
	@tests/tools/stubtest.sh $(NEWEST) $(BUILT)/python/$(lastword $(PYTHONS))

.PHONY: test-abi3
test-abi3: setup
	$(call say,Python abi3)
	@tests/tools/abi3.sh

.PHONY: test-node
test-node: lab-js ## The fixture and the lab in Node; the fixture in Bun and Deno
	@tests/tools/setup.sh runtimes
	$(call say,Node)
	@$(PONTON) --host node --manifest-path tests/fixture/Cargo.toml --out-dir $(BUILT)/node/fixture
	@PONTON_FIXTURE=$(BUILT)/node/fixture node --test --test-reporter dot node/test/*.test.mjs tests/runtimes/*.test.mjs

.PHONY: test-web
test-web: lab-js web-packages ## The fixture and the lab in Chromium, in a page and in a worker
	$(call say,browser)
	@node tests/browser/run.mjs --packages $(BUILT)/web
	@node --test tests/browser/lab/web.test.mjs

.PHONY: web-packages
web-packages: setup
	@$(PONTON) --host web --manifest-path tests/fixture/Cargo.toml --out-dir $(BUILT)/web/fixture
	@$(PONTON) --host web --manifest-path tests/browser/trouble/Cargo.toml --out-dir $(BUILT)/web/trouble

.PHONY: test-browsers
test-browsers: setup web-packages ## The same in Firefox and in WebKitGTK, which has Safari's engine: not a part of `make test`
	@tests/tools/setup.sh browsers
	$(call say,Firefox)
	@node tests/browser/run.mjs --packages $(BUILT)/web --browser firefox
	$(call say,WebKit)
	@node tests/browser/run.mjs --packages $(BUILT)/web --browser webkit

STRESS = tests/stress/stress.sh
FIXTURES = stress-python stress-node stress-web

.PHONY: $(FIXTURES)
stress-python:
	@$(PONTON) --host python --manifest-path tests/fixture/Cargo.toml --out-dir $(BUILT)/python/$(lastword $(PYTHONS)) --python $(NEWEST)/bin/python
stress-node stress-web: stress-%:
	@$(PONTON) --host $* --manifest-path tests/fixture/Cargo.toml --out-dir $(BUILT)/$*/fixture

.PHONY: test-stress
test-stress: setup $(FIXTURES) ## A little stress on each host
	$(call say,stress)
	@$(STRESS) 0.1 1

.PHONY: stress
stress: setup $(if $(HOST),stress-$(HOST),$(FIXTURES)) ## Mixed operations until something breaks: MINUTES=1 SEED=s HOST=python|node|web ROUND=r
	@$(STRESS) $(or $(MINUTES),1) "$(SEED)" "$(HOST)" "$(ROUND)"

.PHONY: leaks
leaks: setup stress-python ## A million calls of each kind, of Python, Node and the browser; the first two under valgrind too
	$(call say,leaks)
	@tests/tools/leaks.sh
	@$(PONTON) --host node --host web --manifest-path tests/fixture/Cargo.toml --out-dir $(BUILT)/leaks/fixture --release
	@$(PONTON) --host web --manifest-path tests/browser/trouble/Cargo.toml --out-dir $(BUILT)/leaks/trouble --release
	@tests/tools/leaks-node.sh $(BUILT)/leaks/fixture
	@PONTON_LEAK_CALLS=1000000 PONTON_FIXTURE=$(BUILT)/leaks/fixture node --test node/test/leaks.test.mjs
	@PONTON_LEAK_CALLS=1000000 PONTON_TEST_LIMIT_MS=1800000 node tests/browser/run.mjs --packages $(BUILT)/leaks 'leaks (page)'

.PHONY: test-demo
test-demo: demo ## The demo, and the page it wrote
	$(call say,the demo's page)
	@node --test tests/browser/lab/page.test.mjs

.PHONY: test-install
test-install: lab-js ## The packages and the example, as a user installs and uses them
	$(call say,the example)
	@tests/examples/kv.sh
	@tests/examples/pyo3-async-runtimes.sh
	$(call say,packages)
	@tests/install/pip.sh
	@tests/install/npm.sh

BENCH = $(NEWEST)/bin/python benches/bench.py $(if $(QUICK),--quick)

.PHONY: bench
bench: setup ## Beside the peers, measured: bench-python, bench-node, bench-web for one host; QUICK=1
	@$(BENCH)

.PHONY: bench-python bench-node bench-web
bench-python bench-node bench-web: bench-%: setup
	@$(BENCH) $*

.PHONY: clean
clean: ## Removes what was built and installed here
	rm -rf target .venv node/dist node/node_modules tests/{browser,runtimes}/node_modules python/ponton/*.so examples/*/{target,dist}
