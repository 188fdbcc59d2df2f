# Two commands serve a fresh machine: `make packet` and `make test`. Each sets everything up that it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
AGENT := gptme==0.35.1
NAME := $(firstword $(subst ==, ,$(AGENT)))
# Half as many again as processors, since tests wait for commands, pipes and the browser.
WORKERS := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) * 3 / 2)))
BROWSERS := chromium chromium-browser google-chrome
# With letters and signs to draw, and what keeps a page's processes apart where that needs root.
CHROMIUM := chromium chromium-sandbox fonts-liberation fonts-dejavu-core

.PHONY: packet test fuzz coverage browser check lint types rules sbom lock licences audit reproducible accuracy floors \
	bench bench-page clean

## Write a packet of a real, pinned, public agent release (of the bundled sample agent when offline).
packet: $(VENV)/installed
	$(BIN)/python benchmarks/sample.py $(AGENT) .cache/$(NAME)
	$(BIN)/scanner packet --rules tensorzero --repo .cache/$(NAME) --output-dir packet --force
	@echo "read packet/packet.md, or open packet/packet.html"

## Run the tests. Those of the page for a design review need a browser.
test: $(VENV)/installed-dev browser
	$(BIN)/python -m pytest -n $(WORKERS)

## Try many more damaged inputs than the tests do, always others; FUZZ is how many each cheap harness tries.
fuzz: $(VENV)/installed-dev
	SCANNER_FUZZ=$(or $(FUZZ),20000) $(BIN)/python -m pytest -n auto tests/fuzz

## Run the tests and say what they leave unrun, which takes half as long again.
coverage: $(VENV)/installed-dev browser
	$(BIN)/python -m pytest -n auto --cov --cov-report=term

## Install Debian's Chromium where no such browser is on the PATH; where that cannot be, say what to install.
browser:
	@for name in $(BROWSERS); do command -v "$$name" >/dev/null && exit 0; done; \
	as=; [ "$$(id -u)" = 0 ] || as="sudo -n"; \
	if command -v apt-get >/dev/null && { [ -z "$$as" ] || $$as true 2>/dev/null; }; then \
		echo "installing chromium" && $$as apt-get update -q=2 && \
		$$as env DEBIAN_FRONTEND=noninteractive apt-get install -q=2 --no-install-recommends $(CHROMIUM) && exit 0; \
	fi; \
	echo "no browser: tests of the review page are skipped; install one of $(BROWSERS)" >&2

## All that CI runs.
check: lint types rules sbom test

lint: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/installed-dev
	$(BIN)/mypy

## The built-in rules and packs are sound. What their examples say, and generated pages, the tests check.
rules: $(VENV)/installed-dev
	$(BIN)/scanner rules lint

## Write what users install as a CycloneDX bill of materials, dated with the commit where there is one.
sbom: $(VENV)/installed
	@SOURCE_DATE_EPOCH="$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null)}" \
		$(BIN)/python benchmarks/supply.py sbom build/sbom.json

## Pin what the project and its checks are built from; then `make licences`.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		pyproject.toml --group dev -o requirements-dev.lock

## Write docs/licences.md from the metadata of the locked packages.
licences: $(VENV)/installed-dev
	$(BIN)/python benchmarks/supply.py licences

## Ask for known vulnerabilities of the locked packages; says so where no such data can be had, and does not fail then.
audit: $(VENV)/installed-dev
	$(BIN)/python benchmarks/supply.py audit

## Build sdist and wheel twice, into dist/ when both times gave the same bytes.
reproducible: $(VENV)/installed-dev
	$(BIN)/python benchmarks/reproducible.py dist

## Score on labelled repositories and write docs/accuracy.md. CORPORA is a folder with one folder a repository; what is
## not there is fetched into .cache/corpora. TRUTH is a folder of labels other than benchmarks/truth.
accuracy: $(VENV)/installed
	$(BIN)/python benchmarks/accuracy.py $(if $(CORPORA),--corpora "$(CORPORA)") $(if $(TRUTH),--truth "$(TRUTH)")

## Make what the rules find in the labelled samples now the least that the tests accept.
floors: $(VENV)/installed
	$(BIN)/python benchmarks/accuracy.py --floors

## Time the scanner beside ripgrep, ast-grep and Semgrep, which takes most of an hour, and write docs/performance.md.
## CORPORA is a folder with one folder a repository; what is not there is fetched into .cache/corpora. RUNS and
## SEMGREP_RUNS are how often; a rival that cannot be installed is reported as missing.
bench: $(VENV)/installed .cache/rivals/installed
	$(BIN)/python benchmarks/bench_rules.py
	$(BIN)/python benchmarks/bench.py $(if $(CORPORA),--corpora "$(CORPORA)") $(if $(RUNS),--runs $(RUNS)) \
		$(if $(SEMGREP_RUNS),--semgrep-runs $(SEMGREP_RUNS))

## Time how long the review page of a large packet takes to open.
bench-page: $(VENV)/installed-dev browser
	$(BIN)/python benchmarks/page.py

# Each by itself, and wheels only: one that is not to be had here keeps none of the others away.
.cache/rivals/installed: benchmarks/rivals.txt
	$(PYTHON) -m venv .cache/rivals
	@missing=; grep -v '^#' $< | { while read -r rival; do \
		.cache/rivals/bin/python -m pip install --quiet --only-binary :all: "$$rival" || missing="$$missing $$rival"; \
	done; if [ -n "$$missing" ]; then echo "not installed:$$missing" >&2; else touch $@; fi; }

clean:
	rm -rf $(VENV) .cache packet build dist

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-dev.lock
	@touch $@
