# The front door. `make help` lists what it does; the order of the study is in the Snakefile.

PROFILE   ?= laptop# which profile of experiments.yaml `reproduce` runs, `results` keeps and `compare` compares
CORES     ?= 2# processor cores
DATA_ROOT ?=# folder of third-party data (edgejson_v3, …); without it their runs are left out
PYTHON    ?=# the interpreter .venv is made with, 3.11 or later; by default the first one found
TORCH_INDEX ?=# an extra package index, for the CPU build of torch where the default one is the GPU build

VENV := .venv
PY   := $(VENV)/bin/python
START := $(shell date +%s)
stage = @echo "== $(1), $$(( $$(date +%s) - $(START) )) s after the start"

# Weights come from a package or from a folder, never from a hub, unless you say HF_HUB_OFFLINE=0.
export HF_HUB_OFFLINE ?= 1
export TOKENIZERS_PARALLELISM ?= false
# How long a thread that waits for the others spins. For ever takes the core that another program needs: with one
# neighbour a step took ten times longer. Not at all makes it slow to wake: on idle cores a step takes a quarter longer.
export GOMP_SPINCOUNT ?= 2000
ifneq ($(strip $(DATA_ROOT)),)
export PAPERLIB_DATA := $(abspath $(strip $(DATA_ROOT)))
endif

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help setup tex reproduce test lint unit smoke nbval paper notebooks lab results compare arxiv clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'
	@echo "Variables:"
	@grep -hE '^[A-Z_]+ *\?=# |^[A-Z_]+ *\?= [^ ]+# ' $(MAKEFILE_LIST) \
	  | sed -E 's/^([A-Z_]+) *\?= ?([^#]*)# (.*)/\1 \2|\3/' | awk -F '|' '{ printf "  %-15s %s\n", $$1, $$2 }'

setup: $(VENV)/.installed ## make .venv with the pinned versions (done by the others when needed)

$(VENV)/.installed: pyproject.toml constraints.txt
	@python="$(strip $(PYTHON))"; \
	for name in python3.11 python3.12 python3.13 python3; do \
	  [ -n "$$python" ] || ! command -v $$name >/dev/null || python=$$name; \
	done; \
	"$${python:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or later is needed (found: $$("$${python:-python3}" --version 2>&1 | head -1));" \
	    "install it, or name one: make PYTHON=/path/to/python3.11" >&2; exit 2; }; \
	"$$python" -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$$python has no venv module; on Debian or Ubuntu: apt-get install python3-venv" >&2; exit 2; }; \
	echo "Setting up $(VENV) with $$("$$python" --version): a few minutes and about 2 GB"; \
	"$$python" -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check \
	  $(if $(strip $(TORCH_INDEX)),--extra-index-url $(strip $(TORCH_INDEX))) -c constraints.txt -e '.[test]'
	@touch $@

tex: setup ## install TeX where that can be done (Debian, as root), else say what to install
	@$(PY) -m paperlib.paper.tex_install

reproduce: setup tex ## everything anew: data, training, evaluation, figures, PDF; then fresh against committed
	$(call stage,$(PROFILE))
	@$(PY) -m paperlib.workflow.pipeline $(PROFILE) --cores $(CORES) --while $$PPID
	@$(PY) -m paperlib.workflow.reproducibility $(PROFILE)

test: lint unit smoke nbval ## all checks: lint, unit tests, the smoke pipeline, the notebooks' stored outputs

lint: setup
	$(call stage,lint)
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) -m paperlib.workflow.notebooks check notebooks/*.ipynb

unit: export GOMP_SPINCOUNT = 0
unit: setup
	$(call stage,unit tests)
	@$(PY) -m pytest tests -n $(CORES) --dist loadfile

smoke: setup ## the same path as reproduce, the configuration shrunk: minutes
	$(call stage,smoke)
	@$(PY) -m paperlib.workflow.pipeline smoke --cores $(CORES) --while $$PPID

nbval: setup
	$(call stage,notebooks against their stored outputs)
	@$(PY) -m pytest -q tests/test_wrong_metric.py
	@$(PY) -m paperlib.workflow.notebooks verify notebooks/*.ipynb

paper: setup tex ## figures, tables, PDF and the README's results from the committed results alone
	$(call stage,paper)
	@$(PY) -m paperlib.workflow.pipeline committed --cores $(CORES) --while $$PPID
	@$(PY) -m paperlib.workflow.keep publish
	@$(PY) -m paperlib.paper.readme

notebooks: setup ## re-execute the notebooks with their committed defaults and store clean outputs
	@$(PY) -m paperlib.workflow.notebooks refresh notebooks/*.ipynb

lab: setup ## open the notebooks in JupyterLab
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[lab]'
	@$(PY) -m jupyter lab notebooks

results: setup ## copy the fresh runs of PROFILE from build/ into data/results
	@$(PY) -m paperlib.workflow.keep keep $(PROFILE)

compare: setup ## fresh results of PROFILE against the committed ones
	@$(PY) -m paperlib.workflow.reproducibility $(PROFILE)

arxiv: paper ## the upload tarball, build/arxiv.tar.gz
	@$(PY) -m paperlib.paper.typeset build/committed/paper --figures build/committed/figures --arxiv build/arxiv.tar.gz

clean: ## remove everything made here but .venv and the cached weights
	rm -rf build .snakemake .pytest_cache .mypy_cache .ruff_cache .hypothesis paper/main.pdf
	find paperlib tests -name __pycache__ -type d -prune -exec rm -rf {} +
