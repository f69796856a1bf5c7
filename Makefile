# why401: everything from a clone. Needs Python 3.12 or newer (or uv), git and make.
# ARGS="…" is passed on: make run ARGS="-- --listen-port 9090", make test ARGS="-k jwt -x".
# PYTHON=/path/to/python chooses the interpreter of a new .venv, VENV=.venv-3.12 another folder.
# Without make (Windows): python scripts/setup.py, then .venv\Scripts\why401 run -c mitm_config.yaml

ARGS ?=
CONFIG ?= mitm_config.yaml
PYTHON ?=
VENV = .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
SETUP := sh scripts/setup.sh --venv "$(VENV)" $(if $(PYTHON),--python "$(PYTHON)")

# Ctrl-C is how a proxy is ended: the shell outlives it, so that make reports no "Error 130".
until-interrupted = @trap : INT; $(1) || { code=$$?; [ $$code -eq 130 ] || exit $$code; }

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run demo test golden lint bench wheel

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-6s  %s\n", $$1, $$2}' Makefile

setup: ## make .venv ready to run · 准备 .venv
	@$(SETUP)

setup-dev:
	@$(SETUP) --dev

run: setup ## start the proxy and mitmweb with mitm_config.yaml · 启动代理与 mitmweb
	$(call until-interrupted,$(BIN)/why401 run -c $(CONFIG) $(ARGS))

demo: setup ## the same with a sandbox and a tour of failures, offline · 离线演示
	$(call until-interrupted,$(BIN)/why401 demo $(ARGS))

test: setup-dev ## run the whole test suite · 运行全部测试
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS)

golden: setup-dev ## rewrite tests/golden; read the diff · 重写黄金文件，提交前看差异
	$(BIN)/python -m tests.unit.report.test_annotated_golden
	$(BIN)/python -m tests.unit.report.redaction.test_redacted_golden

lint: setup-dev ## static checks and rule checks · 静态检查与规则检查
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/why401 rules check

bench: setup-dev ## measure against bare mitmproxy · 与原版 mitmproxy 对比的性能测试
	@$(BIN)/python -m bench $(ARGS)

wheel: setup-dev ## build wheel and sdist into dist/ · 打包
	$(BIN)/python -m hatchling build -d dist
