package record

import (
	"encoding/binary"
	"math"
	"strings"
	"unsafe"
)

// Builder makes records in user space: what /proc tells at start, and tests.
// Begin, then the arguments in any order, then End. The zero value is ready.
type Builder struct{ buf []byte }

// Begin starts a record. Len, Version and Words are filled in by the Builder.
func (b *Builder) Begin(h Header) *Builder {
	h.Version, h.Words = Version, fullHeader/8
	b.buf = append(b.buf[:0], (*[fullHeader]byte)(unsafe.Pointer(&h))[:]...)
	return b
}

// Text adds a text; what is longer than 64 KiB or follows a NUL is cut off.
func (b *Builder) Text(arg uint8, s string) *Builder {
	s = s[:min(len(s), math.MaxUint16)]
	return b.tlv(tagText, arg, 0, []byte(s))
}

// Texts adds a list. Texts beyond 64 KiB together are left out, which sets
// FlagTruncated.
func (b *Builder) Texts(arg uint8, list []string) *Builder {
	var block []byte
	total := 0
	for _, s := range list {
		total += len(s) + 1
		if total <= math.MaxUint16 {
			block = append(append(block, s...), 0)
		}
	}
	b.truncated(total > len(block))
	return b.tlv(tagTexts, arg, uint32(total), block)
}

// Pairs adds a map: key, value, key, value. A text ends at its first NUL; pairs
// beyond 64 KiB together are left out, which sets FlagTruncated.
func (b *Builder) Pairs(arg uint8, pairs []string) *Builder {
	var block []byte
	total := 0
	for i := 0; i+1 < len(pairs); i += 2 {
		key, _, _ := strings.Cut(pairs[i], "\x00")
		value, _, _ := strings.Cut(pairs[i+1], "\x00")
		total += len(key) + len(value) + 2
		if total <= math.MaxUint16 {
			block = append(append(append(append(block, key...), 0), value...), 0)
		}
	}
	b.truncated(total > len(block))
	return b.tlv(tagPairs, arg, uint32(total), block)
}

// truncated sets FlagTruncated where something was left out.
func (b *Builder) truncated(yes bool) {
	if yes {
		flags := binary.LittleEndian.Uint16(b.buf[8:])
		binary.LittleEndian.PutUint16(b.buf[8:], flags|FlagTruncated)
	}
}

// Registers adds a syscall's raw arguments, from the first one on.
func (b *Builder) Registers(values ...uint64) *Builder {
	block := make([]byte, 0, 48)
	for _, v := range values {
		block = binary.LittleEndian.AppendUint64(block, v)
	}
	return b.tlv(tagArgs, 0, 0, block)
}

// Sockaddr adds a struct sockaddr as the kernel has it in memory.
func (b *Builder) Sockaddr(arg uint8, raw []byte) *Builder { return b.tlv(tagSockaddr, arg, 0, raw) }

// Bytes adds bytes; those beyond 64 KiB are cut off.
func (b *Builder) Bytes(arg uint8, raw []byte) *Builder { return b.tlv(tagBytes, arg, 0, raw) }

// Dir makes a text that was added before absolute: below the directory dir, where
// it is relative.
func (b *Builder) Dir(arg uint8, dir string) *Builder { return b.tlv(tagDir, arg, 0, []byte(dir)) }

// Uint adds an unsigned number.
func (b *Builder) Uint(arg uint8, n uint64) *Builder {
	return b.tlv(tagU64, arg, 0, binary.LittleEndian.AppendUint64(nil, n))
}

// Int32 adds a signed number of 32 bits.
func (b *Builder) Int32(arg uint8, n int32) *Builder { return b.tlv(tagS32, arg, uint32(n), nil) }

// Bool adds a truth value.
func (b *Builder) Bool(arg uint8, v bool) *Builder {
	if v {
		return b.tlv(tagBool, arg, 1, nil)
	}
	return b.tlv(tagBool, arg, 0, nil)
}

// Start adds a start time, in nanoseconds since boot.
func (b *Builder) Start(arg uint8, ns uint64) *Builder {
	return b.tlv(tagStart, arg, 0, binary.LittleEndian.AppendUint64(nil, ns))
}

// End returns the record, which is valid until the next Begin.
func (b *Builder) End() []byte {
	binary.LittleEndian.PutUint32(b.buf, uint32(len(b.buf)))
	return b.buf
}

func (b *Builder) tlv(tag, arg uint8, aux uint32, payload []byte) *Builder {
	payload = payload[:min(len(payload), math.MaxUint16)]
	b.buf = append(b.buf, tag, arg)
	b.buf = binary.LittleEndian.AppendUint16(b.buf, uint16(len(payload)))
	b.buf = binary.LittleEndian.AppendUint32(b.buf, aux)
	b.buf = append(b.buf, payload...)
	for len(b.buf)%8 != 0 {
		b.buf = append(b.buf, 0)
	}
	return b
}
