package privilege

import (
	"context"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

func someRows() []Row {
	return []Row{
		{Capability: Table()[0], State: Held, As: "CAP_SYS_ADMIN"},
		{Capability: Table()[1], State: Missing},
		{Capability: Table()[2], State: Missing},
		{Capability: Table()[5], State: NotNeeded},
	}
}

func TestWriteTable(t *testing.T) {
	var out strings.Builder
	if err := WriteTable(&out, someRows()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"CAP_BPF           held (CAP_SYS_ADMIN)  until programs are attached",
		"CAP_PERFMON       MISSING               until programs are attached",
		"CAP_SYS_PTRACE    MISSING               optional, until running processes are read",
		"CAP_SYS_RESOURCE  not needed            optional, until programs",
		"\nwithout CAP_PERFMON: nothing can be watched\nwithout CAP_SYS_PTRACE: of processes that were there before Weir,",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q:\n%s", want, out.String())
		}
	}
	if n := len(Notes(someRows())); n != 2 {
		t.Errorf("%d notes", n)
	}
}

// Every row says what a reader needs to decide.
func TestTableIsComplete(t *testing.T) {
	required := true
	for _, c := range Table() {
		if c.Use == "" || c.Loss == "" || name(c.value) != c.Name {
			t.Errorf("%+v says too little", c)
		}
		if c.Required && !required {
			t.Errorf("%s is required and comes after what is not", c.Name)
		}
		required = c.Required
	}
}

func TestMeasure(t *testing.T) {
	reader := metric.NewManualReader()
	if err := Measure(metric.NewMeterProvider(metric.WithReader(reader)).Meter("t"), someRows()); err != nil {
		t.Fatal(err)
	}
	var data metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &data); err != nil {
		t.Fatal(err)
	}
	gauge, ok := data.ScopeMetrics[0].Metrics[0].Data.(metricdata.Gauge[int64])
	if !ok || data.ScopeMetrics[0].Metrics[0].Name != "weir.collector.capability.missing" {
		t.Fatalf("got %+v", data)
	}
	got := map[string]int64{}
	for _, p := range gauge.DataPoints {
		value, _ := p.Attributes.Value("capability")
		got[value.AsString()] = p.Value
	}
	for _, r := range someRows() {
		if want := map[State]int64{Missing: 1}[r.State]; got[r.Name] != want {
			t.Errorf("%s is %d, want %d", r.Name, got[r.Name], want)
		}
	}
}
