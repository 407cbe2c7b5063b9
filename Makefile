# `make help` lists what can be made.

SHELL := /bin/bash
export PYTHON

.PHONY: help run setup setup-dev setup-train check test-fast test test-long test-tflite-runtime \
        bench-baselines bench-emotion bench-recognition bench-live bench-plugins soak hook-reference measure card lock clean
.DEFAULT_GOAL := help

help: ## list these targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

run: ## set up what is missing, then start the assistant; ARGS="..." are its flags
	@scripts/setup.sh run
	@exec .venv/bin/tonewise run $(ARGS)

setup: ## make .venv with what the assistant needs to run
	@scripts/setup.sh run

setup-dev: ## make .venv with what checks and tests need as well
	@scripts/setup.sh dev

setup-train: ## make .venv-train, with TensorFlow
	@scripts/setup.sh train

check: setup-dev ## format, lint, types, imports and spelling
	.venv/bin/ruff format --check
	.venv/bin/ruff check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/codespell

test-fast: setup-dev ## the tests that take well under a minute
	.venv/bin/python -m pytest -m "not long and not slow"

test: setup-dev ## the tests that take a few minutes, those included
	.venv/bin/python -m pytest -m "not long"

test-long: setup-dev ## the tests that take longer; those of training where .venv-train is
	.venv/bin/python -m pytest -m long
	@if [ -x .venv-train/bin/python ]; then \
	  scripts/setup.sh train && \
	  echo .venv-train/bin/python -m pytest -m long tests/training && \
	  .venv-train/bin/python -m pytest -m long tests/training; \
	else echo "training not tested: there is no .venv-train; make setup-train makes it"; fi

test-tflite-runtime: ## the model in the old interpreter, where there is a Python 3.11
	@scripts/setup.sh tflite-runtime; status=$$?; \
	if [ $$status -eq 3 ]; then echo "tflite-runtime not tested: it needs Python 3.11"; \
	elif [ $$status -eq 0 ]; then .venv-tflite/bin/python tests/check_model_in_tflite_runtime.py; \
	else exit $$status; fi

DATA ?= ../shared/data
BASELINES := mfcc-svm mfcc-forest mfcc-tree mfcc-mlp mfcc-cnn
bench-baselines: ## the older projects' way on known and on unheard voices; DATA=folder with index.csv
	@scripts/setup.sh train
	@for system in $(BASELINES); do for protocol in random unseen-5; do \
	  KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 .venv-train/bin/tonewise crossval \
	    --data $(DATA) --system $$system --protocol $$protocol || exit; done; done
	@.venv-train/bin/python -m assistant.training.tables models/results/*.json

bench-emotion: ## how long an answer takes, beside the older projects' way
	@scripts/setup.sh train
	@KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
	  TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 \
	  .venv-train/bin/python -m assistant.training.speed

bench-live: setup-dev ## response time, noise, interruption, memory over a virtual sound card
	@.venv/bin/python -m tests.bench_live $(DATA)

bench-plugins: setup-dev ## what a process for each plugin costs, and fifty installed ones
	@.venv/bin/python -m tests.bench_plugins

hook-reference: setup-dev ## write docs/hooks.md from the definitions of the hooks
	@.venv/bin/python -m scripts.hook_reference > docs/hooks.md

TURNS ?= 500
soak: setup-dev ## many turns over a virtual sound card, about an hour; draws docs/soak.png; TURNS=500
	@.venv/bin/python -m tests.soak --turns $(TURNS)

bench-recognition: setup-dev ## words heard live and how long they take, beside recognize_sphinx; DATA=folder with speech/
	@.venv/bin/python -W ignore::DeprecationWarning -m tests.bench_recognition $(DATA)

measure: setup-dev ## score the model in models/ on the actors it never heard; DATA=folder with index.csv
	@scripts/measure.sh $(DATA)

card: ## draw the pictures of models/README.md
	@scripts/setup.sh train
	@.venv-train/bin/python -m assistant.training.card models models/results/tonewise-unseen-6.json

lock: setup-dev ## resolve pyproject.toml into requirements/*.txt
	scripts/lock.sh

clean: ## remove everything that was made here
	rm -rf .venv .venv-train .venv-tflite build dist *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .cache .hypothesis
	find assistant plugins examples tests -name __pycache__ -type d -prune -exec rm -rf {} +
