package tracee

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/weirsec/weir/schemas/event"
)

// logger is what signatures log to. Tracee's is called with a message and pairs
// of keys and values; the message is an author's text, and the values may be an
// attacker's.
type logger struct{ log *slog.Logger }

func (l logger) Debugw(message string, pairs ...any) { l.write(slog.LevelDebug, message, pairs) }
func (l logger) Infow(message string, pairs ...any)  { l.write(slog.LevelInfo, message, pairs) }
func (l logger) Warnw(message string, pairs ...any)  { l.write(slog.LevelWarn, message, pairs) }
func (l logger) Errorw(message string, pairs ...any) { l.write(slog.LevelError, message, pairs) }

func (l logger) write(level slog.Level, message string, pairs []any) {
	ctx := context.Background()
	if !l.log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{slog.String("text", event.Printable(message))}
	for i := 0; i < len(pairs); i += 2 {
		key := event.Printable(fmt.Sprint(pairs[i]))
		if i+1 == len(pairs) {
			// A value without a key, as in a call with an odd number.
			attrs = append(attrs, slog.String("extra", key))
			break
		}
		attrs = append(attrs, slog.String(key, event.Printable(fmt.Sprint(pairs[i+1]))))
	}
	l.log.LogAttrs(ctx, level, "signature says", attrs...)
}
