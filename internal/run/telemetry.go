package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// Telemetry is a process's OpenTelemetry SDK.
type Telemetry struct {
	// Spans is where finished spans go: what OTEL_TRACES_EXPORTER and
	// OTEL_EXPORTER_OTLP_* name, or nil where the environment names nothing.
	Spans sdktrace.SpanExporter
	// Registry holds the process's metrics for a Prometheus scrape.
	Registry *prometheus.Registry

	meters *sdkmetric.MeterProvider
}

// NewTelemetry sets the SDK up for the service of that name and version.
// Metrics can always be scraped; spans and metrics leave by OTLP, or go to
// whatever the standard OTEL_* variables name, only where one of them is set:
// a first run on a laptop must not complain about a collector nobody has.
// The SDK's own errors go to log.
func NewTelemetry(ctx context.Context, service, version string, log *slog.Logger) (*Telemetry, error) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		log.LogAttrs(context.Background(), slog.LevelWarn, "telemetry", slog.Any("error", err))
	}))
	res, err := newResource(ctx, service, version)
	if err != nil {
		return nil, err
	}
	t := &Telemetry{Registry: prometheus.NewRegistry()}
	scrape, err := otelprom.New(otelprom.WithRegisterer(t.Registry), otelprom.WithoutScopeInfo())
	// Memory and processor time of the process itself are asked for first.
	err = errors.Join(err, t.Registry.Register(collectors.NewGoCollector()),
		t.Registry.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})))
	if err != nil {
		return nil, fmt.Errorf("set up metrics: %w", err)
	}
	options := []sdkmetric.Option{sdkmetric.WithResource(res), sdkmetric.WithReader(scrape)}
	if exports("METRICS") {
		reader, err := autoexport.NewMetricReader(ctx)
		if err != nil {
			return nil, fmt.Errorf("set up metrics export from the OTEL_* variables: %w", err)
		}
		options = append(options, sdkmetric.WithReader(reader))
	}
	t.meters = sdkmetric.NewMeterProvider(options...)
	if exports("TRACES") {
		if t.Spans, err = autoexport.NewSpanExporter(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("set up trace export from the OTEL_* variables: %w", err),
				t.meters.Shutdown(ctx))
		}
	}
	return t, nil
}

// newResource describes this process; OTEL_SERVICE_NAME and
// OTEL_RESOURCE_ATTRIBUTES have the last word.
func newResource(ctx context.Context, service, version string) (*resource.Resource, error) {
	res, err := resource.New(ctx,
		resource.WithAttributes(semconv.ServiceName(service), semconv.ServiceVersion(version)),
		resource.WithTelemetrySDK(), resource.WithHost(), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("describe this process from OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	return res, nil
}

// exports reports whether the environment asks for a signal, "TRACES" or
// "METRICS", to be exported.
func exports(signal string) bool {
	if os.Getenv("OTEL_SDK_DISABLED") == "true" {
		return false
	}
	switch os.Getenv("OTEL_" + signal + "_EXPORTER") {
	case "none":
		return false
	case "":
		return os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" ||
			os.Getenv("OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT") != ""
	default:
		return true
	}
}

// Meter returns the meter of one part of the process.
func (t *Telemetry) Meter(name string) metric.Meter { return t.meters.Meter(name) }

// Shutdown sends out what is left. The span exporter is shut down by whoever
// uses it.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	if err := t.meters.Shutdown(ctx); err != nil {
		return fmt.Errorf("flush metrics: %w", err)
	}
	return nil
}
