# Each folder with a go.mod is a module of its own and has to be entered for its
# tests; go.work joins them.
MODULES := . $(patsubst %/go.mod,%,$(wildcard */go.mod */*/go.mod))

FUZZTIME ?= 20s
BENCHFLAGS ?=
VERSIONS ?= 14 15 16 17 18
ARGS ?=

# The race detector needs a C compiler, which .ci/install may install first.
RACE = $(shell command -v $(firstword $(shell go env CC)) >/dev/null && echo -race)

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 8

.PHONY: test
test: needs ## run all tests, with databases, after installing what they need
	@.ci/test $(MODULES)

.PHONY: needs
needs:
	@.ci/install

.PHONY: unit
unit: ## run the library's own tests, with the databases installed here
	go test ./...

.PHONY: test-postgres
test-postgres: needs ## run all tests that start PostgreSQL on each of VERSIONS, 14 to 18
	@VERSIONS="$(VERSIONS)" .ci/test-postgres $(RACE)

.PHONY: test-faults
test-faults: needs ## inject thousands of faults and check every response
	cd internal/faulttest && MORESQL_FAULTS=all go test -v -count=1 -timeout 2h -skip '^TestRightRowReachesEachRequest$$' . && \
		MORESQL_FAULTS=all go test -v $(RACE) -count=1 -timeout 2h -run '^TestRightRowReachesEachRequest$$' .

.PHONY: lint
lint: ## check the house rules, format, vet for each platform, staticcheck, licences, known vulnerabilities
	@.ci/lint $(MODULES)

.PHONY: cross
cross: ## build the command for each other platform of a release
	@.ci/cross build

.PHONY: publish-check
publish-check: ## fetch and use each module as a release would publish it, check go.mod files
	@.ci/publish

.PHONY: tidy
tidy: ## go mod tidy in each module
	@.ci/publish tidy

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME
	@FUZZTIME=$(FUZZTIME) .ci/fuzz $(MODULES)

.PHONY: bench
bench: ## run the benchmarks, with BENCHFLAGS
	cd bench && go test -bench . -run '^$$' $(BENCHFLAGS) ./...

.PHONY: cover
cover: ## show how much of the library its own tests run: cover.out has it by function
	@go test -coverpkg=$$(go list ./... | grep -vE 'test(server)?$$' | paste -sd,) -coverprofile=cover.out ./... >tests.out || { cat tests.out; exit 1; }
	@go tool cover -func=cover.out | tail -n 1

.PHONY: run
run: ## run the command, with ARGS
	go run ./cmd/moresql $(ARGS)
