package finding

// Detection is a message of WEIR_DETECTIONS, from the detector to the
// notifier: a finding with what its delivery needs. It is JSON on the wire and
// internal to Weir.
type Detection struct {
	// ID is the CloudEvents id, see NewID.
	ID string `json:"id"`
	// Node is where it happened.
	Node string `json:"node"`
	// Time is the kernel's time of the last triggering event and Made the time
	// of the detection, both in Unix nanoseconds.
	Time int64 `json:"time"`
	Made int64 `json:"made"`
	// Subject is the CloudEvents subject, "host/<node>/proc/<entity>" or
	// "container/<id>/proc/<entity>".
	Subject string `json:"subject"`
	// PartitionKey is what the events were partitioned by.
	PartitionKey string `json:"partition_key"`
	// Sequence is the sequence number of the last triggering event.
	Sequence uint64 `json:"sequence"`
	// Stamps record the stages that the last triggering event went through.
	Stamps  []Stamp `json:"stamps"`
	Finding Finding `json:"finding"`
	// Run names who numbers the detections of the node in the partition, a number
	// that is not used again, or 0 where nobody does; RunTime is when it began, in
	// Unix nanoseconds. Before is how many detections it has made before this one:
	// who has read fewer of them has lost the difference.
	Run     uint64 `json:"run,omitempty"`
	RunTime int64  `json:"run_time,omitempty"`
	Before  uint64 `json:"before,omitempty"`
	// Reminder says that this is no detection: only the numbers are told again,
	// because the stream has given up what told them last.
	Reminder bool `json:"reminder,omitempty"`
}

// Stamp records when a stage took a batch and when it handed it on, in Unix
// nanoseconds.
type Stamp struct {
	Stage    string `json:"stage"`
	Instance string `json:"instance"`
	In       int64  `json:"in"`
	Out      int64  `json:"out"`
}
