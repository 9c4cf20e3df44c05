package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/collector/recorder"
)

// recordFile is a recording in the making.
type recordFile struct {
	*recorder.Recorder
	file   *os.File
	buffer *bufio.Writer
}

// create makes the file, which its owner alone can read.
func (o *recordOptions) create(cfg recorder.Config) (*recordFile, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if o.force {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	file, err := os.OpenFile(o.file, flags, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s is there already: name another file, or overwrite it with --force", o.file)
	}
	if err != nil {
		return nil, fmt.Errorf("make the recording: %w", err)
	}
	f := &recordFile{file: file, buffer: bufio.NewWriterSize(file, inputBuffer)}
	if f.Recorder, err = recorder.New(f.buffer, cfg); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return f, nil
}

// close writes the account and all that is not on the disk yet. A pipe has no
// disk.
func (f *recordFile) close() error {
	err := errors.Join(f.Recorder.Close(), f.buffer.Flush())
	if info, statErr := f.file.Stat(); statErr == nil && info.Mode().IsRegular() {
		err = errors.Join(err, f.file.Sync())
	}
	if err = errors.Join(err, f.file.Close()); err != nil {
		return fmt.Errorf("finish the recording: %w", err)
	}
	return nil
}

// progress says what is recorded so far.
func (f *recordFile) progress() string {
	l := f.Ledger()
	return fmt.Sprintf("%s events, %s, %s lost", humanize.Comma(int64(l.Events)), humanize.IBytes(uint64(l.Bytes)),
		humanize.Comma(int64(l.LostEvents())))
}

// ledgerText says what is in a recording and what is not.
func ledgerText(name string, l recorder.Ledger) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s in %s, %s", name, count(int(l.Events), "event", "events"), count(int(l.Batches), "batch", "batches"),
		humanize.IBytes(uint64(l.Bytes)))
	if l.Unwanted > 0 {
		fmt.Fprintf(&b, "; %d not asked for", l.Unwanted)
	}
	if l.Late > 0 {
		fmt.Fprintf(&b, "; %d after the end", l.Late)
	}
	if len(l.Lost) == 0 {
		b.WriteString("; nothing lost\n")
		return b.String()
	}
	fmt.Fprintf(&b, "; %d lost:\n", l.LostEvents())
	for _, lost := range l.Lost {
		name := lost.Event
		if name == "" {
			name = "events of unknown kind"
		}
		fmt.Fprintf(&b, "  %d × %s: %s (%s)\n", lost.Count, event.Printable(name), event.Printable(lost.Reason), event.Printable(lost.Stage))
	}
	return b.String()
}
