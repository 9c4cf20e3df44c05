// Package run is the frame of a main: signals, logging, telemetry, the local
// HTTP endpoint, and an ordered stop.
//
// It knows no service and no message; a main hands it components. It is the
// only place that sets up the OpenTelemetry SDK, and invents no settings of
// its own for it: the OTEL_* variables are the interface.
package run
