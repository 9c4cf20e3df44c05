package bus

import (
	"log/slog"
	"net"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// Dialer gives connections to a server in this process.
type Dialer interface {
	InProcessConn() (net.Conn, error)
}

// Option changes how Connect works.
type Option func(*options)

type options struct {
	dialer Dialer
	logger *slog.Logger
	meter  metric.Meter
}

// InProcess connects to a server in this process without a socket; the
// configured URL is not used.
func InProcess(server Dialer) Option { return func(o *options) { o.dialer = server } }

// WithLogger sets where the connection reports its changes of state; without
// it nothing is logged.
func WithLogger(logger *slog.Logger) Option { return func(o *options) { o.logger = logger } }

// WithMeter sets where the connection counts; without it nothing is counted.
func WithMeter(meter metric.Meter) Option { return func(o *options) { o.meter = meter } }

func newOptions(opts []Option) options {
	o := options{logger: slog.New(slog.DiscardHandler), meter: noop.Meter{}}
	for _, set := range opts {
		set(&o)
	}
	return o
}
