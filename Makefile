# Everything onrecord needs lives in .venv, built from the lock; `make help` lists what can be made.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install run test faults cluster-test check eval train-reader bench lock clean

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## build .venv from the lock and the models, once

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "onrecord needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m rag.vectors.minilm_onnx
	$(BIN)/python -m rag.answering.reading.minilm_reader
	@touch $@

run: install ## index seeds/ (or the folder indexed before) and open the chat
	$(BIN)/onrecord index
	$(BIN)/onrecord chat

test: install ## run the tests, a file to each processor, then those in the browser one by one
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not browser"
	$(BIN)/python -m pytest -m browser

faults: install ## try what must be survived, kills, damage, hostile words and models, a line for each fault and its bar
	$(BIN)/python -m tests.faults

cluster-test: install ## three replicas behind nginx over PostgreSQL: one killed under load, all restarted in turn
	nice $(BIN)/python -m tests.cluster

check: install ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

eval: install ## ask the cases over seeds/, plain RAG beside us, and hold the answers against the floors
	$(BIN)/onrecord index --data artifacts/eval seeds
	$(BIN)/onrecord eval --data artifacts/eval --baseline --json artifacts/eval.json --html artifacts/eval.html
	$(BIN)/python -m evals.attribution

train-reader: install ## train the reader (hours), SET=folder reader-train, OPEN=reader-open, QUIZ=RealTime QA; torch goes into artifacts/
	$(BIN)/python -m evals.reader_groups --set $(SET) --open $(OPEN) --out artifacts/reader
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --target artifacts/reader/torch torch==2.13.0+cpu
	PYTHONPATH=artifacts/reader/torch $(BIN)/python -m evals.train_reader --groups artifacts/reader/train.jsonl \
		--held artifacts/reader/held.jsonl --passes 2 --threads 1 --out artifacts/reader/reader.safetensors
	$(BIN)/python -m evals.reader_eval held --set $(SET) --out artifacts/reader --quiz $(QUIZ) \
		--curve artifacts/reader/risk-coverage.svg
	$(BIN)/python -m evals.train_selection --set $(SET) --out artifacts/reader --write
	$(BIN)/python -m evals.reader_eval speed

bench: install ## measure speed and memory on this machine
	$(BIN)/python -m evals.bench

lock: install ## resolve the newest versions that fit pyproject.toml into the lock
	$(BIN)/uv pip compile pyproject.toml --group dev --generate-hashes --no-emit-index-url --no-header --no-annotate --universal --python-version 3.11 --upgrade -o requirements.lock

clean: ## remove the environment, caches and artifacts; the library in .onrecord stays
	rm -rf .venv build dist artifacts .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
