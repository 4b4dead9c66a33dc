# The same commands for people and CI. `make` lists them.

# Python 3.11 or later; only used to make the three environments below.
PYTHON ?= python3
# Which part of samconfig.toml `make build` and `make deploy` use: default or prod.
ENV ?= default
ifneq ($(filter build deploy,$(MAKECMDGOALS)),)
ifeq ($(filter $(ENV),default prod),)
$(error ENV must be default or prod, not "$(ENV)")
endif
endif

# Apart, because functions on the AWS emulator see what is installed beside it.
DEV := .venv
TOOLS := .local/tools
CHECKS := .local/checks
DEV_READY := $(DEV)/.ready
TOOLS_READY := $(TOOLS)/.ready
CHECKS_READY := $(CHECKS)/.ready

PYTEST := $(DEV)/bin/python -m pytest
# Beside each of these processes runs a DynamoDB Local of its own, which is busy whenever they wait.
PARALLEL := --numprocesses auto --maxprocesses 4
APART := $(if $(filter output-sync,$(.FEATURES)),--jobs=2 --output-sync=target)
# sam has uv install what a function needs: nothing but what its requirements know the hash of.
SAM := SAM_CLI_TELEMETRY=0 UV_REQUIRE_HASHES=1 PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" sam
COMPILE := $(DEV)/bin/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
	--no-header --no-annotate --no-emit-index-url --generate-hashes
CHECKED := cli infra tests $(wildcard functions shared)
SOURCES := shared:functions/proxy:functions/admin:functions/alerts:functions/rollup:functions/sweeper:functions/console:functions/telemetry:cli:.

# `make local PORT=5566`: only when said so, for an environment's own PORT is somebody else's.
ifeq ($(origin PORT),command line)
export TOLLGATE_PORT := $(PORT)
endif
ifeq ($(origin EMULATOR_PORT),command line)
export TOLLGATE_EMULATOR_PORT := $(EMULATOR_PORT)
endif
ifeq ($(origin PROVIDER_PORT),command line)
export TOLLGATE_PROVIDER_PORT := $(PROVIDER_PORT)
endif
ifeq ($(origin STATE),command line)
export TOLLGATE_STATE := $(STATE)
endif

ifeq ($(origin KEEP),command line)
export TOLLGATE_KEEP := $(KEEP)
endif

ifeq ($(origin DEMO),command line)
export TOLLGATE_DEMO := $(DEMO)
endif

ifeq ($(origin OTLP_ENDPOINT),command line)
export TOLLGATE_OTLP_ENDPOINT := $(OTLP_ENDPOINT)
endif

.PHONY: help local console check coverage test unit integration e2e conformance run-check run-coverage run-test run-unit run-integration run-e2e run-conformance browser run-browser pictures bench run-bench leaks run-leaks chaos run-chaos rehearsal run-rehearsal mutants lint run-lint-python run-lint-console run-lint-supply audit format openapi build deploy release requirements clean
.DEFAULT_GOAL := help

.DEFAULT:
	@echo "There is no target $@; see make help." >&2; exit 2

help:
	@echo "make local         run the whole gateway on this machine: no AWS account, no Docker"
	@echo "                   PORT=4565 EMULATOR_PORT=4566 PROVIDER_PORT=4567 choose its ports"
	@echo "                   KEEP=1 keeps keys, costs and settings until the next start with KEEP=1"
	@echo "                   DEMO=1 fills it with a company's keys and two months of requests to look at"
	@echo "                   OTLP_ENDPOINT=http://127.0.0.1:4318 is told of each call, as docs/traces.md says"
	@echo "                   STATE=.local/second is another stack's folder, for one beside the first"
	@echo "make console       the console's pages as they are edited, over a running \`make local\`"
	@echo "make check         lint and unit tests, in two or three minutes: before each commit"
	@echo "make test          everything below, down to lint"
	@echo "make coverage      all tests, and which lines of functions/ and shared/ none of them reaches"
	@echo "make unit          tests of the domain and of single modules (ARGS='-k sweep': some of them,"
	@echo "                   here and with integration, e2e, conformance, browser, coverage)"
	@echo "make integration   tests against DynamoDB Local"
	@echo "make e2e           tests of the deployed template"
	@echo "make conformance   the official SDKs against the deployed template"
	@echo "make browser       the console in a browser, over the deployed template"
	@echo "make pictures      take the pictures for docs/pictures (ARGS=console or ARGS=terminal: some of them)"
	@echo "make bench         what a call takes of time, memory, units and dollars, into docs/benchmarks.md"
	@echo "                   (in ten minutes; ARGS=processor_time: one part of it)"
	@echo "make leaks         whether 20,000 calls through one process leak memory or sockets"
	@echo "make chaos         a crowd of calls while providers, DynamoDB and functions fail at random (docs/chaos.md;"
	@echo "                   ARGS='--seconds 600 --seed 7')"
	@echo "make rehearsal     an upgrade to this tree and back while calls stream, on the local stack (in five minutes)"
	@echo "                   FROM=REF: from which commit, by default the one before (docs/upgrades.md)"
	@echo "make mutants       whether the ledger's tests notice each of its conditions (half an hour)"
	@echo "make lint          ruff, mypy, import-linter, cfn-lint, sam validate, checkov, secrets, vulnerabilities;"
	@echo "                   the console's types, lint, tests"
	@echo "make audit         the same of vulnerabilities, which fails where they can't be asked for, and of secrets"
	@echo "                   in all of git's history: before a release"
	@echo "make format        let ruff rewrite the code"
	@echo "make openapi       print the admin API's OpenAPI document (API=client: that of self-service)"
	@echo "make build         build for AWS (ENV=default or prod, see samconfig.toml)"
	@echo "make deploy        build and deploy to the AWS account in your environment (ENV=...)"
	@echo "make release       build, and put what a release has into .local/release (TAG=v1.2.3: its notes, too)"
	@echo "make requirements  compile requirements/*.in to newest versions"
	@echo "make clean         remove everything that was built or installed here"
	@echo "PYTHON=python3.13  with any of them: the Python (3.11 or later) that .venv and .local's are made with"

local: $(DEV_READY) $(TOOLS_READY)
	@$(DEV)/bin/python -m infra.local

console: $(DEV_READY) $(TOOLS_READY)
	@$(DEV)/bin/python -m infra.local.web dev

# Ended by whatever signal, a run leaves nothing behind: what make starts itself, it leaves running then.
TETHERED = @$(DEV)/bin/python -m infra.local.processes.tethered $(MAKE) --no-print-directory

check coverage test integration conformance e2e browser pictures: $(DEV_READY) $(TOOLS_READY)
	$(TETHERED) run-$@

# Lint is part of the first; integration tests see its programs find something.
check coverage test integration lint audit: $(CHECKS_READY)

unit: $(DEV_READY)
	$(TETHERED) run-$@

run-check run-test run-integration: PYTEST += $(PARALLEL)
run-check: TESTS := tests/unit

# Tests run even when lint fails: one run shows all there is to mend.
run-check run-test:
	@lint=0; $(MAKE) --no-print-directory lint || lint=$$?; \
	echo "== pytest"; $(PYTEST) $(TESTS); tests=$$?; \
	if [ $$lint -ne 0 ]; then echo "lint failed, see above the tests" >&2; exit 1; fi; exit $$tests

# Apart from `make test`: up to Python 3.11, unit tests take twice as long when their lines are noted.
run-coverage:
	@$(PYTEST) --cov $(ARGS)

# pytest's 5 says that no test was found.
run-unit run-integration run-e2e run-conformance run-browser: run-%:
	@if [ -d tests/$* ]; then $(PYTEST) tests/$* $(ARGS) || [ $$? -eq 5 ]; else echo "There is no tests/$*."; fi

run-pictures:
	@PYTHONPATH=$(SOURCES) $(DEV)/bin/python -m tests.browser.pictures $(ARGS)

# A part by itself: make bench ARGS=processor_time; the page from figures that there are: ARGS=report
bench leaks chaos: $(DEV_READY) $(TOOLS_READY)
	$(TETHERED) run-$@

run-bench:
	@PYTHONPATH=$(SOURCES) $(DEV)/bin/python -m tests.bench $(ARGS)

run-leaks:
	@PYTHONPATH=$(SOURCES) $(DEV)/bin/python -m tests.bench leaks

run-chaos:
	@PYTHONPATH=$(SOURCES) $(DEV)/bin/python -m tests.chaos $(ARGS)

# With other settings for the new version: make rehearsal ARGS='--tell HOLD_VERSION=1'
rehearsal: $(DEV_READY) $(TOOLS_READY)
	$(TETHERED) run-$@

run-rehearsal:
	@PYTHONPATH=$(SOURCES) $(DEV)/bin/python -m tests.rehearsal $(FROM) $(ARGS)

mutants: $(DEV_READY) $(TOOLS_READY)
	@$(DEV)/bin/python -m tests.mutants $(ARGS)

AS_RELEASE := PYTHONPATH=shared:. $(DEV)/bin/python -m infra.release

# Two at a time, by a make that keeps apart what they say: the console's take as long as all others together.
lint: $(DEV_READY) $(TOOLS_READY)
	@$(MAKE) --no-print-directory --keep-going $(APART) run-lint-console run-lint-python run-lint-supply

run-lint-python:
	@failed=0; \
	check() { echo "== $$1"; shift; "$$@" || failed=1; }; \
	check "ruff check" $(DEV)/bin/ruff check --quiet $(CHECKED); \
	check "ruff format" $(DEV)/bin/ruff format --quiet --check $(CHECKED); \
	check "mypy" $(DEV)/bin/mypy; \
	check "import-linter" env PYTHONPATH=$(SOURCES) $(DEV)/bin/lint-imports --no-logo; \
	check "cfn-lint" $(TOOLS)/bin/cfn-lint template.yaml $(wildcard docs/examples/cloudformation/*.yaml); \
	check "sam validate" env $(SAM) validate --lint --region us-east-1; \
	exit $$failed

run-lint-supply:
	@failed=0; \
	check() { echo "== $$1"; shift; "$$@" || failed=1; }; \
	check "checkov" $(DEV)/bin/python -m infra.checks template; \
	check "secrets" $(DEV)/bin/python -m infra.checks secrets; \
	check "vulnerabilities" $(DEV)/bin/python -m infra.checks dependencies; \
	exit $$failed

audit: $(DEV_READY) $(TOOLS_READY)
	@failed=0; \
	$(DEV)/bin/python -m infra.checks secrets --history || failed=1; \
	$(DEV)/bin/python -m infra.checks dependencies --required || failed=1; \
	exit $$failed

run-lint-console:
	@echo "== console"; $(DEV)/bin/python -m infra.local.web check

format: $(DEV_READY)
	$(DEV)/bin/ruff check --quiet --fix $(CHECKED)
	$(DEV)/bin/ruff format $(CHECKED)

openapi: $(DEV_READY)
	@PYTHONPATH=shared:functions/admin $(DEV)/bin/python -m tollgate_admin $(API)

# The console's pages no longer fit the API if its types fail: then nothing is built.
define BUILD
@$(DEV)/bin/python -m infra.local.web typecheck
	$(SAM) build --config-env $(ENV)
	@$(TOOLS)/bin/python -m infra.artifacts .aws-sam/build
endef

build: $(DEV_READY) $(TOOLS_READY)
	$(BUILD)

# sam knows AWS_DEFAULT_REGION alone; other tools of AWS know AWS_REGION, too, and prefer it.
ifdef AWS_REGION
deploy: export AWS_DEFAULT_REGION := $(AWS_REGION)
endif

deploy: $(DEV_READY) $(TOOLS_READY)
	@PYTHONPATH=shared $(TOOLS)/bin/python infra/ops/deploy_check.py $(ENV)
	$(BUILD)
	$(SAM) deploy --config-env $(ENV)

# Twice, from nothing: who builds the same tree has to get the same bytes.
RELEASE := .local/release
release: $(DEV_READY) $(TOOLS_READY) $(CHECKS_READY)
	rm -rf $(RELEASE) .aws-sam
	@mkdir -p $(RELEASE)
	@$(if $(TAG),$(AS_RELEASE) notes $(TAG) > $(RELEASE)/NOTES.md)
	$(BUILD)
	@$(AS_RELEASE) archive $(RELEASE)/first
	rm -rf .aws-sam
	$(BUILD)
	@$(AS_RELEASE) archive $(RELEASE)
	@cmp $(RELEASE)/first/*.zip $(RELEASE)/*.zip && rm -r $(RELEASE)/first
	@cd cli && ../$(DEV)/bin/python -m hatchling build -t wheel -d ../$(RELEASE)
	@$(AS_RELEASE) files $(RELEASE)

# What is deployed is what was tested: the functions take the versions of dev.txt. boto3 is the runtime's.
requirements: $(DEV_READY)
	@for name in uv dev tools checks node; do \
		$(COMPILE) requirements/$$name.in --output-file requirements/$$name.txt || exit; \
	done
	@for folder in $(patsubst %/requirements.in,%,$(wildcard functions/*/requirements.in)); do \
		$(COMPILE) --constraint requirements/dev.txt $$folder/requirements.in \
			--output-file $$folder/requirements.txt || exit; \
	done

clean:
	rm -rf functions/console/web/node_modules functions/console/web/src/api/generated
	rm -rf $(DEV) .local .aws-sam .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
	find cli functions infra shared tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(DEV_READY): requirements/dev.txt requirements/uv.txt infra/local/tollgate.sh
	$(call install,$(DEV),requirements/dev.txt)
	@install -m 755 infra/local/tollgate.sh $(DEV)/bin/tollgate

$(TOOLS_READY): requirements/tools.txt requirements/uv.txt
	$(call install,$(TOOLS),requirements/tools.txt)

$(CHECKS_READY): requirements/checks.txt requirements/uv.txt
	$(call install,$(CHECKS),requirements/checks.txt)

# uv comes from PyPI, at our version, whether or not the machine has one.
define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Tollgate needs Python 3.11 or later; choose one with: make PYTHON=python3.13 ..." >&2; exit 1; }
	@echo "Installing $(2) into $(1)"
	@$(1)/bin/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(1)
	@export PIP_NO_INPUT=1 $$($(1)/bin/python infra/local/trust.py); \
	$(1)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes \
		--requirement requirements/uv.txt && \
	$(1)/bin/uv pip sync --quiet --require-hashes --compile-bytecode --python $(1)/bin/python $(2)
	@touch $@
endef
