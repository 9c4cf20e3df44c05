package template

// payload is the flat event under the names that its fields have in Tracee, by
// which templates ask for them. As JSON it is the event as it was.
type payload struct {
	Timestamp           int            `json:"timestamp"`
	ThreadStartTime     int            `json:"threadStartTime"`
	ProcessorID         int            `json:"processorId"`
	ProcessID           int            `json:"processId"`
	CgroupID            uint           `json:"cgroupId"`
	ThreadID            int            `json:"threadId"`
	ParentProcessID     int            `json:"parentProcessId"`
	HostProcessID       int            `json:"hostProcessId"`
	HostThreadID        int            `json:"hostThreadId"`
	HostParentProcessID int            `json:"hostParentProcessId"`
	UserID              int            `json:"userId"`
	MountNS             int            `json:"mountNamespace"`
	PIDNS               int            `json:"pidNamespace"`
	ProcessName         string         `json:"processName"`
	Executable          executable     `json:"executable"`
	HostName            string         `json:"hostName"`
	ContainerID         string         `json:"containerId"`
	Container           container      `json:"container"`
	Kubernetes          kubernetes     `json:"kubernetes"`
	EventID             string         `json:"eventId"`
	EventName           string         `json:"eventName"`
	MatchedPolicies     []string       `json:"matchedPolicies"`
	ArgsNum             int            `json:"argsNum"`
	ReturnValue         int            `json:"returnValue"`
	Syscall             string         `json:"syscall"`
	StackAddresses      []uint64       `json:"stackAddresses"`
	ContextFlags        flags          `json:"contextFlags"`
	ThreadEntityId      uint32         `json:"threadEntityId"`  //nolint:staticcheck // Tracee's name
	ProcessEntityId     uint32         `json:"processEntityId"` //nolint:staticcheck // Tracee's name
	ParentEntityId      uint32         `json:"parentEntityId"`  //nolint:staticcheck // Tracee's name
	Args                []argument     `json:"args"`
	Metadata            map[string]any `json:"metadata"`

	raw []byte
}

type executable struct {
	Path string `json:"path"`
}

type container struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	ImageName   string `json:"image"`
	ImageDigest string `json:"imageDigest"`
}

type kubernetes struct {
	PodName      string `json:"podName"`
	PodNamespace string `json:"podNamespace"`
	PodUID       string `json:"podUID"`
	PodSandbox   bool   `json:"podSandbox"`
}

type flags struct {
	ContainerStarted bool `json:"containerStarted"`
	IsCompat         bool `json:"isCompat"`
}

type argument struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value any    `json:"value"`
}

// MarshalJSON returns the event as it was.
func (p payload) MarshalJSON() ([]byte, error) { return p.raw, nil }

// Origin is where the event comes from, for templates that ask.
func (p payload) Origin() string {
	switch {
	case p.ContextFlags.ContainerStarted:
		return "container"
	case p.Container.ID != "":
		return "container-init"
	default:
		return "host"
	}
}

// ContainerImage, ContainerName, PodName, PodNamespace and PodUID are where
// events had them before Tracee 0.13.

// ContainerImage returns the image of the container.
func (p payload) ContainerImage() string { return p.Container.ImageName }

// ContainerName returns the name of the container.
func (p payload) ContainerName() string { return p.Container.Name }

// PodName returns the name of the pod.
func (p payload) PodName() string { return p.Kubernetes.PodName }

// PodNamespace returns the namespace of the pod.
func (p payload) PodNamespace() string { return p.Kubernetes.PodNamespace }

// PodUID returns the uid of the pod.
func (p payload) PodUID() string { return p.Kubernetes.PodUID }
