package bus

import "slices"

// The stages that read streams by partitions.
const (
	StageEnricher = "enricher"
	StageDetector = "detector"
	StageNotifier = "notifier"
)

// Reader is a stage that reads a stream by partitions, with a durable consumer
// for each.
type Reader struct {
	Stage, Stream string
	// Filter returns the subjects of a partition.
	Filter func(p int) string
}

// Readers returns the stages in the order in which events pass them.
func Readers() []Reader {
	return []Reader{
		{StageEnricher, StreamRaw, RawFilter},
		{StageDetector, StreamEvents, EventsFilter},
		{StageNotifier, StreamDetections, DetectionsSubject},
	}
}

// ReaderOf returns the reader of a stage, and whether there is one.
func ReaderOf(stage string) (Reader, bool) {
	all := Readers()
	i := slices.IndexFunc(all, func(r Reader) bool { return r.Stage == stage })
	if i < 0 {
		return Reader{}, false
	}
	return all[i], true
}

// Inbox returns where the replies to a kind of user go. Each has a place of its
// own, so that none reads what another is answered; collectors have one for each
// node, "" for other kinds.
func Inbox(kind, node string) string {
	if node == "" {
		return "_INBOX_" + kind
	}
	return "_INBOX_" + kind + "." + Token(node)
}
