package weir_test

import (
	"slices"
	"strconv"
	"testing"
)

// Enrichment waits for nobody: what enriches reads no file and knows no socket,
// and of the bus only what says where messages go, and the service that asks it.
func TestArchEnrichmentKnowsNoSocket(t *testing.T) {
	mayKnowBus := []string{"services/enricher/config.go", "services/enricher/serve.go", "services/enricher/stage.go"}
	looked := 0
	for _, s := range loadRepository(t).files {
		if !s.product() || !within(s.dir, "services/enricher") && !within(s.dir, "internal/datasource") {
			continue
		}
		looked++
		for _, spec := range s.file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case path == "net/netip":
			case path == "os", path == "os/exec", path == "syscall", within(path, "net"), within(path, "google.golang.org/grpc"),
				within(path, "golang.org/x/sys"), within(path, "github.com/nats-io"):
				t.Errorf("%s imports %s: enrichment must not wait for anybody", s.path, path)
			case path == modulePath+"/internal/bus" && !slices.Contains(mayKnowBus, s.path):
				t.Errorf("%s imports %s: only %q may", s.path, path, mayKnowBus)
			}
		}
	}
	if looked < 60 {
		t.Errorf("only %d files were looked at", looked)
	}
}
