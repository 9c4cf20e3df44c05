package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/weirsec/weir/internal/run"
)

// statusLine is one line of a terminal that is written anew as work goes on.
type statusLine struct {
	w     io.Writer
	text  func() string
	mu    sync.Mutex
	shown bool
}

// newStatusLine returns a line that shows what text returns, nil where w is no
// terminal. The nil line shows nothing.
func newStatusLine(w io.Writer, text func() string) *statusLine {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) { //nolint:gosec // descriptors are small
		return nil
	}
	return &statusLine{w: w, text: text}
}

// component writes the line from time to time, and takes it away at the end.
func (s *statusLine) component() run.Component {
	return run.Component{Name: "status", Run: func(ctx context.Context) error {
		if s == nil {
			return nil
		}
		defer s.clear()
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
				s.mu.Lock()
				fmt.Fprint(s.w, "\r\x1b[K", s.text())
				s.shown = true
				s.mu.Unlock()
			}
		}
	}}
}

// clear takes the line away, before something else is written.
func (s *statusLine) clear() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shown {
		fmt.Fprint(s.w, "\r\x1b[K")
		s.shown = false
	}
}
