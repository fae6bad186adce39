# make run    start the example in its own environment; prints the address
# make test   every test, in an environment for htag 2 and one for htag 1
# make docs   the pages of docs/ as a site in build/docs
# make pictures   the pictures of docs/images again
# make fuzz   TARGET=head,form SECONDS=60: look for inputs that break a promise; HTAG=1.0.0
# make test-races   a part of them, with threads that change places all the time
# make soak   ten minutes of mixed traffic; SECONDS=20 for less
# make hostile   what hostile clients cost, as a table
# make conformance   every case of the protocols, and its table in docs/; ARGS=--rfc for less
# make autobahn   Autobahn's cases for websockets; ARGS=--short for less
# make bench   what it can do beside other servers, as a table; ARGS=--quick for two minutes
# make bench-all   that and bench-gui, bench-start and bench-growth, every table there is
# make capacity   what a session costs, for its page in docs/
# make lint types bench-gui profile-gui bench-start bench-growth bench-workers clean
#
# Environments are made again when setup.py, pyproject.toml or the interpreter changes.

PYTHON ?= python3
BIN := $(if $(filter Windows_NT,$(OS)),Scripts,bin)

RUN := .env-run
HTAG2 := .env-htag2
HTAG1 := .env-htag1
LINT := .env-lint
DOCS := .env-docs
PICTURES := .env-pictures
FUZZ := .env-fuzz
PEERS1 := .env-peers-htag1
PEERS2 := .env-peers-htag2
UVICORN := .env-peers-uvicorn
BOTTLE := .env-peers-bottle
PEERS3 := .env-peers-nicegui

BROWSER = CHROMIUM="$$($(HTAG2)/$(BIN)/python tests/tools/chromium.py --install)" && export CHROMIUM
BOTH := $(HTAG2)/$(BIN)/python tests/tools/both_suites.py $(HTAG2)/$(BIN)/python $(HTAG1)/$(BIN)/python
RACES := $(addprefix tests/,transports sockets handlers guis engines isolation middleware jobs stores topics monitor)
SOURCES := setup.py pyproject.toml .ci/environment
STAMP := stamp-$(shell $(PYTHON) -c "import sys; print('%d.%d' % sys.version_info[:2])")

.PHONY: run test test-python test-js test-browser test-races soak hostile conformance autobahn lint types docs pictures fuzz bench bench-all capacity bench-development bench-gui profile-gui bench-sockets bench-start bench-growth bench-workers clean
.NOTPARALLEL:

run: $(RUN)/$(STAMP)
	@exec $(RUN)/$(BIN)/python example/main.py $(ARGS)

test: test-python test-js test-browser

# side by side: half of the time of a suite is waiting
test-python: $(HTAG2)/$(STAMP) $(HTAG1)/$(STAMP)
	$(BOTH) -m "not browser" $(ARGS)

# without a node of its own, a machine has the one that came with playwright
test-js: $(HTAG2)/$(STAMP)
	NODE="$$($(HTAG2)/$(BIN)/python tests/tools/find_node.py)" && "$$NODE" --test tests/js/*.test.mjs

test-browser: $(HTAG2)/$(STAMP) $(HTAG1)/$(STAMP)
	$(BROWSER) && $(BOTH) -m browser $(ARGS)

# warnings of the interpreter on, and threads interrupted wherever they can be
test-races: $(HTAG2)/$(STAMP)
	PYTHONDEVMODE=1 QUICK_HTAG_SWITCH_INTERVAL=1e-6 $(HTAG2)/$(BIN)/python -m pytest \
		-m "not browser" $(RACES) $(ARGS)

soak: $(HTAG2)/$(STAMP)
	$(HTAG2)/$(BIN)/python tests/soak/mixed.py $(SECONDS)

hostile: $(HTAG2)/$(STAMP)
	$(HTAG2)/$(BIN)/python tests/soak/hostile_report.py

conformance: $(HTAG2)/$(STAMP)
	$(HTAG2)/$(BIN)/python tests/conformance/report.py $(ARGS)

autobahn: $(HTAG2)/$(STAMP)
	$(HTAG2)/$(BIN)/python tests/conformance/autobahn.py $(ARGS)

lint: $(LINT)/$(STAMP)
	$(LINT)/$(BIN)/python -m ruff check .
	$(LINT)/$(BIN)/python -m ruff format --check .

# as each system would see it: the branches for the others are not looked at
types: $(LINT)/$(STAMP)
	$(LINT)/$(BIN)/python -m mypy
	$(LINT)/$(BIN)/python -m mypy --platform win32 --cache-dir .mypy_cache/win32
	$(LINT)/$(BIN)/python -m mypy --platform darwin --cache-dir .mypy_cache/darwin

# a warning is an error
docs: $(DOCS)/$(STAMP)
	$(DOCS)/$(BIN)/python -m sphinx -W --keep-going -n -q -E -b html docs build/docs

fuzz: $(FUZZ)/$(STAMP)
	$(if $(HTAG),$(FUZZ)/$(BIN)/python -m pip install -q htag==$(HTAG))
	$(FUZZ)/$(BIN)/python tests/fuzz/run.py $(or $(TARGET),all) $(or $(SECONDS),60)

pictures: $(HTAG2)/$(STAMP) $(PICTURES)/$(STAMP)
	$(BROWSER) && $(PICTURES)/$(BIN)/python tests/tools/make_pictures.py $(ARGS)

# each family of peers has an environment of its own, so that none decides on what another gets
bench: $(HTAG2)/$(STAMP) $(UVICORN)/$(STAMP) $(BOTTLE)/$(STAMP)
	@command -v wrk >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get install -y -qq wrk; }
	$(HTAG2)/$(BIN)/python tests/bench/http_bench.py $(ARGS) uvicorn=$(UVICORN)/$(BIN)/python \
		$(foreach peer,waitress cheroot gunicorn,$(peer)=$(BOTTLE)/$(BIN)/python)
	$(HTAG2)/$(BIN)/python tests/bench/jobs_bench.py $(ARGS)
	$(HTAG2)/$(BIN)/python tests/bench/cipher_bench.py

bench-all: bench bench-gui bench-start bench-growth

# how long a developer waits, with each generation of htag
bench-development: $(HTAG2)/$(STAMP) $(HTAG1)/$(STAMP)
	$(BROWSER) && $(HTAG2)/$(BIN)/python tests/bench/development_bench.py $(ARGS)
	$(BROWSER) && $(HTAG1)/$(BIN)/python tests/bench/development_bench.py $(ARGS)

# what sessions, clicks and jobs cost, for the page about capacity
capacity: $(HTAG2)/$(STAMP)
	$(HTAG2)/$(BIN)/python tests/bench/capacity_bench.py docs/capacity.json
	$(HTAG2)/$(BIN)/python docs/capacity.py

bench-sockets: $(HTAG2)/$(STAMP)
	$(HTAG2)/$(BIN)/python tests/bench/socket_bench.py $(ARGS)

# other servers of GUI apps in environments of their own; ARGS=--quick takes two minutes
bench-gui: $(HTAG2)/$(STAMP) $(HTAG1)/$(STAMP) $(PEERS1)/$(STAMP) $(PEERS2)/$(STAMP) $(PEERS3)/$(STAMP)
	$(HTAG2)/$(BIN)/python tests/bench/gui_bench.py 1:quick_htag=$(HTAG1)/$(BIN)/python \
		"1:quick_htag loop=$(HTAG1)/$(BIN)/python" \
		1:Runner=$(PEERS1)/$(BIN)/python 1:htagweb=$(PEERS1)/$(BIN)/python \
		2:quick_htag=$(HTAG2)/$(BIN)/python "2:quick_htag loop=$(HTAG2)/$(BIN)/python" \
		2:WebApp=$(PEERS2)/$(BIN)/python 0:NiceGUI=$(PEERS3)/$(BIN)/python $(ARGS)

# which part of a click is htag's, and which is whose
profile-gui: $(HTAG2)/$(STAMP) $(HTAG1)/$(STAMP)
	$(HTAG2)/$(BIN)/python tests/bench/gui_profile.py 1=$(HTAG1)/$(BIN)/python \
		2=$(HTAG2)/$(BIN)/python $(ARGS)

# how soon a server is there; none of these environments has the package as an editable one, which
# costs every start of an interpreter
bench-start: $(PEERS1)/$(STAMP) $(PEERS2)/$(STAMP) $(PEERS3)/$(STAMP)
	$(PYTHON) tests/bench/start_bench.py http.server=$(PEERS1)/$(BIN)/python \
		quick_htag=$(PEERS1)/$(BIN)/python "quick_htag page=$(PEERS1)/$(BIN)/python" \
		Runner=$(PEERS1)/$(BIN)/python $(ARGS)
	$(PYTHON) tests/bench/start_bench.py "quick_htag page=$(PEERS2)/$(BIN)/python" \
		WebApp=$(PEERS2)/$(BIN)/python NiceGUI=$(PEERS3)/$(BIN)/python $(ARGS)

# two workers beside one; needs wrk
bench-workers: $(HTAG2)/$(STAMP)
	@command -v wrk >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get install -y -qq wrk; }
	$(HTAG2)/$(BIN)/python tests/bench/workers_bench.py $(ARGS)

# how cost grows with routes, sessions, tokens, header fields, jobs and apps
bench-growth: $(HTAG2)/$(STAMP)
	$(HTAG2)/$(BIN)/python tests/bench/growth_bench.py $(ARGS)

clean:
	rm -rf .env-* build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

$(RUN)/$(STAMP): $(SOURCES)
	@sh .ci/environment "$(PYTHON)" $@ -e .

$(HTAG2)/$(STAMP): $(SOURCES)
	@sh .ci/environment "$(PYTHON)" $@ -e ".[test]" htag==2.0.28

$(FUZZ)/$(STAMP): $(SOURCES)
	@sh .ci/environment "$(PYTHON)" $@ -e ".[test,fuzz]" htag==2.0.28

$(PEERS1)/$(STAMP): $(SOURCES)
	@sh .ci/environment "$(PYTHON)" $@ htagweb==1.0.0

$(PEERS2)/$(STAMP): $(SOURCES)
	@sh .ci/environment "$(PYTHON)" $@ htag==2.0.28 "starlette<1"

$(UVICORN)/$(STAMP): $(SOURCES)
	@sh .ci/environment "$(PYTHON)" $@ "uvicorn[standard]" starlette

$(BOTTLE)/$(STAMP): $(SOURCES)
	@sh .ci/environment "$(PYTHON)" $@ bottle waitress cheroot gunicorn

$(PEERS3)/$(STAMP): $(SOURCES)
	@sh .ci/environment "$(PYTHON)" $@ nicegui

$(HTAG1)/$(STAMP): $(SOURCES)
	@sh .ci/environment "$(PYTHON)" $@ -e ".[test]" htag==1.0.0

$(PICTURES)/$(STAMP): $(SOURCES)
	@sh .ci/environment "$(PYTHON)" $@ -e ".[test,pictures]" htag==2.0.28

$(DOCS)/$(STAMP): $(SOURCES)
	@sh .ci/environment "$(PYTHON)" $@ -e ".[docs]" htag==2.0.28

$(LINT)/$(STAMP): $(SOURCES)
	@sh .ci/environment "$(PYTHON)" $@ -e ".[lint]"
