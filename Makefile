# Everything the project needs is installed by this file; nothing is expected on the machine but Go, Node with npm, and make.
SHELL       := /bin/bash
GO          ?= go
ENGINE_DIR  := schema/store/engine
ENGINE      := $(ENGINE_DIR)/node_modules/.package-lock.json
CLIENTS_DIR := testdata/clients
CLIENTS     := $(CLIENTS_DIR)/node_modules/.package-lock.json
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.1
GOFUMPT     := mvdan.cc/gofumpt@v0.12.0
VERSION     := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9%-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: build ## build, fetch the engine, and serve on :8080
	./bin/pulsehouse serve

.PHONY: build
build: engine ## build bin/pulsehouse
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/pulsehouse ./cmd/pulsehouse

.PHONY: engine
engine: $(ENGINE) ## fetch the embedded ClickHouse (130 MB, once)

$(ENGINE): $(ENGINE_DIR)/package.json $(ENGINE_DIR)/package-lock.json
	npm ci --prefix $(ENGINE_DIR) --no-audit --no-fund
	@touch $@

.PHONY: clients
clients: $(CLIENTS) ## fetch the real client libraries that tests drive

$(CLIENTS): $(CLIENTS_DIR)/package.json $(CLIENTS_DIR)/package-lock.json
	npm ci --prefix $(CLIENTS_DIR) --no-audit --no-fund
	@touch $@

CONSOLE_DIR := query/console
CONSOLE     := $(CONSOLE_DIR)/node_modules/.package-lock.json

.PHONY: console
console: $(CONSOLE) ## build the web console into query/console/dist, which is committed
	npm run --silent --prefix $(CONSOLE_DIR) build

$(CONSOLE): $(CONSOLE_DIR)/package.json $(CONSOLE_DIR)/package-lock.json
	npm ci --prefix $(CONSOLE_DIR) --no-audit --no-fund
	@touch $@

.PHONY: e2e
e2e: engine clients browser ## the console's journeys in Chromium, and Pulse against the oracle in every combination
	$(GO) test -timeout 15m -count 1 -run '^TestConsole$$' -v ./cmd/pulsehouse
	PULSEHOUSE_ORACLE=all $(GO) test -timeout 15m -count 1 -run '^TestPulseOracle$$' -v ./cmd/pulsehouse

.PHONY: seeds
seeds: engine ## more random data, zones and deaths for the rollups than make test takes: some minutes
	@set -e; for n in 2 3 4 5; do $(GO) test -count 1 -timeout 20m -run 'Order|Crash|SlowSQL|VerifyAll' ./rollup -seeds $$n; done

.PHONY: screenshots
screenshots: build clients browser ## take the pictures of docs/screenshots
	testdata/console/with-demo.sh bin/pulsehouse screenshots.mjs docs/screenshots

.PHONY: console-load
console-load: build clients browser ## what the console costs: memory under 2 000 events/s for two minutes, script time of charts, first load
	testdata/console/with-demo.sh bin/pulsehouse load.mjs

.PHONY: browser
browser: ## install Chromium from Debian where there is none, for the tests that drive a browser
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -qy --no-install-recommends chromium >/dev/null; }

.PHONY: test
test: engine clients browser ## every test, against the real engine and real clients
	$(GO) test -timeout 40m ./...
	cd $(CLIENTS_DIR)/go && $(GO) vet ./...

.PHONY: sdks
sdks: engine clients browser ## Statsig's own SDKs against a running server, a thousand users each
	PULSEHOUSE_ALL_USERS=1 $(GO) test -count 1 -timeout 20m -run TestRealSDKs -v ./cmd/pulsehouse

.PHONY: race
race: engine clients browser ## the tests with the race detector
	$(GO) test -race -timeout 40m ./...

.PHONY: fuzz
fuzz: ## a minute of fuzzing for each decoder and for the spool
	@set -e; for pkg in ./ingest ./ingest/wire ./ingest/segment ./ingest/statsig ./ingest/spool ./pulse/stats ./pulse/gate; do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep ^Fuzz); do \
	    echo "== $$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime 60s -fuzzminimizetime 10x $$pkg; done; done

.PHONY: bench
bench: engine ## the micro-benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: bench-gate
bench-gate: build ## checks over HTTP, specs rebuilt, and evaluation beside the official Go SDK
	./bin/pulsehouse bench gate $(BENCH_FLAGS)
	cd bench/gate/peers && $(GO) run . ../../../pulse/gate/testdata

.PHONY: bench-peers
bench-peers: engine ## peers in a module of their own (cgo, for DuckDB): bench/results/peers.json, which pulsehouse bench --merge joins
	@mkdir -p bench/results
	cd bench/peers && CGO_ENABLED=1 $(GO) build -o ../../bin/peers . && cd ../.. && ./bin/peers -report bench/results/peers.json

.PHONY: bench-compare
bench-compare: build ## this tree against the newest baseline in bench/results
	@base=$$(ls -t bench/results/baseline*.json 2>/dev/null | head -1); [ -n "$$base" ] || { echo "no bench/results/baseline*.json: make one with  pulsehouse bench all --report bench/results/baseline.json"; exit 1; }; \
	  ./bin/pulsehouse bench all --baseline $$base --assert

bench-%: build ## bench-ingest, bench-rollup, bench-pulse, bench-gate, bench-forward, bench-all: the suites of pulsehouse bench
	./bin/pulsehouse bench $* $(BENCH_FLAGS)

.PHONY: lint
lint: ## gofumpt, vet, staticcheck
	@out=$$($(GO) run $(GOFUMPT) -l .); if [ -n "$$out" ]; then echo "gofumpt wants to change:"; echo "$$out"; exit 1; fi
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

.PHONY: demo
demo: build ## send two weeks of events with known lifts to a running server
	./bin/pulsehouse demo

.PHONY: clean
clean: ## remove what was built; data/ stays
	rm -rf bin $(CONSOLE_DIR)/node_modules $(ENGINE_DIR)/node_modules $(CLIENTS_DIR)/node_modules
