# What one does every day. Needs Python 3.11 or later, and Node 20 or later for the pages; the rest is put into .venv.

PYTHON ?= python3
BIN = .venv/bin
STAMP = .venv/.installed

PAGES = hubshare/service/pages/assets
ASSETS = $(PAGES)/built/manifest.json

.PHONY: run test lint format bench demo screenshots assets constraints clean

run: $(STAMP) $(ASSETS) ## start a JupyterHub with HubShare on this machine
	@exec $(BIN)/python -m demo.run

test: $(STAMP) $(ASSETS) ## run all tests on two processors; choose some with ARGS="tests/unit -k merge"
	@$(BIN)/pytest -n 2 $(ARGS)

lint: $(STAMP) ## style, types, and who may import whom
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(STAMP) ## put the code into shape
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench: $(STAMP) $(ASSETS) ## measure, and print the table
	@$(BIN)/python -m tests.bench.run $(ARGS)

demo: $(STAMP) $(ASSETS) ## play the story of two people and a course on a small stack of its own
	@$(BIN)/python -m demo.demo $(ARGS)

screenshots: $(STAMP) $(ASSETS) ## take the README's pictures of the pages anew, with Chromium
	@$(BIN)/python -m tests.browser.screenshots

assets: $(ASSETS) ## what browsers load with the pages; needs Node 20 or later

$(ASSETS): $(PAGES)/package-lock.json $(PAGES)/build.mjs hubshare/rendering/rendered.css $(wildcard $(PAGES)/source/*)
	@if command -v npm >/dev/null; then \
		echo "Building what the pages load"; \
		cd $(PAGES) && npm ci --ignore-scripts --silent && node build.mjs && touch built/manifest.json; \
	else \
		echo "No pages: they are built with Node 20 or later. Install it and run make again; the rest works without."; \
	fi

.venv: $(STAMP) $(ASSETS)

# The stamp comes last, so an install that was cut short is repeated.
$(STAMP): pyproject.toml constraints.txt
	@echo "Making .venv with $$($(PYTHON) --version)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv
	@echo "Installing HubShare, JupyterHub, JupyterLab, the proxy and Redis (about 500 MB)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[dev]'
	@touch $@
	@echo "Installed"

# uv and hatchling are what the install itself uses.
constraints: $(STAMP) ## renew constraints.txt: the newest versions that pyproject.toml allows
	@printf 'uv\nhatchling\n' | $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--extra dev --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
		-o constraints.txt pyproject.toml -
	@grep -c == constraints.txt | sed 's/$$/ versions in constraints.txt/'

clean: ## remove what was built; keeps data/
	rm -rf .venv $(PAGES)/node_modules $(PAGES)/built artifacts .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist
