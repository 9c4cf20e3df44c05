package lookup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Version is the version of requests and replies.
const Version = 1

// maxText bounds the texts of a request, in bytes.
const maxText = 4096

// Request is one question. The zero Time asks for the latest that is known.
type Request struct {
	// Version is that of requests and replies; see the constant.
	Version int `json:"version"`
	// Namespace and ID name the source. The service fills them in from the
	// subject, which must agree where both are given.
	Namespace string `json:"namespace,omitzero"`
	ID        string `json:"id,omitzero"`
	// Node is the machine that is asked about. Boot is its boot id; left out, it
	// is the one that was heard of last.
	Node string `json:"node"`
	Boot string `json:"boot,omitzero"`
	Key  Key    `json:"key"`
	// Time is the time as of which the answer is to hold.
	Time time.Time `json:"time,omitzero"`
}

// Key says what is looked up. Which of the fields are used depends on the
// source: Text for containers; Text, Container and NetNS for dns; the others for
// process_tree, where either Entity or PID is needed.
type Key struct {
	// Text is the whole id of a container, or a name or address.
	Text string `json:"text,omitzero"`
	// Container and NetNS say whose answers of name servers are meant: those of a
	// container by its id, or of a network namespace by its inode.
	Container string `json:"container,omitzero"`
	NetNS     uint32 `json:"net_ns,omitzero"`
	// Entity is the entity id of a process or thread. PID is its id in the root
	// pid namespace at the time.
	Entity uint32 `json:"entity,omitzero"`
	PID    int32  `json:"pid,omitzero"`
	// Kind says what is wanted of it; "" means KindProcess.
	Kind Kind `json:"kind,omitzero"`
	// Depth is how many ancestors a lineage has at most; 0 means none.
	Depth int `json:"depth,omitzero"`
}

// Kind is what is wanted of a process.
type Kind string

// The kinds.
const (
	KindProcess Kind = "process"
	KindThread  Kind = "thread"
	KindLineage Kind = "lineage"
)

// ParseRequest reads a request strictly. Its errors are an *Error with the code
// that the service answers with.
func ParseRequest(text []byte) (Request, error) {
	var versioned struct {
		Version *int `json:"version"`
	}
	if err := json.Unmarshal(text, &versioned); err != nil {
		return Request{}, Refuse(CodeBadRequest, "the request is no JSON object with a whole number as its version")
	}
	if versioned.Version == nil {
		return Request{}, Refuse(CodeBadRequest, "the request has no version")
	}
	if v := *versioned.Version; v != Version {
		return Request{}, Refuse(CodeVersion, "version %d of requests is not known here, only %d", v, Version)
	}
	var r Request
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return Request{}, Refuse(CodeBadRequest, "the request: %v", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Request{}, Refuse(CodeBadRequest, "something stands behind the request")
	}
	if err := r.validate(); err != nil {
		return Request{}, Refuse(CodeBadRequest, "the request: %v", err)
	}
	return r, nil
}

// Encode writes the request as JSON. It refuses what ParseRequest does.
func (r Request) Encode() ([]byte, error) {
	r.Version = Version
	if err := r.validate(); err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	return json.Marshal(r)
}

func (r *Request) validate() error {
	if r.Node == "" {
		return errors.New("the node is missing")
	}
	for _, text := range []string{r.Namespace, r.ID, r.Node, r.Boot, r.Key.Text, r.Key.Container} {
		if len(text) > maxText {
			return fmt.Errorf("a text has %d bytes, at most %d are taken", len(text), maxText)
		}
	}
	switch r.Key.Kind {
	case "", KindProcess, KindThread, KindLineage:
	default:
		return fmt.Errorf("key.kind is %q: it may be process, thread or lineage", r.Key.Kind)
	}
	switch {
	case r.Key.PID < 0 || r.Key.Depth < 0:
		return errors.New("key.pid and key.depth must not be negative")
	case r.Key == Key{}:
		return errors.New("the key is empty")
	}
	// Times are Unix nanoseconds inside.
	if y := r.Time.Year(); !r.Time.IsZero() && (y < 1970 || y > 2261) {
		return fmt.Errorf("time is in the year %d: it must be from 1970 to 2261", y)
	}
	return nil
}
