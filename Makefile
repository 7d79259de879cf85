# CloudFlux. `make help` lists everything. Nothing here asks a question or needs more than Debian and PyPI packages.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# make run: the folder to watch, the address, the data folder, and anything else for `cloudflux serve`.
DIR ?= $(CURDIR)
LISTEN ?= 127.0.0.1:8000
DATA ?= .cloudflux
ARGS ?=

.PHONY: help run test build debug page man lint format bench clean deps dist deb soak

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

man: build ## write the manual pages into .build/man
	@tools/man .build/release/cloudflux

lint: ## check format, types and style of everything; changes nothing
	@tools/lint

format: ## format the Swift sources in place
	@swift format --in-place --recursive --parallel Sources Tests Package.swift $$(ls -d Benchmarks/Sources Benchmarks/Package.swift 2>/dev/null)

bench: build ## measure, and compare with what is named in docs/performance.md
	@tools/install bench
	@Benchmarks/run

dist: page ## make dist/cloudflux-VERSION-linux-ARCH.tar.gz, relocatable, and try it in a bare Debian; its first build takes 15 minutes
	@tools/install dist test
	@tarball=$$(tools/dist) && echo "$$tarball" && CLOUDFLUX_TARBALL=$(CURDIR)/$$tarball conformance/package/run

deb: dist ## make the Debian package of that tarball, in dist/
	@tools/deb dist/cloudflux-$$(tools/version)-linux-$$(uname -m).tar.gz

soak: build ## run everything at once against a server for MINUTES=10, with faults, and account for every event; then bad input at large
	@tools/install test
	@CLOUDFLUX=$(CURDIR)/.build/release/cloudflux conformance/soak/long

deps: ## install everything that any target here needs
	@tools/install build page test bench dist

clean: ## remove what was built here (never the data folder)
	rm -rf .build .build-dist .build-conformance web/build web/dist dist
