# Two commands matter: `make run` and `make test`. Everything else: `make help`.
SETUP := ./scripts/setup

.PHONY: help run test check format bench stores hub vllm test-llm lock clean
.DEFAULT_GOAL := help

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: ## Install what is needed and start Footnote on 127.0.0.1:8501 (Ctrl-C stops it)
	@exec $(SETUP) run .venv/bin/footnote up

test: ## Everything that CI runs: style, types, boundaries, all tests with a real browser
	@exec $(SETUP) dev scripts/test

check: ## The fast part of `make test` (under two minutes)
	@exec $(SETUP) dev scripts/check

format: ## Format the code
	@exec $(SETUP) dev scripts/format

bench: ## Measure recall, answers, speed and memory
	@exec $(SETUP) dev .venv/bin/python -m eval.bench

stores: ## Install Milvus' client, Milvus Lite and FAISS too, for vector indexes outside of Postgres
	@exec $(SETUP) stores

hub: ## Install PyTorch too, for embedding models by hub id and for GPUs
	@exec $(SETUP) hub

vllm: ## Serve a language model with vLLM on 127.0.0.1:8000: make vllm ARGS="--model MODEL" (docs/models.md)
	@exec $(SETUP) vllm $(ARGS)

test-llm: ## Tests against a real vLLM with a small model (about 4 GB and some minutes)
	@exec $(SETUP) dev .venv/bin/python -m pytest -q -m llm tests/llm

lock: ## Write the lock files anew from pyproject.toml
	@exec $(SETUP) dev scripts/lock

clean: ## Remove the virtual environment and caches (documents are kept)
	rm -rf .venv .venv-vllm .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache footnote.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
