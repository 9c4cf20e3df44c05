package collector

import (
	"errors"
	"sync/atomic"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/services/collector/spool"
)

// spill is how full the disk is, as the batcher has to know it. A nil one is of
// a collector without a spool.
type spill struct {
	spool *spool.Spool
	// failing is the reason of losses while the spool cannot be written to.
	failing atomic.Pointer[string]
}

// The reasons for which events are shed.
const (
	queueFull   = "queue_full"
	spoolFull   = "spool_full"
	diskFull    = "disk_full"
	spoolFailed = "spool_failed"
)

// filling reports whether the spool is so full that the least events are shed.
func (s *spill) filling() bool { return s != nil && !s.room(catalogue.Low) }

// room reports whether events of a class may still go to disk. The last part is
// for critical ones alone.
func (s *spill) room(class catalogue.Class) bool {
	if s == nil || class == catalogue.Critical {
		return true
	}
	share := int64(85)
	switch class {
	case catalogue.High:
		share = 92
	case catalogue.Low:
		share = 75
	}
	return s.spool.Used() < s.spool.Limit()/100*share
}

// reason is why events are shed when there is no room in memory.
func (s *spill) reason() string {
	if s != nil {
		if why := s.failing.Load(); why != nil {
			return *why
		}
	}
	return queueFull
}

// note remembers how the last attempt to write went.
func (s *spill) note(err error) {
	var why string
	switch {
	case err == nil:
		s.failing.Store(nil)
		return
	case errors.Is(err, spool.ErrFull):
		why = spoolFull
	case errors.Is(err, spool.ErrSpace):
		why = diskFull
	default:
		why = spoolFailed
	}
	s.failing.Store(&why)
}
