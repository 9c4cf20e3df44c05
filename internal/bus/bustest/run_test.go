package bustest_test

import (
	"fmt"
	"testing"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
)

func TestRunListening(t *testing.T) {
	conn, url := bustest.RunListening(t)
	publishOver(t, conn, bustest.Dial(t, url))
}

// A cluster of three goes on, with everything that was acknowledged, when one
// of its servers stops.
func TestClusterSurvivesOneServer(t *testing.T) {
	if testing.Short() {
		t.Skip("a cluster takes some seconds")
	}
	nodes, conn := bustest.Cluster(t, 3)
	for i := range 20 {
		if i == 10 {
			if err := nodes.Servers[0].Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		m := bus.Message{Subject: bus.RawSubject("n"), ID: fmt.Sprint(i), Data: []byte("x")}
		if err := conn.Publish(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	usage, err := conn.Usage(t.Context(), bus.StreamRaw)
	if err != nil {
		t.Fatal(err)
	}
	if usage.Messages != 20 {
		t.Errorf("stream holds %d messages, want 20", usage.Messages)
	}
}

func publishOver(t *testing.T, reader, writer *bus.Conn) {
	t.Helper()
	m := bus.Message{Subject: bus.RawSubject("n"), ID: "1", Data: []byte("x")}
	if err := writer.Publish(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	usage, err := reader.Usage(t.Context(), bus.StreamRaw)
	if err != nil || usage.Messages != 1 {
		t.Errorf("usage is %+v, %v; want one message", usage, err)
	}
}
