package spool

import (
	"errors"
	"fmt"
	"os"

	"github.com/klauspost/compress/s2"
	"golang.org/x/sys/unix"
)

const (
	// spaceEvery is after how many bytes the disk is looked at.
	spaceEvery = 1 << 20
	// extra is what entries without events, which tell of losses, may take beyond
	// the bound.
	extra = 1 << 20
)

// Append adds an entry of so many events behind all others. ErrFull says that
// the spool's bound is reached, ErrSpace that the disk's is; these and all
// other errors leave the spool as it was, and appending may be tried again.
func (s *Spool) Append(facts, data []byte, events uint64) error {
	if len(facts) > maxFacts || s2.MaxEncodedLen(len(data)) > maxData {
		return fmt.Errorf("spool: an entry of %d and %d bytes is too large", len(facts), len(data))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.packed = sized(s.packed, s2.MaxEncodedLen(len(data)))
	s.framed = appendFrame(s.framed[:0], s.count, events, facts, s2.Encode(s.packed, data))
	n := int64(len(s.framed))
	limit := s.cfg.Bytes
	if events == 0 {
		limit += extra
	}
	if s.used.Load()+n > limit {
		return ErrFull
	}
	if err := s.checkSpace(n); err != nil {
		return err
	}
	if err := s.write(s.framed); err != nil {
		// What is wrong may be the file: the next attempt looks at the disk and,
		// where this one could not be cut back, makes another file.
		s.checked = 0
		return fmt.Errorf("spool: append to %s: %w", s.cfg.Dir, spaceError(err))
	}
	s.checked -= n
	s.segments[len(s.segments)-1].size += n
	s.used.Add(n)
	s.count += events
	s.entries.Add(1)
	s.events.Add(int64(events))
	s.dirty = true
	select {
	case s.appended <- struct{}{}:
	default:
	}
	return nil
}

// spaceError makes ErrSpace of what the kernel says on a full disk.
func spaceError(err error) error {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrSpace, err)
	}
	return err
}

// checkSpace looks now and then whether the disk has room for n bytes more.
func (s *Spool) checkSpace(n int64) error {
	if s.checked > 0 {
		return nil
	}
	free, size, err := space(s.cfg.Dir)
	if err != nil {
		return err
	}
	reserve := s.cfg.Reserve
	if reserve == 0 {
		reserve = min(maxReserve, size/10)
	}
	if left := free - reserve; left < n {
		return fmt.Errorf("spool: append to %s: %w: %d MiB free, %d MiB are left to others",
			s.cfg.Dir, ErrSpace, free>>20, reserve>>20)
	}
	s.checked = min(spaceEvery, free-reserve)
	return nil
}

// write adds bytes to the last segment, or to a new one.
func (s *Spool) write(b []byte) error {
	last := len(s.segments) - 1
	if s.out != nil && s.segments[last].size >= s.cfg.segmentBytes() {
		if err := s.closeOut(); err != nil {
			return err
		}
	}
	if s.out == nil {
		if err := s.create(); err != nil {
			return err
		}
		last = len(s.segments) - 1
	}
	_, err := s.out.WriteAt(b, s.segments[last].size)
	if err == nil {
		return nil
	}
	if cut := s.out.Truncate(s.segments[last].size); cut != nil {
		// The rest stays, torn; nothing must follow it.
		err = errors.Join(err, cut, s.out.Close())
		s.out, s.dirty = nil, false
	}
	return err
}

// create begins a segment.
func (s *Spool) create() error {
	number := s.next
	s.next++
	path := s.path(number)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := syncDir(s.cfg.Dir); err != nil {
		return errors.Join(err, f.Close(), os.Remove(path))
	}
	s.segments = append(s.segments, segment{number: number})
	s.out = f
	return nil
}
