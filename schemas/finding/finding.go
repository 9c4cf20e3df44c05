package finding

import "encoding/json"

// Finding is the data of a finding's CloudEvent.
type Finding struct {
	Signature Signature `json:"signature"`
	// Data is the document that the signature returned, or null.
	Data any `json:"data"`
	// Event is the last triggering event in the flat JSON form.
	Event json.RawMessage `json:"event"`
	// Events are the ids of all triggering events, oldest first.
	Events []string `json:"events"`
	// Process is the process of the last triggering event, or null.
	Process *Process `json:"process"`
	// Container is null for a host process.
	Container *Container `json:"container"`
	// Kubernetes is null outside a pod.
	Kubernetes *Kubernetes `json:"kubernetes"`
	// DNS holds the names that the process was told for the addresses in Event.
	DNS []string `json:"dns"`
	// Evidence says whether anything is missing from the time looked at.
	Evidence Evidence `json:"evidence"`
	// Enrichment gives the status of each enriched field: "resolved",
	// "pending", "not_found", "stale" or "lost".
	Enrichment map[string]string `json:"enrichment"`
	// SetVersion is the version of the set of signatures that was loaded.
	SetVersion string `json:"set_version"`
	// TraceID is the OpenTelemetry trace of the finding, 32 hexadecimal digits.
	TraceID string `json:"trace_id"`
}

// Signature says which signature matched.
type Signature struct {
	ID          string         `json:"id"`
	Version     string         `json:"version"`
	Name        string         `json:"name"`
	EventName   string         `json:"event_name"`
	Description string         `json:"description"`
	Severity    Severity       `json:"severity"`
	Tags        []string       `json:"tags"`
	Properties  map[string]any `json:"properties"`
}

// Process is a process with its ancestors, nearest first.
type Process struct {
	EntityID   uint32   `json:"entity_id"`
	PID        int32    `json:"pid"`
	NSPID      int32    `json:"ns_pid"`
	UID        uint32   `json:"uid"`
	Name       string   `json:"name"`
	Executable string   `json:"executable"`
	Args       []string `json:"args,omitempty"`
	// StartTime and ExecTime are Unix nanoseconds.
	StartTime int64     `json:"start_time"`
	ExecTime  int64     `json:"exec_time,omitempty"`
	Ancestors []Process `json:"ancestors,omitempty"`
}

// Container is the container in which it happened.
type Container struct {
	ID          string `json:"id"`
	Name        string `json:"name,omitempty"`
	Image       string `json:"image,omitempty"`
	ImageDigest string `json:"image_digest,omitempty"`
	Runtime     string `json:"runtime,omitempty"`
	// Labels are those that the container's runtime tells, secrets redacted.
	Labels map[string]string `json:"labels,omitempty"`
}

// Kubernetes is the pod in which it happened.
type Kubernetes struct {
	PodName      string `json:"pod_name"`
	PodNamespace string `json:"pod_namespace"`
	PodUID       string `json:"pod_uid,omitempty"`
	PodSandbox   bool   `json:"pod_sandbox,omitempty"`
	// Labels are the pod's, secrets redacted.
	Labels map[string]string `json:"labels,omitempty"`
}

// Evidence says whether the detector saw everything.
type Evidence struct {
	Complete bool   `json:"complete"`
	Lost     []Loss `json:"lost"`
}

// Loss is a number of events that are known to be missing.
type Loss struct {
	Stage  string `json:"stage"`
	Reason string `json:"reason"`
	// Event is the name of the missing events, or "" where it is not known.
	Event string `json:"event,omitempty"`
	Count uint64 `json:"count"`
	// FirstTime and LastTime are Unix nanoseconds.
	FirstTime int64 `json:"first_time"`
	LastTime  int64 `json:"last_time"`
}
