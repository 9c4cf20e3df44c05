package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/term"

	"github.com/weirsec/weir/services/detector/analysis"
)

const (
	// progressAfter is how long an analysis is quiet, and progressEvery how often
	// it then says how far it is.
	progressAfter = time.Second
	progressEvery = 500 * time.Millisecond
)

// progress shows on a terminal how far an analysis is. The nil progress shows
// nothing.
type progress struct {
	w      io.Writer
	input  *analyzeInput
	begun  time.Time
	next   time.Time
	events int
	shown  bool
}

// newProgress returns a progress, nil where w is no terminal.
func newProgress(w io.Writer, input *analyzeInput) *progress {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) { //nolint:gosec // descriptors are small
		return nil
	}
	now := time.Now()
	return &progress{w: w, input: input, begun: now, next: now.Add(progressAfter)}
}

// show counts a piece and, from time to time, says how far it is.
func (p *progress) show(out *analysis.Outcome) {
	if p == nil {
		return
	}
	p.events += out.Count
	if len(out.Findings)+len(out.Invalid)+len(out.Faults) > 0 {
		p.clear()
	}
	now := time.Now()
	if now.Before(p.next) {
		return
	}
	p.next = now.Add(progressEvery)
	fmt.Fprint(p.w, "\r\x1b[K", progressLine(p.input.read.n.Load(), p.input.size, p.events, now.Sub(p.begun)))
	p.shown = true
}

// clear takes the line away.
func (p *progress) clear() {
	if p == nil || !p.shown {
		return
	}
	fmt.Fprint(p.w, "\r\x1b[K")
	p.shown = false
}

// progressLine says how much of size (0 where it is not known) was read.
func progressLine(read, size int64, events int, took time.Duration) string {
	seconds := max(took.Seconds(), 1e-3)
	rate := humanize.Comma(int64(float64(events)/seconds)) + " events/s"
	if size <= 0 || read <= 0 {
		return fmt.Sprintf("%s, %s", humanize.IBytes(uint64(max(read, 0))), rate)
	}
	left := time.Duration(seconds * float64(max(size-read, 0)) / float64(read) * float64(time.Second))
	return fmt.Sprintf("%d%% of %s, %s, %s left", min(100, read*100/size), humanize.IBytes(uint64(size)), rate,
		left.Round(time.Second))
}
