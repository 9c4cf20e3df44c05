package spool

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"

	"github.com/klauspost/compress/s2"
)

// Next returns the oldest entry, waiting for one until ctx ends. Until Commit is
// called it returns the same one. Damage comes as entries of its own, in the
// place of what was lost. What it returns belongs to the caller.
func (s *Spool) Next(ctx context.Context) (Entry, error) {
	for {
		s.mu.Lock()
		e, ok, err := s.read()
		s.mu.Unlock()
		if err != nil || ok {
			return e, err
		}
		if err := s.wait(ctx); err != nil {
			return Entry{}, err
		}
	}
}

// Commit takes out the entry that Next returned last. An error says that this
// could not be written down: after a start the entry would come again.
func (s *Spool) Commit() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || !s.begun.valid {
		return ErrClosed
	}
	s.begun.valid, s.damage = false, nil
	if s.begun.frame {
		s.entries.Add(-1)
		s.events.Add(-int64(s.begun.to.events - s.at.events))
	}
	return s.advance(s.begun.to)
}

// read finds the next entry; ok is false where there is none.
func (s *Spool) read() (e Entry, ok bool, err error) {
	if s.closed {
		return e, false, ErrClosed
	}
	at := s.at
	for {
		seg, last, there := s.segmentAt(at.segment)
		if !there {
			return e, false, nil
		}
		if seg.number != at.segment {
			at.segment, at.offset = seg.number, 0
		}
		if at.offset >= seg.size && !last {
			at.segment, at.offset = seg.number+1, 0
			continue
		}
		if at.offset >= seg.size {
			// What was appended last, or all that waits, may be missing.
			return s.gap(at, s.count)
		}
		file, err := s.open(seg.number)
		if errors.Is(err, fs.ErrNotExist) {
			s.noteDamage(seg, at.offset, err)
			at.offset = seg.size
			continue
		}
		if err != nil {
			// Not the segment's fault: it is tried again.
			return e, false, fmt.Errorf("spool: %w", err)
		}
		var f frame
		var facts []byte
		f, facts, s.buf, err = readFrame(file, at.offset, seg.size, s.buf)
		if err != nil && !errors.Is(err, errTorn) {
			s.noteDamage(seg, at.offset, err)
			at.offset = resync(file, at.offset+1, seg.size)
			continue
		}
		if f.before > at.events || s.damage != nil {
			return s.gap(at, max(f.before, at.events))
		}
		return s.entry(file, f, facts, err, position{seg.number, min(at.offset+f.size(), seg.size), f.end()}, at), true, nil
	}
}

// gap returns an entry for events that are missing before the one at a place;
// ok is false where none are and nothing was damaged.
func (s *Spool) gap(at position, events uint64) (Entry, bool, error) {
	missing := events - at.events
	if missing == 0 && s.damage == nil {
		return Entry{}, false, nil
	}
	damage := s.damage
	if damage == nil {
		damage = &DamageError{File: s.path(at.segment), Offset: at.offset, Reason: "entries before this place are gone"}
	}
	at.events = events
	s.begin(at, false)
	return Entry{Events: missing, Damage: damage}, true, nil
}

// entry reads the data of a frame.
func (s *Spool) entry(file *os.File, f frame, facts []byte, torn error, after, at position) Entry {
	e := Entry{Facts: append([]byte(nil), facts...), Events: f.events}
	s.at.events = f.before
	s.begin(after, true)
	err := torn
	if err == nil {
		e.Data, err = s.data(file, f, at.offset)
	}
	if err != nil {
		e.Damage = &DamageError{File: file.Name(), Offset: at.offset, Reason: err.Error()}
	}
	return e
}

func (s *Spool) data(file *os.File, f frame, off int64) ([]byte, error) {
	s.buf = sized(s.buf[:0], int(f.data))
	if _, err := file.ReadAt(s.buf, off+frameHead+int64(f.facts)); err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	if crc32.Checksum(s.buf, castagnoli()) != f.sum {
		return nil, errors.New("the checksum of an entry's data is wrong")
	}
	size, err := s2.DecodedLen(s.buf)
	if err != nil || size > maxData {
		return nil, errors.New("the data of an entry cannot be decompressed")
	}
	return s2.Decode(make([]byte, size), s.buf)
}

func (s *Spool) begin(to position, frame bool) {
	s.begun.valid, s.begun.to, s.begun.frame = true, to, frame
}

// noteDamage keeps the first place that could not be read until it is told.
func (s *Spool) noteDamage(seg segment, off int64, err error) {
	if s.damage == nil {
		s.damage = &DamageError{File: s.path(seg.number), Offset: off, Reason: err.Error()}
	}
}

// segmentAt returns the segment of a number or, where it is gone, the one after
// it, and whether it is the last.
func (s *Spool) segmentAt(number uint64) (seg segment, last, ok bool) {
	for i, seg := range s.segments {
		if seg.number >= number {
			return seg, i == len(s.segments)-1, true
		}
	}
	return segment{}, false, false
}

// open returns the file of a segment for reading.
func (s *Spool) open(number uint64) (*os.File, error) {
	if s.in != nil && s.inside == number {
		return s.in, nil
	}
	s.closeIn()
	f, err := os.Open(s.path(number))
	if err != nil {
		return nil, err
	}
	s.in, s.inside = f, number
	return f, nil
}

// closeIn closes what was only read, so that its error means nothing.
func (s *Spool) closeIn() {
	if s.in != nil {
		_ = s.in.Close()
		s.in = nil
	}
}

// advance writes down that everything up to a place was done with, and removes
// the segments before it.
func (s *Spool) advance(to position) error {
	s.at = to
	err := s.store()
	for len(s.segments) > 0 {
		seg, last := s.segments[0], len(s.segments) == 1
		done := seg.number < to.segment || seg.number == to.segment && to.offset >= seg.size && (!last || s.count == to.events)
		if !done {
			break
		}
		if last {
			// Nothing waits; what is appended next begins a new segment.
			s.dirty = false
			err = errors.Join(err, s.closeOut())
		}
		s.closeIn()
		if gone := os.Remove(s.path(seg.number)); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
		s.used.Add(-seg.size)
		s.segments = s.segments[1:]
	}
	if len(s.segments) == 0 {
		// Entries that turned out to be damaged were counted as waiting.
		s.entries.Store(0)
		s.events.Store(0)
	}
	return err
}
