package stage

import (
	"log/slog"

	"go.opentelemetry.io/otel/metric"
)

// Settings is what every service is given by the main that wires it.
type Settings struct {
	// Instance names this process among its peers, for stamps and spans.
	Instance string
	Logger   *slog.Logger
	Meter    metric.Meter
}
