package value

import (
	"math"
	"strconv"

	"github.com/weirsec/weir/schemas/event"
)

// Field is a key of the flat form. An event has all of them but dns,
// matchedPolicies and metadata, which are left out where there is nothing.
type Field int

// The fields, in OPA's order of their keys, so that walking over an event needs
// no sorting.
const (
	fieldArgs Field = iota
	fieldArgsNum
	fieldCgroupID
	fieldContainer
	fieldContainerID
	fieldContextFlags
	fieldDNS
	fieldEventID
	fieldEventName
	fieldExecutable
	fieldHostName
	fieldHostParentProcessID
	fieldHostProcessID
	fieldHostThreadID
	fieldKubernetes
	fieldMatchedPolicies
	fieldMetadata
	fieldMountNamespace
	fieldParentEntityID
	fieldParentProcessID
	fieldPidNamespace
	fieldProcessEntityID
	fieldProcessID
	fieldProcessName
	fieldProcessorID
	fieldReturnValue
	fieldStackAddresses
	fieldSyscall
	fieldThreadEntityID
	fieldThreadID
	fieldThreadStartTime
	fieldTimestamp
	fieldUserID
)

// fieldNames are the keys of the fields.
var fieldNames = [...]string{
	"args", "argsNum", "cgroupId", "container", "containerId", "contextFlags", "dns", "eventId", "eventName",
	"executable",
	"hostName", "hostParentProcessId", "hostProcessId", "hostThreadId", "kubernetes", "matchedPolicies", "metadata",
	"mountNamespace", "parentEntityId", "parentProcessId", "pidNamespace", "processEntityId", "processId",
	"processName", "processorId", "returnValue", "stackAddresses", "syscall", "threadEntityId", "threadId",
	"threadStartTime", "timestamp", "userId",
}

// FieldOf returns the field of a key, and false where no event has such a key.
func FieldOf(key string) (Field, bool) {
	low, high := 0, len(fieldNames)
	for low < high {
		if middle := (low + high) / 2; fieldNames[middle] < key {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(fieldNames) && fieldNames[low] == key {
		return Field(low), true
	}
	return 0, false
}

// Field returns a member of the event, undefined where it is left out.
func (e *Event) Field(f Field) Value {
	c := e.event.Context
	switch f {
	case fieldArgs:
		return view(viewArgs, e, 0)
	case fieldArgsNum:
		return Int(int64(e.argCount()))
	case fieldCgroupID:
		return ofUint(c.CgroupID)
	case fieldContainer:
		return view(viewContainer, e, 0)
	case fieldContainerID:
		return String(valid(c.Container.ID))
	case fieldContextFlags:
		return view(viewFlags, e, 0)
	case fieldEventID:
		return String(strconv.FormatInt(int64(e.event.Shape.ID), 10))
	case fieldEventName:
		return String(valid(e.event.Shape.Name))
	case fieldExecutable:
		return view(viewExecutable, e, 0)
	case fieldHostName:
		return String(valid(c.HostName))
	case fieldKubernetes:
		return view(viewKubernetes, e, 0)
	case fieldDNS:
		return ofDNS(e.event.DNS)
	case fieldMatchedPolicies, fieldMetadata, fieldStackAddresses:
		return e.rare(f)
	case fieldProcessName:
		return String(valid(c.ProcessName))
	case fieldSyscall:
		return String(valid(e.event.Syscall))
	default:
		return Int(e.number(f))
	}
}

// number returns a member that is a number of at most 64 bits.
func (e *Event) number(f Field) int64 {
	c := e.event.Context
	switch f {
	case fieldHostParentProcessID:
		return int64(c.HostPPID)
	case fieldHostProcessID:
		return int64(c.HostPID)
	case fieldHostThreadID:
		return int64(c.HostTID)
	case fieldMountNamespace:
		return int64(c.MountNS)
	case fieldParentEntityID:
		return int64(c.ParentEntityID)
	case fieldParentProcessID:
		return int64(c.PPID)
	case fieldPidNamespace:
		return int64(c.PIDNS)
	case fieldProcessEntityID:
		return int64(c.ProcessEntityID)
	case fieldProcessID:
		return int64(c.PID)
	case fieldProcessorID:
		return int64(e.event.CPU)
	case fieldReturnValue:
		return e.event.ReturnValue
	case fieldThreadEntityID:
		return int64(c.ThreadEntityID)
	case fieldThreadID:
		return int64(c.TID)
	case fieldThreadStartTime:
		return c.ThreadStartTime
	case fieldTimestamp:
		return e.event.Time
	default: // userId
		return int64(c.UID)
	}
}

// rare returns a member that few events have.
func (e *Event) rare(f Field) Value {
	x := e.event.Extra
	if x == nil {
		x = &event.Extra{}
	}
	switch f {
	case fieldMatchedPolicies:
		if len(x.MatchedPolicies) == 0 {
			return Value{}
		}
		return ofValidTexts(x.MatchedPolicies)
	case fieldMetadata:
		if len(x.Metadata) == 0 {
			return Value{}
		}
		return ofJSON(string(x.Metadata))
	default: // stackAddresses
		if x.StackAddresses == nil {
			return Null()
		}
		list := NewArray(len(x.StackAddresses))
		for _, address := range x.StackAddresses {
			list.Append(ofUint(address))
		}
		return OfArray(list)
	}
}

// ofDNS is what is known of the remote address, undefined where nobody tried.
func ofDNS(d *event.DNS) Value {
	if d == nil {
		return Value{}
	}
	o := NewObject()
	o.Insert(String("names"), ofValidTexts(d.Names))
	o.Insert(String("status"), String(d.Status.String()))
	return OfObject(o)
}

func ofUint(n uint64) Value {
	if n <= math.MaxInt64 {
		return Int(int64(n))
	}
	return ofText(KindNumber, strconv.FormatUint(n, 10))
}
