package weir_test

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// archRules is who may import whom inside the module. Only mains wire, so only
// cmd and the test module see services; a package without a rule fails.
func archRules() []rule {
	stages := []string{"schemas/...", "internal/stage", "internal/bus"}
	testParts := []string{"schemas/...", "internal/conformance", "internal/bus", "internal/bus/bustest", "internal/stage", "internal/stage/stagetest"}
	wiring := []string{"schemas/...", "internal/stage", "internal/bus", "internal/run"}
	program := func(dir string, more ...string) rule {
		all := slices.Concat(wiring, more)
		return rule{dir: dir, imports: all, tests: slices.Concat(all, testParts)}
	}
	return []rule{
		{dir: "."},
		{dir: "bpf", imports: []string{"schemas/..."}, modules: []string{"github.com/cilium/ebpf", "golang.org/x/sys"}},
		{dir: "schemas", tests: []string{"signatures/sdk", "internal/conformance"}, modules: []string{
			"google.golang.org/protobuf", "github.com/planetscale/vtprotobuf",
		}},
		{dir: "schemas/interest", modules: []string{}},
		{dir: "signatures/sdk", imports: []string{"schemas/..."}, modules: []string{}},
		{dir: "signatures/sdk/datasource", modules: []string{}},
		{dir: "signatures/sdk/tracee", imports: []string{"schemas/...", "signatures/sdk", "signatures/sdk/datasource"}, tests: []string{"internal/conformance"}, modules: []string{
			"github.com/aquasecurity/tracee/types",
		}},
		{dir: "signatures/sdk/sdktest", imports: []string{"schemas/...", "signatures/sdk"}, modules: []string{
			"go.yaml.in/yaml/v4",
		}},
		{
			dir: "signatures", imports: []string{"schemas/...", "signatures/sdk"}, modules: []string{},
			tests: []string{"signatures/sdk/sdktest", "services/detector/...", "internal/conformance"},
		},
		{
			dir: "services/collector", imports: slices.Concat(stages, []string{"bpf", "services/collector/runtimes/..."}),
			tests: slices.Concat(testParts, []string{"internal/bus/embed"}),
		},
		{dir: "services/collector/runtimes/facts", modules: []string{}},
		{dir: "services/collector/runtimes/docker", imports: []string{"services/collector/runtimes/facts"}, modules: []string{
			"github.com/moby/moby", "github.com/containerd/errdefs",
		}},
		{dir: "services/collector/runtimes/cri", imports: []string{"services/collector/runtimes/facts"}, modules: []string{
			"k8s.io/cri-api", "google.golang.org/grpc",
		}},
		{dir: "services/enricher", imports: slices.Concat(stages, []string{"internal/datasource/...", "signatures/sdk", "signatures/sdk/datasource"}), tests: testParts},
		{dir: "services/detector", imports: slices.Concat(stages, []string{"signatures/...", "internal/datasource/..."}), tests: testParts},
		{dir: "services/notifier", imports: stages, tests: testParts},
		{dir: "internal/datasource", imports: []string{"schemas/...", "signatures/sdk", "signatures/sdk/datasource", "internal/datasource/..."}, tests: testParts},
		{dir: "internal/conformance", modules: []string{}},
		{dir: "internal/bus", imports: []string{"schemas/interest", "schemas/lookup"}, tests: []string{"internal/bus/bustest", "internal/bus/embed"}},
		{dir: "internal/bus/rights", imports: []string{"internal/bus"}, tests: testParts, modules: []string{"github.com/nats-io/nkeys"}},
		{dir: "internal/bus/embed", imports: []string{"internal/bus"}, tests: testParts},
		{dir: "internal/bus/bustest", imports: []string{"internal/bus", "internal/bus/embed"}},
		{dir: "internal/stage", imports: []string{"internal/bus", "schemas/ledger"}, tests: slices.Concat(testParts, []string{"internal/bus/embed"})},
		{dir: "internal/stage/stagetest", imports: []string{
			"internal/stage", "internal/bus", "internal/bus/bustest", "internal/bus/embed",
		}},
		{dir: "internal/run", imports: []string{"internal/stage", "internal/bus"}, tests: testParts},
		{dir: "internal/attack", modules: []string{"golang.org/x/sys"}},
		program("cmd/weir", "bpf", "services/...", "signatures/...", "internal/bus/embed", "internal/bus/rights"),
		program("cmd/weir-collector", "bpf", "services/collector/..."),
		program("cmd/weir-enricher", "services/enricher/..."),
		program("cmd/weir-detector", "services/detector/...", "signatures/..."),
		program("cmd/weir-notifier", "services/notifier/..."),
		{dir: "cmd/weir-generator", imports: []string{"internal/attack", "internal/run"}},
		{dir: "test", imports: []string{
			"bpf", "schemas/...", "signatures/...", "services/...", "internal/...",
		}},
	}
}

// archOwners is where heavy or unsafe dependencies may be imported, tests
// included. The test module may import anything.
func archOwners() []owner {
	return []owner{
		{"github.com/nats-io/nats.go", []string{"internal/bus", "internal/stage"}},
		{"github.com/nats-io/nkeys", []string{"internal/bus"}},
		{"github.com/nats-io/nats-server/v2", []string{"internal/bus/embed", "internal/bus/bustest"}},
		{"github.com/cilium/ebpf", []string{"bpf", "services/collector"}},
		{"golang.org/x/arch", []string{"services/collector/integrity"}},
		{"kernel.org/pub/linux/libs/security/libcap", []string{"services/collector/privilege"}},
		{"github.com/open-policy-agent/opa", []string{"services/detector"}},
		{"github.com/cloudevents/sdk-go/v2", []string{"services/notifier"}},
		{"golang.org/x/net", []string{"services/enricher/dnswire", "services/collector/probe"}},
		{"github.com/moby/moby", []string{"services/collector/runtimes/docker"}},
		{"k8s.io/cri-api", []string{"services/collector/runtimes/cri"}},
		{"github.com/spf13/cobra", []string{"cmd", "internal/run"}},
	}
}

func archBudgets() budgets {
	return budgets{
		medianFile: 100, p90File: 250, maxFile: 500,
		longFunc: 60, maxFunc: 100, longShare: 0.015,
		medianExports: 6, chain: 6, testRatio: 1,
	}
}

func loadRepository(t *testing.T) *tree {
	t.Helper()
	repository, err := loadTree(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if len(repository.files) < 10 {
		t.Fatalf("only %d Go files found: the test does not run in the module's root", len(repository.files))
	}
	return repository
}

func report(t *testing.T, found []problem) {
	t.Helper()
	for _, p := range found {
		t.Error(p)
	}
}

func TestArchImports(t *testing.T) {
	repository := loadRepository(t)
	report(t, checkImports(repository, archRules(), archOwners()))
	if chain, limit := importChain(repository), archBudgets().chain; len(chain)-1 > limit {
		t.Errorf("%d imports follow one another, at most %d: %s", len(chain)-1, limit, strings.Join(chain, " → "))
	}
}

func TestArchStyle(t *testing.T) {
	repository := loadRepository(t)
	report(t, checkNames(repository))
	report(t, checkConstructs(repository))
	report(t, checkVars(repository))
	report(t, checkComments(repository))
}

func TestArchBudgets(t *testing.T) {
	m, found := checkBudgets(loadRepository(t), archBudgets())
	t.Logf("files: median %d, p90 %d, max %d lines; %d functions, %d longer than %d lines",
		percentile(m.files, 0.5), percentile(m.files, 0.9), percentile(m.files, 1),
		m.functions, len(m.long), archBudgets().longFunc)
	t.Logf("exported names: median %d a package; code %d lines, test code %d lines",
		percentile(m.exports, 0.5), m.code, m.testCode)
	report(t, found)
}
