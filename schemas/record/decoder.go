package record

import (
	"bytes"
	"encoding/binary"
	"unsafe"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// startTick is what boot_time is cut down to before start times are added.
const startTick = 10_000_000

// Decoder turns records into events. The zero value is ready after Reset. It
// belongs to one goroutine; the events it has made are independent of it and
// stay valid, but their texts alias the records' bytes: who keeps a text for
// long should clone it, or it keeps the whole batch in memory.
type Decoder struct {
	node, bootID        string
	bootTime, startBase int64

	values   slab[event.Value]
	contexts slab[event.Context]
	texts    slab[string]
	// arena holds texts that are made, not found in a record.
	arena []byte
	// recent finds the Context of a thread's last event of this batch, so that
	// events of one thread share it until a field of the header differs.
	recent [64]recentContext
}

type recentContext struct {
	identity, added []byte
	context         *event.Context
}

// Reset starts a batch: its envelope says which node the records come from and
// when it booted.
func (d *Decoder) Reset(env *eventpb.Envelope) {
	d.node, d.bootID = env.GetNode(), env.GetBootId()
	d.bootTime = env.GetBootTime()
	d.startBase = d.bootTime - d.bootTime%startTick
	clear(d.recent[:])
}

// Decode turns one record, as Records yields it, into the event number seq of
// its node and writes all of into. Context.Container, .Kubernetes and .Process
// stay empty: they are for the enricher, which may fill in the Context before
// it decodes the thread's next record. An error names the offset and the
// reason; into is then of no use, but further records can be decoded. rec must
// not change afterwards.
func (d *Decoder) Decode(rec []byte, seq uint64, into *event.Event) error {
	if err := check(rec); err != nil {
		return err
	}
	le := binary.LittleEndian
	kind := catalogue.Type(le.Uint16(rec[6:])).Event()
	if kind == nil {
		return headerError(6, "unknown type %d", le.Uint16(rec[6:]))
	}
	shape := kind.Shape()
	flags := le.Uint16(rec[8:])
	*into = event.Event{
		Seq: seq, Time: d.bootTime + int64(le.Uint64(rec[16:])), Shape: shape,
		Values:      d.values.take(len(shape.Args)),
		ReturnValue: int64(le.Uint64(rec[144:])), CPU: le.Uint32(rec[12:]),
		Compat: flags&FlagCompat != 0, Hook: Hook(rec[10]).String(),
		Syscall: catalogue.SyscallName(int32(le.Uint32(rec[152:]))),
	}
	if err := d.arguments(rec, kind, into); err != nil {
		return err
	}
	into.Context = d.context(rec, kind.Type)
	d.finish(kind.Type, into)
	return nil
}

// finish adds what follows from an event's own arguments.
func (d *Decoder) finish(typ catalogue.Type, e *event.Event) {
	switch typ {
	case catalogue.SchedProcessExec:
		e.Context.Executable = e.Values[1].Text()
	case catalogue.ExistingProcess:
		e.Context.Executable = e.Values[0].Text()
	case catalogue.SecurityFileOpen:
		e.Values[6] = event.Bool(namesDiffer(e.Values[5].Text(), e.Values[0].Text()))
	case catalogue.IoUringSubmit:
		if operation, ok := e.Symbol("opcode"); ok {
			e.Values[1] = event.String(operation)
		}
	}
}

// context returns the facts about the thread. Events that change what the
// enricher knows of a process (all of the priority class) begin a new one.
func (d *Decoder) context(rec []byte, typ catalogue.Type) *event.Context {
	le := binary.LittleEndian
	identity := rec[identityStart:identityEnd]
	added := rec[headerSize:min(int(rec[5])*8, fullHeader)]
	slot := &d.recent[le.Uint32(identity[4:])%uint32(len(d.recent))]
	if slot.context != nil && !typ.Priority() && bytes.Equal(slot.identity, identity) &&
		bytes.Equal(slot.added, added) {
		return slot.context
	}
	c := &d.contexts.take(1)[0]
	c.Node, c.BootID = d.node, d.bootID
	c.HostPID, c.HostTID, c.HostPPID = i32(rec, 32), i32(rec, 36), i32(rec, 40)
	c.PID, c.TID, c.PPID = i32(rec, 44), i32(rec, 48), i32(rec, 52)
	c.UID, c.GID, c.EUID = le.Uint32(rec[56:]), le.Uint32(rec[60:]), le.Uint32(rec[64:])
	c.LoginUID = le.Uint32(rec[68:])
	c.ThreadStartTime = d.startBase + int64(le.Uint64(rec[72:]))
	c.ThreadEntityID = event.EntityID(c.HostTID, c.ThreadStartTime)
	c.ProcessEntityID = event.EntityID(c.HostPID, d.startBase+int64(le.Uint64(rec[80:])))
	c.ParentEntityID = event.EntityID(c.HostPPID, d.startBase+int64(le.Uint64(rec[88:])))
	c.CgroupID = le.Uint64(rec[96:])
	c.MountNS, c.PIDNS = le.Uint32(rec[104:]), le.Uint32(rec[108:])
	c.ProcessName = cText(rec[112:128])
	c.HostName = cText(rec[128:144])
	if len(added) == fullHeader-headerSize {
		c.Capabilities, c.UnifiedCgroupID = le.Uint64(added), le.Uint64(added[8:])
		c.TTY, c.NetNS = le.Uint32(added[16:]), le.Uint32(added[20:])
	}
	*slot = recentContext{identity: identity, added: added, context: c}
	return c
}

func i32(b []byte, at int) int32 { return int32(binary.LittleEndian.Uint32(b[at:])) }

// cText returns the bytes up to the first NUL as a text, without copying.
func cText(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return unsafe.String(unsafe.SliceData(b), len(b))
}
