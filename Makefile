# What can be done with a checkout: `make` lists it. Needs make and Python 3.11 or newer, nothing else installed.

PYTHON ?= python3
# Linux without a graphics card: see "Try it" in README.md for the flag that leaves gigabytes out.
TORCH_FLAGS ?=
TRAIN_FLAGS ?=
FUZZ_FLAGS ?=

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install --quiet -c constraints.txt

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test bench nightly fuzz release schema constraints train axe clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | while IFS='	' read -r name what; do printf '  make %-12s %s\n' "$$name" "$$what"; done

demo: $(VENV)/.installed ## install, then code the sample sessions into out/demo
	$(PY) cli.py code sample_data/sessions/* -o out/demo
	@echo 'Done. Open the .html files in out/demo with a browser.'

test: $(VENV)/.installed-test ## install, then lint, types, tests, and 20,000 damaged files for each reader
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pytest -m 'not slow'
	$(PY) -m tests.readers.fuzz --n 20000

bench: $(VENV)/.installed ## speed and agreement figures, each script of benchmarks/
	@for script in benchmarks/*.py; do test -e "$$script" || continue; echo "$$script"; $(PY) "$$script" || exit 1; done

nightly: test ## everything, with the tests that take minutes
	$(PY) -m pytest -m slow
	$(PY) -m tests.batch.kill 1000
	$(PY) -m tests.batch.fault_loop
	$(PY) -m tests.batch.dask_kill

fuzz: $(VENV)/.installed-test ## damaged files, up to 2 million a reader: goes on from its ledger, can be stopped at any time; FUZZ_FLAGS="--totals" tells how far it is
	$(PY) -m tests.readers.fuzz --ledger tests/readers/fuzz_ledger.jsonl $(FUZZ_FLAGS)

release: nightly $(VENV)/.installed-maintain ## the above, then wheel and source archive with their checksums in dist/
	rm -rf dist
	$(PY) -m uv build --quiet
	cd dist && sha256sum *.whl *.tar.gz > SHA256SUMS && cat SHA256SUMS

schema: $(VENV)/.installed ## write the JSON Schema of coded sessions anew
	$(PY) -c 'from transcript_alliance.serialize import schema_text; print(schema_text(), end="")' > docs/coded-session.schema.json

constraints: $(VENV)/.installed-maintain ## pin again what pyproject.toml asks for, keeping pins that still fit
	$(PY) -m uv pip compile --quiet --universal --no-sources --python-version 3.11 --no-annotate \
		--custom-compile-command 'make constraints' \
		--group test --group lint --group maintain pyproject.toml --output-file constraints.txt

train: $(VENV)/.installed ## train the shipped model anew on the authored corpus
	$(PY) cli.py train sample_data/corpus -o models/alliance-minilm-0.8 $(TRAIN_FLAGS)

axe: ## fetch the accessibility checker for the browser tests (npm, MPL-2.0, kept in .cache)
	mkdir -p .cache/axe-core && cd .cache/axe-core && npm pack --silent axe-core@4.11.0

clean: ## remove results and caches; .venv stays
	rm -rf out dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# Each stamp is made anew when the files that decide what is installed change.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed. Name one: make PYTHON=python3.12 ...'; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip --disable-pip-version-check install --quiet 'pip>=25.1'
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml constraints.txt
	$(PIP) $(TORCH_FLAGS) torch
	$(PIP) -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(PIP) --group test --group lint
	@touch $@

$(VENV)/.installed-maintain: $(VENV)/.installed
	$(PIP) --group maintain
	@touch $@
