package record

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

const boot = 1_700_000_000_123_456_789

func envelope() *eventpb.Envelope {
	return &eventpb.Envelope{
		Node: "web 1", BootId: "b007", FirstSeq: 70, BootTime: boot, Schema: Schema,
	}
}

func header(t catalogue.Type) Header {
	h := Header{
		Type: t, Hook: HookSysExit, CPU: 3, Time: 5_000_000_000, CPUSeq: 9,
		HostPID: 100, HostTID: 101, HostPPID: 1, PID: 10, TID: 11, PPID: 0,
		UID: 1000, GID: 1001, EUID: 0, LoginUID: 4294967295,
		StartTime: 4_000_000_000, LeaderStart: 3_000_000_000, ParentStart: 20_000_000,
		CgroupID: 77, MountNS: 4026531840, PIDNS: 4026531836, Ret: 3, Sysno: -1,
	}
	copy(h.Comm[:], "cat")
	copy(h.NodeName[:], "sixteen-bytes-xx")
	return h
}

func decode(t *testing.T, rec []byte) event.Event {
	t.Helper()
	var d Decoder
	d.Reset(envelope())
	var e event.Event
	if err := d.Decode(rec, 71, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestHeader(t *testing.T) {
	h := header(catalogue.Openat)
	h.Flags, h.Sysno = FlagCompat, 257
	e := decode(t, new(Builder).Begin(h).End())
	base := int64(boot - boot%startTick)
	want := event.Context{
		Node: "web 1", BootID: "b007", HostName: "sixteen-bytes-xx",
		PID: 10, TID: 11, HostPID: 100, HostTID: 101, HostPPID: 1,
		UID: 1000, GID: 1001, LoginUID: 4294967295, MountNS: 4026531840, PIDNS: 4026531836,
		CgroupID: 77, ProcessName: "cat", ThreadStartTime: base + 4_000_000_000,
		ThreadEntityID:  event.EntityID(101, base+4_000_000_000),
		ProcessEntityID: event.EntityID(100, base+3_000_000_000),
		ParentEntityID:  event.EntityID(1, base+20_000_000),
	}
	if *e.Context != want {
		t.Errorf("context\n%+v, want\n%+v", *e.Context, want)
	}
	if e.Seq != 71 || e.Time != boot+5_000_000_000 || e.CPU != 3 || !e.Compat || e.ReturnValue != 3 {
		t.Errorf("event %+v", e)
	}
	if e.Syscall != "openat" || e.Hook != "sys_exit" || e.Name() != "openat" || e.ID() != "web 1/b007/71" {
		t.Errorf("names %q %q %q %q", e.Syscall, e.Hook, e.Name(), e.ID())
	}
	if len(e.Values) != len(e.Shape.Args) || !e.Values[1].IsNull() {
		t.Errorf("values %+v: an argument without a TLV is null", e.Values)
	}
}

// A process found in /proc starts at a multiple of 10 ms; the kernel gives
// nanoseconds. Both must name the same entity, whatever the boot time.
func TestEntityFromTicks(t *testing.T) {
	for range 1000 {
		bootTime := rand.Int64N(1 << 60)
		start := rand.Uint64N(1 << 50)
		var entities [2]uint32
		for i, ns := range []uint64{start, start - start%startTick} {
			h := header(catalogue.Openat)
			h.LeaderStart = ns
			var d Decoder
			var e event.Event
			d.Reset(&eventpb.Envelope{BootTime: bootTime})
			if err := d.Decode(new(Builder).Begin(h).End(), 1, &e); err != nil {
				t.Fatal(err)
			}
			entities[i] = e.Context.ProcessEntityID
		}
		if entities[0] != entities[1] {
			t.Fatalf("boot %d, start %d: entities %v differ", bootTime, start, entities)
		}
	}
}

func TestArguments(t *testing.T) {
	in4 := []byte{2, 0, 0x1f, 0x90, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}
	in6 := append([]byte{10, 0, 0, 80, 0, 0, 0, 5}, append(make([]byte, 15), 1, 7, 0, 0, 0)...)
	addr := func(pairs ...string) event.Value { return event.Map(pairs...) }
	for _, c := range []struct {
		name string
		rec  []byte
		want map[string]event.Value
	}{
		{
			"openat", new(Builder).Begin(header(catalogue.Openat)).Text(1, "/etc/shadow").
				Registers(^uint64(99), 0xdead, 0x80241, 0o644).End(),
			map[string]event.Value{
				"dirfd": event.Int(-100), "pathname": event.String("/etc/shadow"),
				"flags": event.Int(0x80241), "mode": event.Uint(0o644),
			},
		},
		{
			"openat2 keeps the pointer and the flags",
			new(Builder).Begin(header(catalogue.Openat2)).Text(1, "x").Uint(4, 1<<40).Uint(5, 0).Uint(6, 8).
				Registers(3, 1, 0x7ffc0000, 24).End(),
			map[string]event.Value{
				"how": event.Uint(0x7ffc0000), "size": event.Uint(24), "flags": event.Uint(1 << 40),
				"resolve": event.Uint(8),
			},
		},
		{
			"ptrace", new(Builder).Begin(header(catalogue.Ptrace)).Registers(^uint64(0), 42, 1<<63, 7).End(),
			map[string]event.Value{
				"request": event.Int(-1), "pid": event.Int(42), "addr": event.Uint(1 << 63), "data": event.Uint(7),
			},
		},
		{
			"connect v4", new(Builder).Begin(header(catalogue.Connect)).Sockaddr(1, in4).Registers(5, 9, 16).End(),
			map[string]event.Value{
				"sockfd": event.Int(5), "addrlen": event.Int(16),
				"addr": addr("sa_family", "AF_INET", "sin_addr", "127.0.0.1", "sin_port", "8080"),
			},
		},
		{
			"connect v6", new(Builder).Begin(header(catalogue.Connect)).Sockaddr(1, in6).End(),
			map[string]event.Value{"addr": addr("sa_family", "AF_INET6", "sin6_addr", "::1", "sin6_port", "80",
				"sin6_flowinfo", "5", "sin6_scopeid", "7")},
		},
		{
			"connect unix", new(Builder).Begin(header(catalogue.Connect)).Sockaddr(1, []byte("\x01\x00/run/x\x00junk")).End(),
			map[string]event.Value{"addr": addr("sa_family", "AF_UNIX", "sun_path", "/run/x")},
		},
		{
			"connect abstract", new(Builder).Begin(header(catalogue.Connect)).Sockaddr(1, []byte("\x01\x00\x00bus")).End(),
			map[string]event.Value{"addr": addr("sa_family", "AF_UNIX", "sun_path", "@bus")},
		},
		{
			"connect short and strange families",
			new(Builder).Begin(header(catalogue.SecuritySocketConnect)).Sockaddr(2, []byte{2, 0, 1}).Int32(1, 1).End(),
			map[string]event.Value{"remote_addr": addr("sa_family", "AF_INET"), "type": event.Int(1)},
		},
		{
			"connect unknown family", new(Builder).Begin(header(catalogue.Connect)).Sockaddr(1, []byte{0xff, 1}).End(),
			map[string]event.Value{"addr": addr("sa_family", "511")},
		},
		{
			"exec", new(Builder).Begin(header(catalogue.SchedProcessExec)).Text(1, "/bin/x\x00cut").Texts(8, []string{"x", "", "-a"}).
				Texts(9, nil).Int32(12, 1).End(),
			map[string]event.Value{
				"pathname": event.String("/bin/x"), "argv": event.Strings([]string{"x", "", "-a"}),
				"env": event.Strings([]string{}), "invoked_from_kernel": event.Int(1), "cmdpath": {},
			},
		},
		{
			"fork's start time is what entity ids are made of",
			new(Builder).Begin(header(catalogue.SchedProcessFork)).Start(8, 5).Int32(4, 7).End(),
			map[string]event.Value{
				"start_time": event.Uint(uint64(boot-boot%startTick) + 5), "child_tid": event.Int(7),
			},
		},
		{
			"exit", new(Builder).Begin(header(catalogue.SchedProcessExit)).Bool(1, true).Int32(0, 3).End(),
			map[string]event.Value{"process_group_exit": event.Bool(true), "exit_code": event.Int(3)},
		},
		{
			"container", new(Builder).Begin(header(catalogue.ContainerCreate)).Text(0, "docker").Uint(2, 7).Bool(9, true).
				Pairs(10, []string{"app", "shop", "empty", "", "a=b", "c"}).Pairs(11, nil).End(),
			map[string]event.Value{
				"runtime": event.String("docker"), "ctime": event.Uint(7), "pod_sandbox": event.Bool(true),
				"labels":     event.Map("app", "shop", "empty", "", "a=b", "c"),
				"pod_labels": event.Map(), "container_name": {},
			},
		},
		{
			"a NUL in a label does not begin another one",
			new(Builder).Begin(header(catalogue.ExistingContainer)).Pairs(10, []string{"a", "1\x00b", "c\x00d", "2"}).End(),
			map[string]event.Value{"labels": event.Map("a", "1", "c", "2")},
		},
		{
			"bytes that are not UTF-8 stay", new(Builder).Begin(header(catalogue.Openat)).Text(1, "\xff\x1b[31m").End(),
			map[string]event.Value{"pathname": event.String("\xff\x1b[31m")},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := decode(t, c.rec)
			for name, want := range c.want {
				got, ok := e.Arg(name)
				if !ok || got.Kind() != want.Kind() || fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%s = %v (%v), want %v", name, got, ok, want)
				}
			}
		})
	}
}

func TestPairsThatDoNotFit(t *testing.T) {
	var pairs []string
	for i := range 80 {
		pairs = append(pairs, fmt.Sprint("key", i), strings.Repeat("v", 1000))
	}
	rec := new(Builder).Begin(header(catalogue.ContainerCreate)).Pairs(10, pairs).End()
	e := decode(t, rec)
	labels, _ := e.Arg("labels")
	if n := len(labels.List()); n == 0 || n >= len(pairs) || n%2 != 0 {
		t.Errorf("%d of %d texts", n, len(pairs))
	}
	if rec[8]&byte(FlagTruncated) == 0 {
		t.Error("what was left out is not marked")
	}
}

func TestBadRecords(t *testing.T) {
	good := func() []byte {
		return append([]byte(nil), new(Builder).Begin(header(catalogue.Openat)).Text(1, "/a").Registers(1, 2, 3, 4).End()...)
	}
	for _, c := range []struct {
		name, want string
		spoil      func(b []byte) []byte
	}{
		{"empty", "offset 0: 0 bytes", func([]byte) []byte { return nil }},
		{"cut", "length says", func(b []byte) []byte { return b[:len(b)-8] }},
		{"version", "offset 4: layout version 2", func(b []byte) []byte { b[4] = 2; return b }},
		{"header too short", "offset 5: header of 8 bytes", func(b []byte) []byte { b[5] = 1; return b }},
		{"header too long", "offset 5", func(b []byte) []byte { b[5] = 255; return b }},
		{"type", "offset 6: unknown type 255", func(b []byte) []byte { b[6] = 255; return b }},
		{"type beyond the table", "unknown type 65535", func(b []byte) []byte { b[6], b[7] = 255, 255; return b }},
		{"argument index", "offset 184: openat has no argument 9", func(b []byte) []byte { b[185] = 9; return b }},
		{"argument length", "offset 184: argument 1 of 4098 bytes", func(b []byte) []byte { b[187] = 16; return b }},
		{"registers", "offset 200: registers", func(b []byte) []byte { b[202] = 31; return b }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d Decoder
			var e event.Event
			d.Reset(envelope())
			err := d.Decode(c.spoil(good()), 1, &e)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if err := d.Decode(good(), 2, &e); err != nil {
				t.Errorf("the next record: %v", err)
			}
		})
	}
	unknown := good()
	unknown[184] = 200
	if e := decode(t, unknown); !e.Values[1].IsNull() {
		t.Error("an unknown tag is skipped")
	}
}

// A later version may append to the header.
func TestLongerHeader(t *testing.T) {
	b := new(Builder).Begin(header(catalogue.Openat))
	b.buf = append(b.buf, 1, 2, 3, 4, 5, 6, 7, 8)
	b.buf[5]++
	e := decode(t, b.Text(1, "/x").End())
	if got := e.Values[1].Text(); got != "/x" {
		t.Errorf("pathname %q", got)
	}
}

func TestContextsAreShared(t *testing.T) {
	var d Decoder
	d.Reset(envelope())
	var contexts []*event.Context
	for _, h := range []Header{
		header(catalogue.Openat), header(catalogue.Connect), header(catalogue.SchedProcessExec), header(catalogue.Openat),
		func() Header { h := header(catalogue.Openat); h.UID = 5; return h }(),
	} {
		rec := append([]byte(nil), new(Builder).Begin(h).End()...)
		var e event.Event
		if err := d.Decode(rec, 1, &e); err != nil {
			t.Fatal(err)
		}
		contexts = append(contexts, e.Context)
	}
	same := []bool{}
	for i := 1; i < len(contexts); i++ {
		same = append(same, contexts[i] == contexts[i-1])
	}
	if want := []bool{true, false, true, false}; !reflect.DeepEqual(same, want) {
		t.Errorf("shared %v, want %v: an exec and a changed uid begin a new context", same, want)
	}
}

func BenchmarkDecode(b *testing.B) {
	in4 := []byte{2, 0, 0x1f, 0x90, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}
	h := header(catalogue.Openat)
	h.Sysno = 257
	for _, c := range []struct {
		name string
		rec  []byte
	}{
		{"openat", new(Builder).Begin(h).Text(1, "/etc/passwd").Registers(1, 2, 3, 4).End()},
		{"connect", new(Builder).Begin(header(catalogue.Connect)).Sockaddr(1, in4).Registers(1, 2, 3).End()},
		{"exec", new(Builder).Begin(header(catalogue.SchedProcessExec)).Text(0, "/bin/ls").Text(1, "/usr/bin/ls").
			Texts(8, []string{"ls", "-la", "/tmp"}).Texts(9, make([]string, 20)).Text(14, "/root").End()},
	} {
		b.Run(c.name, func(b *testing.B) {
			var d Decoder
			var e event.Event
			recs := make([][]byte, 64)
			for i := range recs {
				recs[i] = append([]byte(nil), c.rec...)
				binary.LittleEndian.PutUint32(recs[i][36:], uint32(i/4))
			}
			env := envelope()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%256 == 0 {
					d.Reset(env)
				}
				if err := d.Decode(recs[i%64], uint64(i), &e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// An operation of a ring is told by its number and its name.
func TestRingOperation(t *testing.T) {
	for opcode, want := range map[uint64]event.Value{
		18: event.String("IORING_OP_OPENAT"), 200: event.String("200"),
	} {
		e := decode(t, new(Builder).Begin(header(catalogue.IoUringSubmit)).Uint(0, opcode).End())
		if !e.Values[1].Equal(want) {
			t.Errorf("opcode %d is %v, want %v", opcode, e.Values[1], want)
		}
	}
	if e := decode(t, new(Builder).Begin(header(catalogue.IoUringSubmit)).End()); !e.Values[1].IsNull() {
		t.Errorf("without an opcode it is %v", e.Values[1])
	}
}
