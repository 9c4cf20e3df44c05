package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	recorded "github.com/weirsec/weir/services/detector/recording"
)

// inputBuffer is how much is read ahead to tell the format.
const inputBuffer = 64 << 10

// analyzeInput is an open recording.
type analyzeInput struct {
	reader recorded.Reader
	// size is the file's, 0 where it is not known; read counts what was read.
	size int64
	read *countedReader
	file io.Closer
}

// open opens the input and finds out what it is.
func (o *analyzeOptions) open(ctx context.Context, stdin io.Reader) (*analyzeInput, error) {
	in := &analyzeInput{file: io.NopCloser(nil)}
	from := stdin
	if o.input != "-" {
		file, err := os.Open(o.input)
		if err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			in.size = info.Size()
		}
		in.file, from = file, file
	}
	if file, ok := from.(*os.File); ok {
		from = &patientReader{ctx: ctx, file: file}
	}
	in.read = &countedReader{from: from}
	buffered := bufio.NewReaderSize(in.read, inputBuffer)
	format := o.tracee.format
	if format == "" {
		format = recorded.Detect(buffered)
	}
	switch format {
	case recorded.FormatGob:
		in.reader = recorded.NewGob(buffered)
	case recorded.FormatBatches:
		in.reader = recorded.NewBatches(recorded.NewFile(buffered).Next)
	case recorded.FormatRaw:
		next, err := enriched(ctx, buffered)
		if err != nil {
			in.close()
			return nil, err
		}
		in.reader = recorded.NewBatches(next)
	case recorded.FormatUnknown:
		in.close()
		return nil, unknownInput(buffered)
	default:
		in.reader = recorded.NewLines(buffered)
	}
	return in, nil
}

// unknownInput says what to do about an input that is no recording.
func unknownInput(r *bufio.Reader) error {
	head, _ := r.Peek(min(r.Buffered(), len(recorded.Magic)))
	for _, packed := range []struct{ magic, with string }{
		{"\x1f\x8b", "gzip: give it to zcat"}, {"\x28\xb5\x2f\xfd", "zstd: give it to zstdcat"}, {"\xfd7zXZ", "xz: give it to xzcat"},
	} {
		if strings.HasPrefix(string(head), packed.magic) {
			return fmt.Errorf("the input is compressed with %s, and the outcome to 'weir analyze --input -'", packed.with)
		}
	}
	return fmt.Errorf("the input is no recording of a form that is known: it begins with %q; "+
		"see docs/analyze.md for what is read, and --input-tracee format:… to insist", head)
}

// close closes the file; what was only read loses nothing by it.
func (in *analyzeInput) close() { _ = in.file.Close() }

// countedReader counts what is read, for whoever shows it.
type countedReader struct {
	from io.Reader
	n    atomic.Int64
}

// Read implements io.Reader.
func (c *countedReader) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n.Add(int64(n))
	return n, err
}
