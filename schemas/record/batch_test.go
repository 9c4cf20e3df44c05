package record

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// The Go header must lie in memory as the C one; package bpf compares both.
func TestHeaderSize(t *testing.T) {
	if n := unsafe.Sizeof(Header{}); n != fullHeader {
		t.Errorf("header has %d bytes", n)
	}
	var h Header
	if n := unsafe.Offsetof(h.Capabilities); n != headerSize {
		t.Errorf("additions begin at %d", n)
	}
	if a, b := unsafe.Offsetof(h.HostPID), unsafe.Offsetof(h.Ret); a != identityStart || b != identityEnd {
		t.Errorf("identity from %d to %d", a, b)
	}
}

func TestMarshal(t *testing.T) {
	records := append([]byte(nil), new(Builder).Begin(header(catalogue.Openat)).Text(1, "/a").End()...)
	records = append(records, new(Builder).Begin(header(catalogue.SchedProcessExit)).Bool(1, true).End()...)
	data, err := Marshal(envelope(), records)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Unmarshal(data)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Records, records) || b.Envelope.Node != "web 1" {
		t.Errorf("batch %v", b)
	}
	var types []catalogue.Type
	for rec, err := range Records(b.Records) {
		if err != nil {
			t.Fatal(err)
		}
		typ, at, err := Peek(rec)
		if err != nil || at != 5_000_000_000 {
			t.Errorf("peek: %d, %v", at, err)
		}
		types = append(types, typ)
	}
	if len(types) != 2 || types[0] != catalogue.Openat || types[1] != catalogue.SchedProcessExit {
		t.Errorf("types %v", types)
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	other, _ := Marshal(&eventpb.Envelope{Schema: 9}, nil)
	mixed, _ := Marshal(&eventpb.Envelope{Schema: SchemaEvents}, []byte("records"))
	early, _ := (&eventpb.RawBatch{Envelope: envelope(), Events: []byte("events")}).MarshalVT()
	for _, c := range []struct{ name, data, want string }{
		{"garbage", "\xff\xff", "unmarshal batch"},
		{"empty", "", "without envelope"},
		{"schema", string(other), "schema 9, want 1 or 2"},
		{"records in a batch of events", string(mixed), "schema 2 with 7 bytes of records and 0 of events"},
		{"events in a batch of records", string(early), "schema 1 with 0 bytes of records and 6 of events"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Unmarshal([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestRecordsStopsAtBadLength(t *testing.T) {
	good := append([]byte(nil), new(Builder).Begin(header(catalogue.SchedProcessExit)).End()...)
	for _, tail := range []string{"\x01", "\x00\x00\x00\x00", "\xff\xff\xff\xff", "\xa1\x00\x00\x00"} {
		seen, bad := 0, 0
		for _, err := range Records(append(slices.Clip(good), tail...)) {
			if err != nil {
				bad++
				continue
			}
			seen++
		}
		if seen != 1 || bad != 1 {
			t.Errorf("tail %q: %d records, %d errors", tail, seen, bad)
		}
	}
}

// Whatever the bytes are: no panic, and a decoded event has one value for each
// argument of its shape and a context.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(new(Builder).Begin(header(catalogue.Openat)).Text(1, "/a").Registers(1, 2, 3, 4).End())
	f.Add(new(Builder).Begin(header(catalogue.SchedProcessExec)).Texts(8, []string{"a", "b"}).Start(8, 1).End())
	f.Add(new(Builder).Begin(header(catalogue.Connect)).Sockaddr(1, []byte("\x0a\x00\x01\x02")).End())
	f.Add(new(Builder).Begin(header(catalogue.ContainerCreate)).Text(1, "id").Pairs(10, []string{"k", "v"}).End())
	f.Fuzz(func(t *testing.T, data []byte) {
		var d Decoder
		d.Reset(envelope())
		total := 0
		for rec, err := range Records(data) {
			if err != nil {
				break
			}
			total += len(rec)
			var e event.Event
			if d.Decode(rec, 1, &e) == nil && (e.Context == nil || len(e.Values) != len(e.Shape.Args)) {
				t.Fatalf("incomplete event %+v", e)
			}
		}
		if total > len(data) {
			t.Fatalf("%d bytes of records in %d", total, len(data))
		}
	})
}

func FuzzUnmarshal(f *testing.F) {
	good, _ := Marshal(envelope(), new(Builder).Begin(header(catalogue.SchedProcessExit)).End())
	f.Add(good)
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Unmarshal(data)
		if err == nil && (b.Envelope == nil || len(b.Records) > len(data)) {
			t.Fatalf("batch %v of %d bytes", b, len(data))
		}
	})
}
