package record

import (
	"bytes"
	"encoding/binary"
	"unsafe"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
)

// The tags of TLVs; doc.go says what each holds.
const (
	tagArgs = iota + 1
	tagText
	tagTexts
	tagSockaddr
	tagU64
	tagU32
	tagS32
	tagBool
	tagStart
	tagBytes
	tagDir
	tagPairs
)

// tlvHeader is the length of a TLV's fixed part.
const tlvHeader = 8

// arguments reads the TLVs of a record into e.Values, which are null before.
func (d *Decoder) arguments(rec []byte, kind *catalogue.Event, e *event.Event) error {
	le := binary.LittleEndian
	for at := int(rec[5]) * 8; at < len(rec); {
		if len(rec)-at < tlvHeader {
			return headerError(at, "%d bytes are less than an argument", len(rec)-at)
		}
		tag, arg, n := rec[at], int(rec[at+1]), int(le.Uint16(rec[at+2:]))
		aux := le.Uint32(rec[at+4:])
		body := at + tlvHeader
		next := body + (n+7)&^7
		if next > len(rec) {
			return headerError(at, "argument %d of %d bytes goes beyond the end", arg, n)
		}
		payload := rec[body : body+n : body+n]
		if tag == tagArgs {
			if err := registers(payload, kind, e.Values); err != nil {
				return headerError(at, "%s", err)
			}
		} else if v, known := d.value(tag, aux, payload); known {
			if arg >= len(e.Values) {
				return headerError(at, "%s has no argument %d", e.Shape.Name, arg)
			}
			if tag == tagDir {
				v = d.complete(v.Text(), e.Values[arg])
			}
			e.Values[arg] = v
		}
		at = next
	}
	return nil
}

// value decodes one argument; false where the tag is not known, or the payload
// is too short for it.
func (d *Decoder) value(tag byte, aux uint32, payload []byte) (event.Value, bool) {
	switch tag {
	case tagText, tagDir:
		return event.String(cText(payload)), true
	case tagBytes:
		return event.Bytes(unsafe.String(unsafe.SliceData(payload), len(payload))), true
	case tagTexts:
		return event.Strings(d.list(payload)), true
	case tagPairs:
		list := d.list(payload)
		return event.Map(list[:len(list)&^1]...), true
	case tagSockaddr:
		return d.sockaddr(payload), true
	case tagU32:
		return event.Uint(uint64(aux)), true
	case tagS32:
		return event.Int(int64(int32(aux))), true
	case tagBool:
		return event.Bool(aux != 0), true
	}
	if len(payload) != 8 {
		return event.Value{}, false
	}
	number := binary.LittleEndian.Uint64(payload)
	switch tag {
	case tagU64:
		return event.Uint(number), true
	case tagStart:
		return event.Uint(uint64(d.startBase) + number), true
	}
	return event.Value{}, false
}

// registers fills in the arguments of a syscall that are plain numbers.
func registers(payload []byte, kind *catalogue.Event, values []event.Value) error {
	n := len(payload) / 8
	if len(payload)%8 != 0 || n > len(values) {
		return errRegisters
	}
	for i := range n {
		raw := binary.LittleEndian.Uint64(payload[i*8:])
		switch kind.Args[i].From {
		case catalogue.Int32:
			values[i] = event.Int(int64(int32(raw)))
		case catalogue.Uint32:
			values[i] = event.Uint(uint64(uint32(raw)))
		case catalogue.Int64:
			values[i] = event.Int(int64(raw))
		case catalogue.Uint64, catalogue.OpenHow, catalogue.CloneArgs:
			values[i] = event.Uint(raw)
		}
	}
	return nil
}

// list splits texts that are each ended by a NUL; the last one may be cut off
// and have none.
func (d *Decoder) list(payload []byte) []string {
	n := bytes.Count(payload, []byte{0})
	if len(payload) > 0 && payload[len(payload)-1] != 0 {
		n++
	}
	list := d.texts.take(n)
	for i := range list {
		text := cText(payload)
		list[i] = text
		payload = payload[min(len(text)+1, len(payload)):]
	}
	return list
}
