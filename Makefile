# The front door. `make help` lists what it does; the order of the study is in the Snakefile.

PROFILE   ?= laptop# the profile of experiments.yaml that `reproduce` runs, `results` keeps and `compare` checks
CORES     ?= 2# processor cores to use
DATA_ROOT ?=# a folder of third-party data (edgejson_v3, …); without it the runs on such data are left out
PYTHON    ?=# the interpreter to make .venv with, 3.11 or later; default: the first one found
EXECUTOR  ?=# where each step runs: slurm, or another executor of Snakemake's; default: on this machine
JOBS      ?= 20# steps at once on a cluster
FLAGS     ?=# further flags for Snakemake
MODEL     ?= lora-135m-recombined-mean# the model that `blind` scores and `costs` measures: a released one, or one trained under PROFILE
DECODING  ?= greedy# how it answers: greedy, schema, constrained or reranked
AGAIN     ?=# 1: score it though it has been scored
TORCH_INDEX ?=# an extra package index, for the CPU build of torch where pip would pick the GPU build

VENV := .venv
PY   := $(VENV)/bin/python
START := $(shell date +%s)
pipeline = @$(PY) -m paperlib.workflow.pipeline $(1) --cores $(CORES) --while $$PPID \
  $(if $(strip $(EXECUTOR)),--executor $(EXECUTOR) --jobs $(JOBS)) $(if $(strip $(FLAGS)),-- $(FLAGS))
# The notebooks that `results` refreshes. 02, 03, 09 and 10 show committed records, too, but train, test or export a model.
SHOWING_RECORDS := $(foreach number,01 04 05 06 11,$(wildcard notebooks/$(number)_*.ipynb))
stage = @echo "== $(1), $$(( $$(date +%s) - $(START) )) s after the start"

# Weights come from a package or from a folder, never from a hub, unless you say HF_HUB_OFFLINE=0.
export HF_HUB_OFFLINE ?= 1
export TOKENIZERS_PARALLELISM ?= false
# How long an OpenMP thread spins while it waits for the others. If it never stops, it takes the core that another
# program needs: beside one such program a step took ten times as long. If it never spins, it is slow to wake: on idle
# cores a step takes a quarter longer.
export GOMP_SPINCOUNT ?= 2000
ifneq ($(strip $(DATA_ROOT)),)
export PAPERLIB_DATA := $(abspath $(strip $(DATA_ROOT)))
endif

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help setup tex reproduce test lint unit smoke nbval paper notebooks lab results compare blind costs schemas reference arxiv clean

help: ## print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'
	@echo "Variables:"
	@grep -hE '^[A-Z_]+ *\?=# |^[A-Z_]+ *\?= [^ ]+# ' $(MAKEFILE_LIST) \
	  | sed -E 's/^([A-Z_]+) *\?= ?([^#]*)# (.*)/\1 \2|\3/' | awk -F '|' '{ printf "  %-15s %s\n", $$1, $$2 }'

setup: $(VENV)/.installed ## make .venv with the pinned versions (other targets do so when needed)

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

tex: setup ## install TeX (on Debian, as root), or say what to install
	@$(PY) -m paperlib.paper.tex_install

reproduce: setup tex ## run the whole study, from data to PDF, then compare with the committed results
	$(call stage,$(PROFILE))
	$(call pipeline,$(PROFILE))
	@$(PY) -m paperlib.workflow.reproducibility $(PROFILE)

test: lint unit smoke nbval ## run all checks: lint, unit tests, smoke pipeline, the notebooks' stored outputs

lint: setup
	$(call stage,lint)
	@$(PY) -m ruff check .
	@$(PY) -m mypy --num-workers $(CORES)
	@$(PY) -m paperlib.workflow.notebooks check notebooks/*.ipynb

unit: export GOMP_SPINCOUNT = 0
unit: setup
	$(call stage,unit tests)
	@$(PY) -m pytest tests -n $(CORES) --dist loadfile

smoke: setup ## run the whole pipeline on a small configuration, in minutes
	$(call stage,smoke)
	$(call pipeline,smoke)

nbval: smoke
	$(call stage,notebooks against their stored outputs)
	@$(PY) -m pytest -q -n $(CORES) tests/test_wrong_metric.py
	@$(PY) -m paperlib.workflow.notebooks verify --processes $(CORES) notebooks/*.ipynb

paper: setup tex ## make figures, tables, PDF and the results in the READMEs from the committed records alone
	$(call stage,paper)
	$(call pipeline,committed)
	@$(PY) -m paperlib.workflow.keep publish
	@$(PY) -m paperlib.paper.readme

notebooks: setup ## re-execute the notebooks with their stored parameters, and store clean outputs
	@$(PY) -m paperlib.workflow.notebooks refresh notebooks/*.ipynb

lab: setup ## open the notebooks in JupyterLab
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[lab]'
	@$(PY) -m jupyter lab notebooks

results: setup ## copy the fresh records of PROFILE from build/ into data/, then make what is made from them
	@$(PY) -m paperlib.workflow.keep keep $(PROFILE)
	@$(MAKE) --no-print-directory paper
	@$(PY) -m paperlib.workflow.notebooks refresh $(SHOWING_RECORDS)
	@$(PY) -m paperlib.workflow.manifest write

compare: setup ## check whether the fresh results of PROFILE reproduce the committed ones
	@$(PY) -m paperlib.workflow.reproducibility $(PROFILE)

blind: setup ## answer and score the published test split in DATA_ROOT with MODEL, once
	@$(PY) -m paperlib.evaluation.blind --model $(MODEL) --decoding $(DECODING) --profile $(PROFILE) --threads $(CORES) \
	  $(if $(strip $(AGAIN)),--again)

costs: setup ## measure what each form of MODEL costs on this machine: hours, with nothing else running
	@env -u GOMP_SPINCOUNT $(PY) -m paperlib.evaluation.engine_costs $(MODEL) --threads $(CORES) $(if $(strip $(DATA_ROOT)),--test edgejson_v3)

schemas: setup ## count which JSON Schemas are enforced, with the test suite in DATA_ROOT if it is given
	@$(PY) -m paperlib.paper.schema_page $(if $(strip $(DATA_ROOT)),--suite $(DATA_ROOT)/json_schema_test_suite)

reference: setup ## write the reference of the Python API: build/reference/index.html
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	@$(PY) -m pdoc --docformat google --no-include-undocumented -o build/reference paperlib.decoding.extraction.extractor
	@echo "build/reference/index.html"

arxiv: paper ## pack the paper's sources for arXiv: build/arxiv.tar.gz
	@$(PY) -m paperlib.paper.typeset build/committed/paper --figures build/committed/figures --arxiv build/arxiv.tar.gz

clean: ## remove all that was made here, except .venv and the cached weights
	rm -rf build .snakemake .pytest_cache .mypy_cache .ruff_cache .hypothesis paper/main.pdf
	find paperlib tests -name __pycache__ -type d -prune -exec rm -rf {} +
