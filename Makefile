# CloudFlux. `make help` lists everything. Nothing here asks a question or needs more than Debian and PyPI packages.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# make run: the folder to watch, the address, the data folder, and anything else for `cloudflux serve`.
DIR ?= $(CURDIR)
LISTEN ?= 127.0.0.1:8000
DATA ?= .cloudflux
ARGS ?=

.PHONY: help run test build debug page lint format bench clean deps

help: ## list what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

run: build ## install what is missing, build release, watch DIR=path (default: this checkout), print the address
	@exec .build/release/cloudflux serve --listen $(LISTEN) --data $(DATA) --store "file://$$(realpath -- "$(DIR)" | tools/percent-encode)" $(ARGS)

test: ## install what is missing, build, run every test: Swift, conformance, browser; ends with one summary line
	@tools/install build page test
	@tools/test

build: page ## build the release binary (.build/release/cloudflux) and the page
	@tools/build release

debug: page ## build the debug binary (.build/debug/cloudflux) and the page
	@tools/build debug

page: ## build the page into web/dist
	@tools/install build page
	@web/build.sh

lint: ## check format, types and style of everything; changes nothing
	@tools/lint

format: ## format the Swift sources in place
	@swift format --in-place --recursive --parallel Sources Tests Package.swift $$(ls -d Benchmarks/Sources Benchmarks/Package.swift 2>/dev/null)

bench: build ## measure, and compare with what is named in docs/performance.md
	@tools/install bench
	@Benchmarks/run

deps: ## install everything that any target here needs
	@tools/install build page test bench

clean: ## remove what was built here (never the data folder)
	rm -rf .build .build-conformance web/build web/dist
