# `make` without a target lists the targets. tools/venv.sh chooses the Python and the build of MXNet;
# PYTHON=/path/to/python3.11 and EXTRA=cpu or EXTRA=cu112 override its choice.
DEMO_ARGS = train --preset mnist --epochs 65 --steps 4500

.DEFAULT_GOAL := help
.PHONY: help site pages demo test lint notebooks architecture benchmark venv constraints clean

# Packages on PYTHONPATH would be imported before those of .venv.
unexport PYTHONPATH PYTHONHOME

# A kernel runs in its notebook's folder, so a relative GLUON_GAN_DATA is made absolute here. Neither make's abspath nor
# the shell's cd would do: abspath splits at spaces, and cd needs a folder that exists.
ifneq ($(strip $(value GLUON_GAN_DATA)),)
ifeq ($(filter /% ~%,$(firstword $(value GLUON_GAN_DATA))),)
override GLUON_GAN_DATA := $(CURDIR)/$(value GLUON_GAN_DATA)
endif
export GLUON_GAN_DATA
endif

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: venv ## train a DCGAN on handwritten digits and save its samples
	.venv/bin/python -m gluon_gan $(DEMO_ARGS)

test: venv lint ## run the linter, the tests and every notebook
	.venv/bin/python -m pytest --nbval tests notebooks

lint: venv ## run ruff, the linter
	.venv/bin/ruff check

notebooks: venv ## execute the lessons and their solutions in place
	PYTEST_CURRENT_TEST=1 .venv/bin/python -m nbconvert --to notebook --execute --inplace \
	    --ExecutePreprocessor.record_timing=False notebooks/*.ipynb notebooks/solutions/*.ipynb

site: venv ## build the course and the documentation as a website, in site/
	.venv/bin/python tools/build_site.py

pages: venv ## write only the pages that run the shipped generators in the browser, into site/explore/
	for name in mnist synthetic-faces quilts; do \
	    .venv/bin/python -m gluon_gan explore $$name --to site/explore/$$name || exit; done

architecture: venv ## make docs/architecture.svg from the imports
	.venv/bin/python tools/architecture.py

benchmark: venv ## time a training step against PyTorch's, in a separate environment
	test -x .venv-torch/bin/python || .venv/bin/python -m venv .venv-torch
	.venv-torch/bin/python -m pip install --quiet -r benchmarks/requirements-torch.txt
	.venv/bin/python benchmarks/step.py --json benchmarks/results/step.json

venv: ## create or update .venv
	@sh tools/venv.sh

constraints: ## resolve the pinned versions for each Python
	@sh tools/constraints.sh

clean: ## remove .venv, .venv-torch, site/ and caches; keep runs/ and datasets/
	rm -rf .venv .venv-torch .venv.log .venv.old.* site site.*.part build *.egg-info .pytest_cache .ruff_cache
	rm -rf .ipynb_checkpoints notebooks/.ipynb_checkpoints
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
