package run

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/lmittmann/tint"
)

// NewLogger returns a logger of lines for people on w: level is "debug",
// "info", "warn" or "error", format "text" or "json". Text has colours only
// where colour is true.
func NewLogger(w io.Writer, level, format string, colour bool) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q: use debug, info, warn or error", level)
	}
	switch format {
	case "text":
		return slog.New(tint.NewTextHandler(w, &tint.Options{Level: l, TimeFormat: time.TimeOnly, NoColor: !colour})), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l})), nil
	default:
		return nil, fmt.Errorf("log format %q: use text or json", format)
	}
}
