package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// headSize is the length of the file "head".
const headSize = 28

// position is a place in the spool: what was read and done with ends there.
type position struct {
	segment uint64
	offset  int64
	// events is the running count of events there.
	events uint64
}

func (p position) marshal() []byte {
	b := binary.LittleEndian.AppendUint64(nil, p.segment)
	b = binary.LittleEndian.AppendUint64(b, uint64(p.offset))
	b = binary.LittleEndian.AppendUint64(b, p.events)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli()))
}

// parsePosition reads the content of the file "head".
func parsePosition(b []byte) (position, error) {
	if len(b) != headSize || crc32.Checksum(b[:24], castagnoli()) != binary.LittleEndian.Uint32(b[24:]) {
		return position{}, errors.New("spool: the file head is damaged")
	}
	p := position{
		segment: binary.LittleEndian.Uint64(b),
		offset:  int64(binary.LittleEndian.Uint64(b[8:])),
		events:  binary.LittleEndian.Uint64(b[16:]),
	}
	if p.offset < 0 {
		return position{}, errors.New("spool: the file head is damaged")
	}
	return p, nil
}

// openHead opens the file "head", which is made where it is missing. known says
// whether it held a position: without, reading begins at the oldest segment.
func openHead(path string) (f *os.File, p position, known bool, err error) {
	f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, p, false, err
	}
	b, err := io.ReadAll(io.LimitReader(f, headSize+1))
	if err != nil {
		_ = f.Close() // the first error counts
		return nil, p, false, fmt.Errorf("read %s: %w", path, err)
	}
	p, err = parsePosition(b)
	return f, p, err == nil, nil
}
