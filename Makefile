# Everything is built and tested from here. A target does its own preparation;
# there is no logic beyond that.

BIN      := bin
TOOLS    := $(CURDIR)/.bin
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS  := -s -w -X github.com/weirsec/weir/internal/run.version=$(VERSION)
PKGS     := ./... ./test/...

# Pinned tools, installed below .bin. The protobuf plugins are the versions
# that go.mod names, so that generated code and runtime agree.
GOLANGCI := $(TOOLS)/golangci-lint-2.15.0

# The race detector needs cgo and a C compiler; without one it is left out.
CC_FOUND := $(shell command -v $${CC:-gcc} 2>/dev/null)
RACE     := $(if $(CC_FOUND),-race)

BENCHTIME ?= 100ms
FUZZTIME  ?= 5s

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: generate
generate: $(TOOLS)/protoc-gen-go $(TOOLS)/protoc-gen-go-vtproto ## Make the committed generated files again (needs clang-14, protoc)
	PATH="$(TOOLS):$$PATH" protoc -I schemas/eventpb \
	  --go_out=schemas/eventpb --go_opt=paths=source_relative \
	  --go-vtproto_out=schemas/eventpb \
	  --go-vtproto_opt=paths=source_relative,features=marshal+unmarshal_unsafe+size \
	  schemas/eventpb/event.proto
	PATH="$(TOOLS):$$PATH" protoc -I schemas/statepb \
	  --go_out=schemas/statepb --go_opt=paths=source_relative \
	  --go-vtproto_out=schemas/statepb \
	  --go-vtproto_opt=paths=source_relative,features=marshal+unmarshal+size \
	  schemas/statepb/*.proto
	go generate ./bpf/... ./schemas/...

.PHONY: build
build: ## Build all programs into bin/
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/ ./cmd/...

# Go loads a plugin only into a program that was built like it: the same Go, the
# same -trimpath, -tags and -race, and the same version of every package that
# both have. -ldflags may differ.
PLUGGABLE := CGO_ENABLED=1 go build -trimpath

.PHONY: detector-plugin
detector-plugin: ## Build weir and weir-detector so that they load Go plugins (needs a C compiler)
	$(PLUGGABLE) -ldflags '$(LDFLAGS)' -o $(BIN)/ ./cmd/weir ./cmd/weir-detector

.PHONY: example-plugin
example-plugin: ## Build the example of a Go plugin into bin/plugins/
	$(PLUGGABLE) -buildmode=plugin -o $(BIN)/plugins/ssh_key_collector.so ./test/plugin/example

.PHONY: run
run: build ## Build and start Weir on this machine (needs root)
	$(BIN)/weir run

.PHONY: demo
demo: build ## Build and show a recorded attack going through all stages (no root)
	$(BIN)/weir demo

.PHONY: test
test: ## Run all tests of both modules, with the race detector where there is a C compiler
	@$(if $(RACE),,echo "no C compiler: testing without the race detector")
	$(if $(RACE),CGO_ENABLED=1) go test $(RACE) ./...
	@# One after another: these hold the whole system to times that users notice.
	@# Never from the cache, which does not know the programs they build.
	$(if $(RACE),CGO_ENABLED=1) go test $(RACE) -count=1 -p 1 ./test/...

.PHONY: lint
lint: $(GOLANGCI) ## Run go vet and golangci-lint
	go vet $(PKGS)
	$(GOLANGCI) run $(PKGS)

.PHONY: fmt
fmt: $(GOLANGCI) ## Format the Go code as lint wants it
	$(GOLANGCI) fmt

.PHONY: bench
bench: ## Run all benchmarks, each for BENCHTIME (100ms)
	go test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) $(PKGS)

.PHONY: e2e
e2e: build ## Run the end-to-end tests (needs root)
	go test -count=1 -v ./test/e2e/...

# What to boot: "all", or names such as "6.1 6.12". Each machine takes a core and
# 1 GiB of memory. UPDATE=-update writes the tables anew, SHORT=-short leaves out
# most tests.
KERNELS  ?= all
PARALLEL ?= 2
UPDATE   ?=
SHORT    ?=

.PHONY: test-kernels
test-kernels: ## Run the tests of the kernel programs on KERNELS (all) in virtual machines (needs QEMU, Debian's apt)
	WEIR_KERNELS="$(KERNELS)" go test -count=1 -timeout 90m -parallel $(PARALLEL) $(SHORT) -v -run '^Test(Kernels|KernelsLab|Page|Rootkit)$$' ./test/kernels $(UPDATE)

# How many plans of faults, or which ones: "100" or "7-9".
SEEDS ?= 100

.PHONY: fault
fault: ## Kill, pause and cut off the programs and the broker, as SEEDS (100) say (some tests need root)
	WEIR_FAULT_SEEDS="$(SEEDS)" go test -count=1 -timeout 90m -parallel $(PARALLEL) -v ./test/fault

.PHONY: fuzz
fuzz: ## Run every fuzz test, each for FUZZTIME (5s)
	@set -e; grep -rlE --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u | while read -r dir; do \
	  listed=$$(go test -list '^Fuzz' "$$dir"); \
	  for target in $$(echo "$$listed" | grep '^Fuzz'); do \
	    echo "$$dir $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) "$$dir"; \
	  done; \
	done

.PHONY: clean
clean: ## Remove what the other targets made
	rm -rf $(BIN) $(TOOLS)

$(GOLANGCI):
	GOBIN=$(TOOLS) GOWORK=off go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	mv $(TOOLS)/golangci-lint $@

$(TOOLS)/protoc-gen-go: go.mod
	GOBIN=$(TOOLS) go install google.golang.org/protobuf/cmd/protoc-gen-go
	touch $@

$(TOOLS)/protoc-gen-go-vtproto: go.mod
	GOBIN=$(TOOLS) go install github.com/planetscale/vtprotobuf/cmd/protoc-gen-go-vtproto
	touch $@
