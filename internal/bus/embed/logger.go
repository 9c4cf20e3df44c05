package embed

import (
	"fmt"
	"log/slog"
)

const message = "nats server"

// logger hands the server's messages to slog: what it does is our debug
// level, what fails is a warning or an error.
type logger struct {
	to *slog.Logger
	// fatal gets the first message that the server would end its program with.
	fatal chan string
}

func (l logger) Noticef(format string, v ...any) { l.to.Debug(message, text(format, v)) }

func (l logger) Debugf(format string, v ...any) { l.to.Debug(message, text(format, v)) }

func (l logger) Tracef(format string, v ...any) { l.to.Debug(message, text(format, v)) }

func (l logger) Warnf(format string, v ...any) { l.to.Warn(message, text(format, v)) }

func (l logger) Errorf(format string, v ...any) { l.to.Error(message, text(format, v)) }

// Fatalf reports only: a server in a program must not end the program.
func (l logger) Fatalf(format string, v ...any) {
	l.to.Error(message, text(format, v), slog.Bool("fatal", true))
	select {
	case l.fatal <- fmt.Sprintf(format, v...):
	default:
	}
}

func text(format string, v []any) slog.Attr { return slog.String("text", fmt.Sprintf(format, v...)) }
