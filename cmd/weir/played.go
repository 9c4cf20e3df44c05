package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/services/collector/replay"
	"github.com/weirsec/weir/services/collector/tracee"
	recorded "github.com/weirsec/weir/services/detector/recording"
)

// The formats that can be played, as --format names them.
const (
	formatAuto   = "auto"
	formatRaw    = "raw"
	formatEvents = "events"
	formatTracee = "tracee"
)

// maxInvalid is how many lines that are no events are told one by one.
const maxInvalid = 20

// played is an open recording, or Tracee's events; it counts what is read.
type played struct {
	replay.Batches
	// size is the file's, 0 where it is not known.
	size int64
	read *countedReader
	file io.Closer

	events, batches, lost atomic.Int64
	invalid               int
	messages              io.Writer
}

// openPlayed opens a file, or standard input for "-", whose events are of that
// node where they do not say or it is given.
func openPlayed(ctx context.Context, name, format, node string, stdin io.Reader, messages io.Writer) (*played, error) {
	p := &played{file: io.NopCloser(nil), messages: messages}
	from := stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		p.file, from = file, file
	}
	if err := p.open(ctx, from, format, node); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *played) open(ctx context.Context, from io.Reader, format, node string) (err error) {
	file, isFile := from.(*os.File)
	var again io.ReadSeeker
	if isFile {
		from = &patientReader{ctx: ctx, file: file}
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			p.size, again = info.Size(), file
		}
	}
	p.read = &countedReader{from: from}
	buffered := bufio.NewReaderSize(p.read, inputBuffer)
	if format == formatAuto {
		if format, err = detectPlayed(buffered); err != nil {
			return err
		}
	}
	if node != "" && format != formatTracee {
		return usage(errors.New("--node is for Tracee's events: a recording names its nodes"))
	}
	switch format {
	case formatRaw:
		p.Batches, err = replay.NewReader(buffered)
	case formatEvents:
		p.Batches, err = replay.NewEvents(buffered)
	default:
		p.Batches, err = p.tracee(again, buffered, node)
	}
	return err
}

// tracee returns what reads Tracee's events. A file is read twice: its boot id
// is made of all of it, so that one that was changed gives other ids.
func (p *played) tracee(again io.ReadSeeker, from *bufio.Reader, node string) (replay.Batches, error) {
	cfg := tracee.Config{Node: node, Invalid: p.reject}
	if again != nil {
		// What was read ahead is part of it, and is not read again.
		ahead := int64(from.Buffered())
		begin, err := again.Seek(-ahead, io.SeekCurrent)
		if err == nil {
			cfg.BootID, err = tracee.BootID(again)
		}
		if err == nil {
			_, err = again.Seek(begin+ahead, io.SeekStart)
		}
		if err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
	}
	return tracee.New(from, cfg), nil
}

// detectPlayed tells a format by how the input begins.
func detectPlayed(r *bufio.Reader) (string, error) {
	switch recorded.Detect(r) {
	case recorded.FormatRaw:
		return formatRaw, nil
	case recorded.FormatBatches:
		return formatEvents, nil
	case recorded.FormatJSON:
		return formatTracee, nil
	case recorded.FormatGob:
		return "", fmt.Errorf("the input is Tracee's gob stream: make a recording of it with 'weir analyze --input FILE --pack none --record NEW'")
	default:
		return "", unknownInput(r)
	}
}

// reject tells of a line that is no event.
func (p *played) reject(line int, err error) {
	p.invalid++
	switch {
	case p.invalid <= maxInvalid:
		fmt.Fprintf(p.messages, "line %d: %s\n", line, event.Printable(err.Error()))
	case p.invalid == maxInvalid+1:
		fmt.Fprintln(p.messages, "further lines that are no events are only counted")
	}
}

// Next implements replay.Batches.
func (p *played) Next() (*eventpb.RawBatch, error) {
	b, err := p.Batches.Next()
	if err != nil {
		return nil, err
	}
	p.batches.Add(1)
	p.events.Add(int64(b.Envelope.Count))
	for _, l := range b.Envelope.Losses {
		p.lost.Add(int64(l.Count))
	}
	return b, nil
}

// close closes the file; what was only read loses nothing by it.
func (p *played) close() { _ = p.file.Close() }
