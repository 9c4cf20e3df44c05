package bus

import (
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"strconv"
)

// The streams. Their subjects are made by the functions of this package.
const (
	// StreamRaw holds the kernel's records, one message for each batch.
	StreamRaw = "WEIR_RAW"
	// StreamEvents holds enriched batches; it is a public contract.
	StreamEvents = "WEIR_EVENTS"
	// StreamDetections carries detections from detectors to notifiers.
	StreamDetections = "WEIR_DETECTIONS"
	// StreamFindings holds findings as CloudEvents; it is a public contract.
	StreamFindings = "WEIR_FINDINGS"
	// StreamShadow holds what signatures on trial would have found.
	StreamShadow = "WEIR_SHADOW"
	// StreamDLQ holds messages that no attempt could handle.
	StreamDLQ = "WEIR_DLQ"
)

// The key-value buckets.
const (
	BucketMembers      = "weir_members"
	BucketSignatures   = "weir_signatures"
	BucketInterest     = "weir_interest"
	BucketState        = "weir_state"
	BucketLedger       = "weir_ledger"
	BucketSuppressions = "weir_suppressions"
)

// The subjects that the streams take.
const (
	// SubjectsRaw are what collectors publish to, SubjectsRawStored what becomes
	// of them in the stream.
	SubjectsRaw        = "weir.raw.*"
	SubjectsRawStored  = "weir.raw.*.*"
	SubjectsEvents     = "weir.events.*.*"
	SubjectsDetections = "weir.detections.*"
	SubjectsFindings   = "weir.findings.>"
	SubjectsShadow     = "weir.shadow.>"
	SubjectsDLQ        = "weir.dlq.>"
)

// SubjectsDataSources are where the enrichers answer questions about what they
// know of a node.
const SubjectsDataSources = "weir.ds.>"

// PinGroup is the priority group whose pinned client owns a partition.
const PinGroup = "owner"

// Subjects of the broker itself.
const (
	subjectAPI         = "$JS.API."
	subjectAccountInfo = subjectAPI + "INFO"
	// SubjectUserInfo is where a user asks for its own rights.
	SubjectUserInfo = "$SYS.REQ.USER.INFO"
)

// ConsumerName is the durable consumer by which a stage reads a partition. It is
// part of what operators see and scale on.
func ConsumerName(stage string, p int) string { return fmt.Sprintf("%s-p%02d", stage, p) }

// BucketStream is the stream in which a bucket is kept.
func BucketStream(bucket string) string { return "KV_" + bucket }

// BucketSubject is where a value of a bucket is written; the key may have
// wildcards.
func BucketSubject(bucket, key string) string { return "$KV." + bucket + "." + key }

// RawSubject is where the collector of a node publishes; the broker inserts
// the partition. A collector needs the right to publish to this subject only.
func RawSubject(node string) string { return "weir.raw." + Token(node) }

// LastRawSubject is where StreamRaw is asked for the last message of a node,
// whatever its partition. The collector of the node needs the right to publish
// to it, as a literal or, since '*' stands in it, as a pattern.
func LastRawSubject(node string) string {
	return "$JS.API.DIRECT.GET." + StreamRaw + ".weir.raw.*." + Token(node)
}

// WrittenSubject is where the collector of a node stores how far a run of its
// numbers has come; the run may be "*".
func WrittenSubject(node, run string) string {
	return BucketSubject(BucketLedger, "collector.n"+hex.EncodeToString([]byte(node))+"."+run)
}

// RawFilter selects partition p of StreamRaw.
func RawFilter(p int) string { return "weir.raw." + strconv.Itoa(p) + ".>" }

// EventsSubject is where events of a node in partition p are published.
func EventsSubject(p int, node string) string {
	return "weir.events." + strconv.Itoa(p) + "." + Token(node)
}

// EventsFilter selects partition p of StreamEvents.
func EventsFilter(p int) string { return "weir.events." + strconv.Itoa(p) + ".>" }

// DetectionsSubject is the subject and the filter of partition p of
// StreamDetections.
func DetectionsSubject(p int) string { return "weir.detections." + strconv.Itoa(p) }

// FindingSubject is where findings of a signature are published. With "" for
// either part it selects any.
func FindingSubject(severity, signatureID string) string {
	return "weir.findings." + tokenOrAny(severity) + "." + tokenOrAny(signatureID)
}

// DLQSubject is where a stage puts messages of partition p that it gave up.
func DLQSubject(stage string, p int) string {
	return "weir.dlq." + Token(stage) + "." + strconv.Itoa(p)
}

// DLQSubjects are all those of a stage.
func DLQSubjects(stage string) string { return "weir.dlq." + Token(stage) + ".*" }

// Partition maps a key to 0..n-1: FNV-1a (32 bit) of its bytes modulo n, which
// is also what the broker's subject transform does with a token. It is part of
// the contract: it must never change for existing streams. It returns 0 for
// n < 2.
func Partition(key string, n int) int {
	if n < 2 {
		return 0
	}
	h := fnv.New32a()
	// Writing to a hash cannot fail.
	_, _ = h.Write([]byte(key))
	return int(h.Sum32() % uint32(n))
}

// nodeSpread is among how many partitions the events of one node are spread.
const nodeSpread = 2

// EventsPartition is the partition, of n, of a node's events in WEIR_EVENTS: those
// of a container, or of the node itself where container is "". A container's are
// all in one. A raw message has events of many containers, and becomes a message
// for each partition that they go to: that is why a node's are in few. It is part
// of the contract, as Partition is.
func EventsPartition(node, container string, n int) int {
	p := Partition(node, n)
	if container == "" {
		return p
	}
	return (p + Partition(node+"/"+container, min(nodeSpread, n))) % max(n, 1)
}

func tokenOrAny(name string) string {
	if name == "" {
		return "*"
	}
	return Token(name)
}

// interestKey is an instance's key; keys allow fewer characters than tokens.
func interestKey(instance string) string { return "i" + hex.EncodeToString([]byte(instance)) }
