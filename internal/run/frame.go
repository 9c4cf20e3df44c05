package run

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/weirsec/weir/internal/stage"
)

// DefaultHTTP is where a process answers probes and Prometheus by default.
const DefaultHTTP = "127.0.0.1:9470"

// Flags are the settings that all long-running commands share.
type Flags struct {
	LogLevel, LogFormat string
	// HTTP is the address of the metrics and health endpoint, or "off".
	HTTP string
	// Config is a YAML file with settings, or "".
	Config string
	// Instance names this process among its peers; "" means the host's name.
	Instance string
}

// Register adds the flags to a command's.
func (f *Flags) Register(flags *pflag.FlagSet) {
	flags.StringVar(&f.LogLevel, "log-level", "info", "debug, info, warn or error")
	flags.StringVar(&f.LogFormat, "log-format", "text", "text or json")
	flags.StringVar(&f.HTTP, "http", DefaultHTTP, "address of /metrics, /livez, /readyz and /healthz; off for none")
	flags.StringVar(&f.Config, "config", "", "YAML file with settings named like these flags")
	flags.StringVar(&f.Instance, "instance", "", "name of this process among its peers (default: the host's name)")
}

// Frame is what a main hands to the parts it wires.
type Frame struct {
	Logger    *slog.Logger
	Telemetry *Telemetry
	Health    *Health
	// HTTP is nil where it is off.
	HTTP     *HTTP
	Instance string
}

// Open reads the configuration file, if any, and opens the frame of the
// service of that name. Messages go to the command's standard error.
func (f *Flags) Open(ctx context.Context, cmd *cobra.Command, service string) (*Frame, error) {
	if f.Config != "" {
		if err := ApplyFile(cmd.Flags(), f.Config); err != nil {
			return nil, err
		}
	}
	logger, err := NewLogger(cmd.ErrOrStderr(), f.LogLevel, f.LogFormat, Colour(cmd.ErrOrStderr()))
	if err != nil {
		return nil, err
	}
	frame := &Frame{Logger: logger, Health: &Health{}, Instance: f.Instance}
	if frame.Instance == "" {
		if frame.Instance, err = os.Hostname(); err != nil {
			return nil, fmt.Errorf("name this process (set --instance): %w", err)
		}
	}
	if frame.Telemetry, err = NewTelemetry(ctx, service, Version(), logger); err != nil {
		return nil, err
	}
	if f.HTTP == "off" {
		return frame, nil
	}
	if frame.HTTP, err = ListenHTTP(ctx, f.HTTP, frame.Telemetry.Registry, frame.Health); err != nil {
		frame.Close(ctx)
		return nil, err
	}
	return frame, nil
}

// Settings returns what the part of that name is given.
func (f *Frame) Settings(part string) stage.Settings {
	return stage.Settings{
		Instance: f.Instance,
		Logger:   f.Logger.With(slog.String("part", part)),
		Meter:    f.Telemetry.Meter("weir/" + part),
	}
}

// Components returns the frame's own parts; they stop last.
func (f *Frame) Components() []Component {
	if f.HTTP == nil {
		return nil
	}
	return []Component{{Name: "http", Run: f.HTTP.Run}}
}

// serve answers probes from now on, where there is an endpoint.
func (f *Frame) serve() {
	if f.HTTP != nil {
		f.HTTP.Start()
	}
}

// Close flushes telemetry and frees the port. What cannot be flushed is
// logged: the process ends anyway.
func (f *Frame) Close(ctx context.Context) {
	if f.HTTP != nil {
		_ = f.HTTP.Close()
	}
	if err := f.Telemetry.Shutdown(ctx); err != nil {
		f.Logger.LogAttrs(ctx, slog.LevelWarn, "metrics are incomplete", slog.Any("error", err))
	}
}

// Colour reports whether w is a terminal that wants colours; NO_COLOR and
// TERM=dumb say no.
func Colour(w any) bool {
	file, ok := w.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(file.Fd()))
}
