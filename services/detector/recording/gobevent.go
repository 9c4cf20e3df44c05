package recording

import (
	"math"

	"github.com/aquasecurity/tracee/types/trace"
)

// gobEvent has the fields that Tracee's event had in any release with gob
// streams, by the names that gob matches. As JSON it is the flat form of its
// release: keys that a release did not have stay away or are empty.
type gobEvent struct {
	Timestamp           int                `json:"timestamp"`
	ThreadStartTime     int                `json:"threadStartTime"`
	ProcessorID         int                `json:"processorId"`
	ProcessID           int                `json:"processId"`
	CgroupID            uint               `json:"cgroupId"`
	ThreadID            int                `json:"threadId"`
	ParentProcessID     int                `json:"parentProcessId"`
	HostProcessID       int                `json:"hostProcessId"`
	HostThreadID        int                `json:"hostThreadId"`
	HostParentProcessID int                `json:"hostParentProcessId"`
	UserID              int                `json:"userId"`
	MountNS             int                `json:"mountNamespace"`
	PIDNS               int                `json:"pidNamespace"`
	ProcessName         string             `json:"processName"`
	Executable          trace.File         `json:"executable"`
	HostName            string             `json:"hostName"`
	ContainerID         string             `json:"containerId"`
	ContainerImage      string             `json:"containerImage,omitempty"`
	ContainerName       string             `json:"containerName,omitempty"`
	PodName             string             `json:"podName,omitempty"`
	PodNamespace        string             `json:"podNamespace,omitempty"`
	PodUID              string             `json:"podUID,omitempty"`
	Container           trace.Container    `json:"container"`
	Kubernetes          trace.Kubernetes   `json:"kubernetes"`
	EventID             int                `json:"eventId,string"`
	EventName           string             `json:"eventName"`
	MatchedPolicies     []string           `json:"matchedPolicies,omitempty"`
	ArgsNum             int                `json:"argsNum"`
	ReturnValue         int                `json:"returnValue"`
	Syscall             string             `json:"syscall"`
	StackAddresses      []uint64           `json:"stackAddresses"`
	ContextFlags        trace.ContextFlags `json:"contextFlags"`
	ThreadEntityId      uint32             `json:"threadEntityId"`  //nolint:staticcheck // gob knows it by this name
	ProcessEntityId     uint32             `json:"processEntityId"` //nolint:staticcheck // gob knows it by this name
	ParentEntityId      uint32             `json:"parentEntityId"`  //nolint:staticcheck // gob knows it by this name
	Args                []gobArgument      `json:"args"`
	Metadata            *trace.Metadata    `json:"metadata,omitempty"`
}

// gobArgument is an argument, with its name and type in a struct of their own.
type gobArgument struct {
	ArgMeta
	Value any `json:"value"`
}

// ArgMeta is exported because gob knows embedded structs by their names.
type ArgMeta struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// oldestGobEvent is the event of before 2021. Its time is in seconds.
type oldestGobEvent struct {
	Timestamp                                        float64
	ProcessID, ThreadID, ParentProcessID             int
	HostProcessID, HostThreadID, HostParentProcessID int
	UserID, MountNS, PIDNS                           int
	ProcessName, HostName                            string
	EventID                                          int
	EventName                                        string
	ArgsNum, ReturnValue                             int
	StackAddresses                                   []uint64
	Args                                             []gobArgument
}

// current returns the event with the fields of today. A time that no clock
// shows becomes 0.
func (o *oldestGobEvent) current() *gobEvent {
	nanoseconds := o.Timestamp * 1e9
	if math.IsNaN(nanoseconds) || math.Abs(nanoseconds) >= math.MaxInt64 {
		nanoseconds = 0
	}
	return &gobEvent{
		Timestamp: int(nanoseconds), ProcessID: o.ProcessID, ThreadID: o.ThreadID, ParentProcessID: o.ParentProcessID,
		HostProcessID: o.HostProcessID, HostThreadID: o.HostThreadID, HostParentProcessID: o.HostParentProcessID,
		UserID: o.UserID, MountNS: o.MountNS, PIDNS: o.PIDNS, ProcessName: o.ProcessName, HostName: o.HostName,
		EventID: o.EventID, EventName: o.EventName, ArgsNum: o.ArgsNum, ReturnValue: o.ReturnValue,
		StackAddresses: o.StackAddresses, Args: o.Args,
	}
}
