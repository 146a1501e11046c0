# The two commands are `make rehearse` and `make test`; each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stayon-installed
WORKERS = $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
# Images for containers often set it; then every process compiles all that it imports, each time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup rehearse test coverage lint bench bench-pages screenshots docs fuzz chaos lock clean sbom audit wheels sit sit-mutation

help:  ## What each target does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# A Debian python3 has no ensurepip and refuses `pip install`: a private copy of uv needs neither.
.boot/uv:
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
	  --target .boot.part "uv>=0.8"
	rm -rf .boot && mv .boot.part .boot && touch .boot/uv

$(STAMP): requirements.lock pyproject.toml | .boot/uv
	PYTHONPATH=.boot $(PYTHON) -m uv venv --quiet --allow-existing $(VENV)
	PYTHONPATH=.boot $(PYTHON) -m uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/python -c "import pathlib, sysconfig; \
	  pathlib.Path(sysconfig.get_path('purelib'), 'stayon.pth').write_text(str(pathlib.Path('src').resolve()) + '\n')"
	@printf '#!/bin/sh\nexec "$$(dirname "$$0")/python" -m stayon "$$@"\n' > $(BIN)/stayon && chmod +x $(BIN)/stayon
	@touch $(STAMP)

setup: $(STAMP)  ## Make .venv with everything pinned in requirements.lock

rehearse: setup  ## A supplier fails; watch its prepayment homes kept on supply (ARGS="--homes 500")
	$(BIN)/stayon rehearse $(ARGS)

# One worker more than cores, because some tests wait for processes of their own; more than eight
# would only wait for one disk.
test: setup  ## The tests (ARGS="-k name")
	$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 8 --dist worksteal $(ARGS)

coverage: setup  ## The tests with branch coverage, which takes half as long again
	$(MAKE) test ARGS="--cov --cov-report=term:skip-covered $(ARGS)"

lint: setup  ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check src tests
	$(BIN)/ruff format --check src tests
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: setup  ## Every figure of the targets, beside a reference run in the same minute (JSON in build/bench.json)
	@mkdir -p build/peers && cp tests/clients/package.json tests/clients/package-lock.json tests/clients/.npmrc build/peers
	@(cd build/peers && npm ci --silent --no-audit --no-fund --ignore-scripts) || echo "npm: no packages to compare with"
	$(BIN)/stayon bench --peers build/peers --out build/bench.json $(ARGS)

bench-pages: setup  ## Time and weigh the pages over ten million audit rows (ARGS="--rows 1000000")
	$(BIN)/python -m stayon.apps.bench.pages $(ARGS)

screenshots: setup  ## Take every picture of the pages in docs/images anew, with Debian's chromium
	$(BIN)/python -m tests.browser.screenshots

docs: setup  ## Build the documentation site into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

fuzz: setup  ## Fuzz each reader of untrusted octets (ARGS="--seconds 600 duis")
	$(BIN)/python -m tests.fuzz.run $(ARGS)

chaos: setup  ## Campaigns while everything fails around them (SEEDS=20 or 30-49, DEVICES=200)
	STAYON_CHAOS_SEEDS=$(or $(SEEDS),20) STAYON_CHAOS_DEVICES=$(or $(DEVICES),200) \
	  $(BIN)/python -m pytest tests/chaos -s $(ARGS)

sbom: setup  ## The bill of materials (CycloneDX) and the licences, into build/sbom
	$(BIN)/python .ci/bill_of_materials.py build/sbom

audit: setup  ## Known vulnerabilities of what the lock pins; says so when the service is out of reach
	$(BIN)/python .ci/audit.py

wheels: .boot/uv  ## Build the wheel twice and compare the octets
	rm -rf build/wheels
	for n in 1 2; do PYTHONPATH=.boot SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) \
	  $(PYTHON) -m uv build --quiet --wheel --out-dir build/wheels/$$n || exit 1; done
	cmp build/wheels/1/*.whl build/wheels/2/*.whl && sha256sum build/wheels/1/*.whl

lock: .boot/uv  ## Resolve pyproject.toml anew into requirements.lock
	PYTHONPATH=.boot $(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements.lock

clean:  ## Remove what the other targets made
	rm -rf .boot .boot.part $(VENV) site .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis

sit: setup  ## The SIT and UIT pack against worlds of its own (ARGS="--requirement T4")
	$(BIN)/stayon sit $(ARGS)

sit-mutation: setup  ## Switch each check off and run every scenario that names it
	STAYON_WHOLE_MUTATION=1 $(BIN)/python -m pytest tests/apps/sit/test_mutation.py
