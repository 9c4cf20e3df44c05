package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"

	recorded "github.com/weirsec/weir/services/detector/recording"
)

// eventRecorder writes events to a file of its own.
type eventRecorder struct {
	file   *os.File
	buffer *bufio.Writer
	writer *recorded.Writer
}

// newRecorder opens a file for the events of an input, which it must not be.
func newRecorder(name, input string) (*eventRecorder, error) {
	if old, err := os.Stat(name); err == nil {
		if from, err := os.Stat(input); err == nil && os.SameFile(old, from) {
			return nil, fmt.Errorf("record events: %s is the input: name another file", name)
		}
	}
	file, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("record events: %w", err)
	}
	r := &eventRecorder{file: file, buffer: bufio.NewWriterSize(file, inputBuffer)}
	r.writer = recorded.NewWriter(r.buffer)
	return r, nil
}

func (r *eventRecorder) close() error {
	if err := errors.Join(r.writer.Close(), r.buffer.Flush(), r.file.Close()); err != nil {
		return fmt.Errorf("record events: %w", err)
	}
	return nil
}
