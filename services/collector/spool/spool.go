package spool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// Entry is what the spool keeps.
type Entry struct {
	// Facts are readable even where Data is damaged; nil where neither is.
	Facts []byte
	// Data is nil in a damaged entry.
	Data []byte
	// Events is how many events the entry holds or, where it is damaged, how
	// many are missing.
	Events uint64
	// Damage says that something could not be read, and where; nil is well.
	Damage *DamageError
}

// Spool is an open spool. One goroutine may append while another one reads.
type Spool struct {
	cfg  Config
	lock *os.File
	head *os.File

	mu       sync.Mutex
	closed   bool
	segments []segment
	// out is the last segment, where it is being appended to.
	out *os.File
	// next is the number of the next segment, count the running count of events.
	next, count uint64
	// checked is at how many appended bytes the disk is looked at again.
	checked int64
	// dirty says that something was appended that Sync has not seen.
	dirty bool

	// in is the segment that is read, at is what was done with.
	in     *os.File
	inside uint64
	at     position
	// begun is where the entry that Next returned ends.
	begun struct {
		valid bool
		to    position
		// frame says that it is one, not a gap.
		frame bool
	}
	damage *DamageError
	buf    []byte
	packed []byte
	framed []byte

	// used are the bytes of all segments, entries and events what waits.
	used, entries, events atomic.Int64
	appended              chan struct{}
}

// Open opens the spool, or makes it, and finds what an earlier process left in
// it. Its errors name the directory and what to do.
func Open(cfg Config) (*Spool, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	s := &Spool{cfg: cfg, lock: lock, appended: make(chan struct{}, 1)}
	if err := s.recover(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Dir is the directory.
func (s *Spool) Dir() string { return s.cfg.Dir }

// Limit is the most bytes that the spool may take.
func (s *Spool) Limit() int64 { return s.cfg.Bytes }

// Used is how many bytes of disk the spool takes. It may be called by any
// goroutine, as Waiting may.
func (s *Spool) Used() int64 { return s.used.Load() }

// Waiting is how many entries wait to be read, and how many events they hold.
func (s *Spool) Waiting() (entries, events int64) { return s.entries.Load(), s.events.Load() }

// Empty reports whether nothing waits.
func (s *Spool) Empty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.segments) - 1
	return s.damage == nil && !s.begun.valid && (last < 0 ||
		s.at.segment == s.segments[last].number && s.at.offset >= s.segments[last].size && s.at.events == s.count)
}

// Sync has the disk keep what was appended.
func (s *Spool) Sync() error {
	s.mu.Lock()
	out, dirty := s.out, s.dirty
	s.dirty = false
	s.mu.Unlock()
	if out == nil || !dirty {
		return nil
	}
	// Without the lock, since it may take long. A file that was closed meanwhile
	// was synced by that or is gone.
	if err := out.Sync(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("spool: sync: %w", err)
	}
	return nil
}

// Close keeps what was appended and gives the directory back.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	errs := []error{s.closeOut()}
	for _, f := range []*os.File{s.in, s.head, s.lock} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// closeOut ends the segment that is appended to.
func (s *Spool) closeOut() error {
	if s.out == nil {
		return nil
	}
	var err error
	if s.dirty {
		err = s.out.Sync()
	}
	err = errors.Join(err, s.out.Close())
	s.out, s.dirty = nil, false
	return err
}

// recover finds the segments and counts what waits in them.
func (s *Spool) recover() error {
	var known bool
	var err error
	if s.head, s.at, known, err = openHead(filepath.Join(s.cfg.Dir, "head")); err != nil {
		return dirError(s.cfg.Dir, err)
	}
	if s.segments, err = listSegments(s.cfg.Dir); err != nil {
		return err
	}
	// What was done with may not have been removed.
	for known && len(s.segments) > 0 && s.segments[0].number < s.at.segment {
		if err := os.Remove(s.path(s.segments[0].number)); err != nil {
			return dirError(s.cfg.Dir, err)
		}
		s.segments = s.segments[1:]
	}
	s.next = s.at.segment + 1
	s.count = s.at.events
	for _, seg := range s.segments {
		s.used.Add(seg.size)
		s.next = max(s.next, seg.number+1)
	}
	if len(s.segments) == 0 {
		return s.store()
	}
	if !known || s.segments[0].number != s.at.segment {
		s.at.segment, s.at.offset = s.segments[0].number, 0
	}
	first := true
	return s.walk(func(f frame, _ []byte, _ position) {
		if first && !known {
			s.at.events = f.before
		}
		first = false
		s.count = max(s.count, f.end())
		s.entries.Add(1)
		s.events.Add(int64(f.events))
	})
}

// store writes down what was done with. It overwrites in place, which a full
// disk allows too.
func (s *Spool) store() error {
	if _, err := s.head.WriteAt(s.at.marshal(), 0); err != nil {
		return fmt.Errorf("spool: write down what was read: %w", err)
	}
	return nil
}

// walk visits the heads of all frames that wait and are not damaged; after is
// where each ends.
func (s *Spool) walk(visit func(f frame, facts []byte, after position)) error {
	var buf []byte
	for _, seg := range s.segments {
		file, err := os.Open(s.path(seg.number))
		if err != nil {
			return dirError(s.cfg.Dir, err)
		}
		off := int64(0)
		if seg.number == s.at.segment {
			off = s.at.offset
		}
		for off < seg.size {
			var f frame
			var facts []byte
			var ferr error
			f, facts, buf, ferr = readFrame(file, off, seg.size, buf)
			if ferr != nil && !errors.Is(ferr, errTorn) {
				off = resync(file, off+1, seg.size)
				continue
			}
			off = min(off+f.size(), seg.size)
			visit(f, facts, position{seg.number, off, f.end()})
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	return nil
}

// SkipThrough takes out everything up to the last entry whose facts match, and
// returns how many entries and events that were.
func (s *Spool) SkipThrough(match func(facts []byte) bool) (entries, events int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var to position
	var n, sum int64
	err = s.walk(func(f frame, facts []byte, after position) {
		n++
		sum += int64(f.events)
		if match(facts) {
			to, entries, events = after, n, sum
		}
	})
	if err != nil || entries == 0 {
		return 0, 0, err
	}
	s.begun.valid, s.damage = false, nil
	s.entries.Add(-entries)
	s.events.Add(-events)
	return entries, events, s.advance(to)
}

// wait blocks until something was appended or ctx ends.
func (s *Spool) wait(ctx context.Context) error {
	select {
	case <-s.appended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
