# Thin on purpose: everything is in caty/dev.py, which needs Python 3.11+ and nothing else.
# A Python that can't be started (a version manager without that version) is passed over.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
DEV = @exec $(or $(PYTHON),python3) caty/dev.py
export PORT

.PHONY: run test manage lint bench bench-answers chaos calibrate rehearse clean

run:     ## Start everything: make run PORT=8010
	$(DEV) run

test:    ## Run the suite: make test ARGS="-k leads"
	$(DEV) test $(ARGS)

manage:  ## Run a management command: make manage ARGS="chat demo"
	$(DEV) manage $(ARGS)

lint:    ## Formatting, rules, import contracts, migrations, production checks
	$(DEV) lint

bench:   ## Measure how many chats are held and what they cost; ARGS=widget: what the widget costs a page
	$(DEV) bench $(ARGS)

bench-answers: ## Measure answers from knowledge on sets of questions: make bench-answers DATA=folder
	$(DEV) bench answers $(or $(DATA),$(error Name a folder of question sets: make bench-answers DATA=folder)) $(ARGS)

chaos:   ## Capture leads while everything fails that can; ARGS="--leads 200"
	$(DEV) chaos $(ARGS)

calibrate: ## How sure a model's answers are: make calibrate ARGS="folder-of-question-sets --yes"
	$(DEV) calibrate $(ARGS)

rehearse: ## Install and start once what production would
	$(DEV) rehearse

clean:   ## Delete .venv and all development data
	$(DEV) clean
