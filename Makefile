# Open Kitchen's commands. `make help` lists them.

PYTHON ?= python3
VENV := .venv
COMMON_PASSWORDS := chalicelib/accounts/common_passwords.txt
SHARE_IMAGES := static_site/assets/images/share/.drawn
LOCAL_DIR ?= .local
SITE_PORT ?= 8080
API_PORT ?= 8000
AWS_PORT ?= 4566

export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PYTHONUNBUFFERED := 1
export SITE_PORT API_PORT AWS_PORT
# Only the command line chooses a shop in the cloud, STAGE=prod; what the shell exports never does.
STAGE := local
LOCAL_SHOP := run owner books receive ship price withdraw publish searches
ifeq ($(STAGE),local)
unexport AWS_PROFILE
LOCAL_SHOP += backup restore migrate
endif

.PHONY: help run owner books receive ship price withdraw publish searches backup restore migrate deploy rollback destroy status logs rehearse keys test crash check format contract drawings bench bench-round-trips bench-enumeration bench-search bench-cost bench-cold build lighthouse screenshots setup clean
.DEFAULT_GOAL := help

help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

# --- The shop on this machine ---------------------------------------------------------------------------------------

# What the local processes are told. The keys are the emulator's: no real AWS account is ever asked.
$(LOCAL_SHOP): export STAGE := local
$(LOCAL_SHOP): export SITE_URL := http://localhost:$(SITE_PORT)
$(LOCAL_SHOP): export API_URL := http://localhost:$(API_PORT)
$(LOCAL_SHOP): export SECRETS_FILE := $(LOCAL_DIR)/secrets.json
$(LOCAL_SHOP): export AWS_ENDPOINT_URL := http://127.0.0.1:$(AWS_PORT)
$(LOCAL_SHOP): export AWS_ACCESS_KEY_ID := local
$(LOCAL_SHOP): export AWS_SECRET_ACCESS_KEY := local
$(LOCAL_SHOP): export AWS_SESSION_TOKEN :=
$(LOCAL_SHOP): export AWS_DEFAULT_REGION := eu-west-2
$(LOCAL_SHOP): export AWS_CONFIG_FILE := /dev/null
$(LOCAL_SHOP): export AWS_SHARED_CREDENTIALS_FILE := /dev/null
run: export GATEWAY_PORT := $(AWS_PORT)
run: export BIND_HOST := 127.0.0.1
run: export IOT_MTLS_ENABLED := 0
run: export SFTP_ENABLED := 0
run: export PERSIST_STATE := 1
run: export LOG_LEVEL := WARNING
run: export STATE_DIR := $(LOCAL_DIR)/aws
# BUILT=.build serves the shop as the cloud does: assets bundled and minified, the API on the pages' own origin. Changes
# need another run.
ifdef BUILT
run: export API_URL := http://localhost:$(SITE_PORT)/api
run: export ASSETS := $(BUILT)/assets
run: export BUILT_ASSETS := $(abspath $(BUILT))/assets.json
run: build
endif
run: setup ## Open the shop on http://localhost:8080 (SITE_PORT, API_PORT, AWS_PORT choose other ports)
	@mkdir -p $(LOCAL_DIR)/aws
	@exec python -m dev.run

books: setup ## Check that stock, orders and payments agree (while the shop runs)
	@python -m dev.running && python -m chalicelib.orders.books

receive: setup ## Put units that came in on the shelf: SKU=… UNITS=… (while the shop runs)
	@python -m dev.running && python -m dev.receive "$(SKU)" "$(UNITS)"

price: setup ## Give something another price: SKU=… PRICE=… in pence (while the shop runs)
	@python -m dev.running && python -m dev.price "$(SKU)" "$(PRICE)"

withdraw: setup ## Take a product off the shop: PRODUCT=stoneware-teapot (while the shop runs)
	@python -m dev.running && python -m dev.withdraw "$(PRODUCT)"

publish: setup ## Publish every page anew, and tell which products were set aside (while the shop runs)
	@python -m dev.running && python -m dev.publish

ship: setup ## Mark an order as sent: NUMBER=HL-…, as its shopper knows it (while the shop runs)
	@python -m dev.running && python -m dev.ship "$(NUMBER)"

searches: setup ## Print the searches that found nothing, the most frequent first (while the shop runs)
	@python -m dev.running && python -m dev.searches

owner: setup ## Make an account the owner's: EMAIL=… (while the shop runs)
	@python -m dev.running && python -m dev.owner "$(EMAIL)"

# What is asked of a shop in the cloud is asked with the credentials of this shell.
AT_SHOP = $(if $(filter local,$(STAGE)),python -m dev.running &&)

backup: export STAGE := $(STAGE)
backup: setup ## Keep all data in a folder: FOLDER=… (STAGE=prod that of the cloud, SECRETS=1 the secrets it rests on too)
	@$(AT_SHOP) python -m infra.backup "$(FOLDER)" $(if $(SECRETS),--secrets)

restore: export STAGE := $(STAGE)
restore: setup ## Fill a shop from a backup: FOLDER=… (STAGE=prod, SECRETS=1, FORCE=1 deletes what is there first)
	@$(AT_SHOP) python -m infra.restore "$(FOLDER)" $(if $(FORCE),--force) $(if $(SECRETS),--secrets)

migrate: export STAGE := $(STAGE)
migrate: setup ## Say which records are of an earlier schema version; APPLY=1 brings them to the current (STAGE=prod)
	@$(AT_SHOP) python -m infra.migrate $(if $(APPLY),--apply)

# --- The shop on AWS ------------------------------------------------------------------------------------------------

deploy rollback destroy status logs: export STAGE := $(STAGE)

deploy: setup ## Put a stage on AWS, or what has changed of it: STAGE=prod (DOMAIN=… CERTIFICATE=… ALARM_EMAIL=…)
	@python -m infra.deploy

rollback: setup ## Bring back the release before: STAGE=prod
	@python -m infra.rollback

destroy: setup ## Take a stage off AWS: STAGE=dev. Asks first, and keeps the data unless DATA=delete
	@python -m infra.destroy

status: setup ## Tell how a stage is: STAGE=prod
	@python -m infra.status

logs: setup ## Print a stage's last log lines: STAGE=prod (FIND=request-id SINCE=minutes)
	@python -m infra.logs

rehearse: setup ## Deploy, buy, publish, update under load, roll back and take off, all on the local AWS (1 to 3 minutes)
	@python -m dev.rehearse

keys: setup ## Rotate the key that signs access tokens; nobody is signed out
	@python -m dev.rotate_keys $(LOCAL_DIR)/secrets.json

# --- Checks ---------------------------------------------------------------------------------------------------------

test: setup ## Run every test
	pytest --ignore tests/browser --ignore tests/run --numprocesses 2 --dist loadfile
	pytest tests/run
	pytest tests/browser --numprocesses 2 --dist worksteal

crash: setup ## Crash, delay and interleave the checkout in every way, and kill its mutants (about 10 minutes)
	@python -m tests.crash

check: setup ## Lint, types, import rules, and drift of whatever is generated
	ruff format --check .
	ruff check .
	mypy
	lint-imports --no-cache
	python -m dev.contract --check
	python -m dev.diagram --check
	npm run --silent types -- --check
	python -m dev.demo.art --check
	npm run --silent check

format: setup ## Format and mend what can be mended
	ruff format .
	ruff check --fix .

contract: setup ## Write openapi.json, the pages' types and the drawing of an order's states from the code
	python -m dev.contract
	python -m dev.diagram
	npm run --silent types

drawings: setup ## Draw the demo catalogue's pictures
	python -m dev.demo.art

bench: setup ## Measure what the shop claims beside its peers, and write docs/performance.md (under 15 minutes; ONLY=cold,cost)
	@python -m bench $(ONLY)

bench-round-trips: setup ## Count the calls that a purchase makes to the database
	@python -m bench.round_trips

bench-enumeration: setup ## Measure whether time tells who has an account
	python -m bench.enumeration

bench-search: setup ## Measure how quick search is, and how often it finds what is misspelt (CATALOGUE=… a file to search)
	@python -m bench.search

bench-cost: setup ## Say what the shop costs on AWS, by what it does and a dated price table, and where its limits are (JSON=FILE)
	@python -m bench.cost $(if $(JSON),--json "$(JSON)")

bench-cold: setup ## Measure cold starts beside Chalice's own package (RUNS=7; the first takes about 4 minutes)
	@python -m bench.cold

build: setup ## Bundle and minify the assets into .build/ (make run BUILT=.build serves them)
	@node infra/assets.mjs $(or $(BUILT),.build)

lighthouse: setup ## Measure the pages as a phone sees them; fails where one misses its scores or budgets (5 minutes)
	@python -m bench.lighthouse

screenshots: setup ## Take a picture of every page in its main states into screenshots/ (2 minutes)
	@python -m dev.screenshots

# --- Set-up ---------------------------------------------------------------------------------------------------------

setup: $(VENV)/.installed node_modules/.installed $(COMMON_PASSWORDS) $(SHARE_IMAGES) ## Install the pinned dependencies (the other commands do it too)

$(VENV)/.installed: requirements.txt requirements-dev.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: PYTHON=… make")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c constraints.txt
	@touch $@

node_modules/.installed: package-lock.json
	npm ci --loglevel=error
	npm run --silent vendor
	@touch $@

# From a package, so that the list is neither pasted into the repository nor fetched by a running shop.
$(COMMON_PASSWORDS): $(VENV)/.installed dev/common_passwords.py
	$(VENV)/bin/python -m dev.common_passwords

# PNGs of the drawings, for sites that take no SVG: too heavy for the repository, and quickly drawn.
$(SHARE_IMAGES): node_modules/.installed dev/share_images.js $(shell find static_site/assets/images -name '*.svg')
	@node dev/share_images.js
	@touch $@

clean: ## Remove what was installed and built; the local shop's data stay in .local
	rm -rf $(VENV) node_modules .build static_site/assets/vendor static_site/assets/images/share static_site/assets/images/icons
