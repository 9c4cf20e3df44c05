package probe

import (
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

const (
	busyBit     = 1 << 31
	discardBit  = 1 << 30
	recordStart = 8
	// releaseEvery is how much is read before the space is given back; doing it
	// for each record would cost the producers cache misses.
	releaseEvery = 64 << 10
)

// ring reads a BPF ring buffer where the kernel has it, without copying.
type ring struct {
	fd         int
	consumer   []byte
	producer   []byte
	data       []byte
	mask       uint64
	pos        uint64
	released   uint64
	knownLimit uint64
}

func openRing(m *ebpf.Map) (*ring, error) {
	size, page := int(m.MaxEntries()), os.Getpagesize()
	consumer, err := unix.Mmap(m.FD(), 0, page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map consumer page of ring: %w", err)
	}
	// The data follows twice, so that no record is ever in two pieces.
	producer, err := unix.Mmap(m.FD(), int64(page), page+2*size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		_ = unix.Munmap(consumer)
		return nil, fmt.Errorf("map ring of %d bytes: %w", size, err)
	}
	r := &ring{fd: m.FD(), consumer: consumer, producer: producer, data: producer[page:], mask: uint64(size) - 1}
	r.pos = atomic.LoadUint64(word(consumer))
	r.released = r.pos
	return r, nil
}

func word(b []byte) *uint64 { return (*uint64)(unsafe.Pointer(&b[0])) }

// peek returns the next record, which stays valid until advance; nil where
// there is none, or where it is still being written.
func (r *ring) peek() []byte {
	for {
		if r.pos == r.knownLimit {
			r.knownLimit = atomic.LoadUint64(word(r.producer))
			if r.pos == r.knownLimit {
				return nil
			}
		}
		at := r.pos & r.mask
		n := atomic.LoadUint32((*uint32)(unsafe.Pointer(&r.data[at])))
		if n&busyBit != 0 {
			return nil
		}
		if n&discardBit == 0 {
			return r.data[at+recordStart : at+recordStart+uint64(n)]
		}
		r.skip(uint64(n &^ discardBit))
	}
}

// advance leaves the record that peek returned.
func (r *ring) advance(n int) { r.skip(uint64(n)) }

func (r *ring) skip(n uint64) {
	r.pos += (n + recordStart + 7) &^ 7
	if r.pos-r.released >= releaseEvery || r.pos-r.released > r.mask/4 {
		r.release()
	}
}

// filled tells whether a part of the ring waits to be read: one nth.
func (r *ring) filled(n uint64) bool {
	return atomic.LoadUint64(word(r.producer))-r.released >= (r.mask+1)/n
}

// release gives what was read back to the kernel.
func (r *ring) release() {
	if r.pos != r.released {
		r.released = r.pos
		atomic.StoreUint64(word(r.consumer), r.pos)
	}
}

func (r *ring) close() error {
	err1, err2 := unix.Munmap(r.consumer), unix.Munmap(r.producer)
	if err1 != nil {
		return err1
	}
	return err2
}
