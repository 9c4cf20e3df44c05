package destination

import (
	"context"
	"log/slog"
	"os"
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/goleak"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/notifier/cloudevent"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sample returns the detection that the tests of all the notifier's packages
// share.
func sample(t testing.TB) finding.Detection {
	t.Helper()
	text, err := os.ReadFile("../testdata/detection.json")
	if err != nil {
		t.Fatal(err)
	}
	var d finding.Detection
	if err := cloudevent.DecodeJSON(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// message returns a finding as the notifier publishes it.
func message(t testing.TB, d finding.Detection) bus.Message {
	t.Helper()
	data, err := cloudevent.Marshal(&d)
	if err != nil {
		t.Fatal(err)
	}
	return bus.Message{
		Subject: bus.FindingSubject(string(d.Finding.Signature.Severity), d.Finding.Signature.ID),
		ID:      d.ID, Data: data, ContentType: cloudevent.ContentType, Header: cloudevent.Headers(&d, "publish"),
	}
}

// stream is a Subscription over given messages.
func stream(messages ...bus.Message) Subscription {
	return func(ctx context.Context, fn func(context.Context, bus.Received) error) error {
		for _, m := range messages {
			if err := fn(ctx, bus.Received{Subject: m.Subject, Data: m.Data, Header: m.Header}); err != nil {
				return err
			}
		}
		return nil
	}
}

func settings(t testing.TB) (stage.Settings, *sdkmetric.ManualReader) {
	t.Helper()
	reader := sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	return stage.Settings{
		Instance: "notifier-0", Logger: slog.New(slog.DiscardHandler), Meter: provider.Meter("test"),
	}, reader
}

// counts returns all counters, "name" or "name/reason".
func counts(t *testing.T, reader *sdkmetric.ManualReader) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			sum, ok := m.Data.(metricdata.Sum[int64])
			if !ok {
				continue
			}
			for _, point := range sum.DataPoints {
				key := m.Name
				if reason, ok := point.Attributes.Value("reason"); ok {
					key += "/" + reason.AsString()
				}
				got[key] += point.Value
			}
		}
	}
	return got
}
