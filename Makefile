# `make` alone lists the targets. PYTHON=/path/to/python3.11 and EXTRA=cpu or cu112 override what tools/venv.sh chooses.
DEMO_ARGS = train --preset mnist --epochs 65 --steps 4500

.DEFAULT_GOAL := help
.PHONY: help demo test notebooks benchmark venv constraints clean

# Packages of another project on PYTHONPATH would be imported before those of .venv.
unexport PYTHONPATH PYTHONHOME

# A notebook's kernel runs in the notebook's folder, where a relative path would lead elsewhere. Make's own abspath and the
# shell's cd are no help: the one splits at spaces, the other wants the folder to exist.
ifneq ($(strip $(value GLUON_GAN_DATA)),)
ifeq ($(filter /% ~%,$(firstword $(value GLUON_GAN_DATA))),)
override GLUON_GAN_DATA := $(CURDIR)/$(value GLUON_GAN_DATA)
endif
export GLUON_GAN_DATA
endif

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: venv ## train a DCGAN on handwritten digits and draw what it learned
	.venv/bin/python -m gluon_gan $(DEMO_ARGS)

test: venv ## run the tests and every notebook
	.venv/bin/python -m pytest --nbval tests notebooks

notebooks: venv ## execute the notebooks again, in place
	PYTEST_CURRENT_TEST=1 .venv/bin/python -m nbconvert --to notebook --execute --inplace \
	    --ExecutePreprocessor.record_timing=False notebooks/*.ipynb

benchmark: venv ## time a training step beside PyTorch's, in an environment of its own
	test -x .venv-torch/bin/python || .venv/bin/python -m venv .venv-torch
	.venv-torch/bin/python -m pip install --quiet -r benchmarks/requirements-torch.txt
	.venv/bin/python benchmarks/step.py --json benchmarks/results/step.json

venv: ## make .venv, or bring it up to date
	@sh tools/venv.sh

constraints: ## resolve the pinned versions anew, on each Python
	@sh tools/constraints.sh

clean: ## remove .venv, .venv-torch and caches; runs/ and datasets/ stay
	rm -rf .venv .venv-torch .venv.log .venv.old.* build *.egg-info .pytest_cache .ipynb_checkpoints notebooks/.ipynb_checkpoints
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
