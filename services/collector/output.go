package collector

import (
	"strconv"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

// ownID is the message id of a batch that this collector made.
func ownID(env *eventpb.Envelope) string {
	return env.Node + "/" + env.BootId + "/" + strconv.FormatUint(env.FirstSeq, 10)
}

// firstSeq returns the number of the first event of a message that a collector
// made.
func firstSeq(m bus.Received) (first uint64, ok bool) {
	text := m.Header["Weir-First-Seq"]
	first, err := strconv.ParseUint(text, 10, 64)
	return first, err == nil && m.ID == m.Header["Weir-Node"]+"/"+m.Header["Weir-Boot"]+"/"+text
}

// output is the message of a batch; its headers repeat what consumers route by.
func output(subject string, env *eventpb.Envelope, data []byte) stage.Output {
	id := ownID(env)
	if env.Schema == record.SchemaEvents {
		// How a stream of events falls into batches depends on how it comes: one
		// that begins alike but is longer is no repetition.
		id += "+" + strconv.FormatUint(uint64(env.Count), 10)
	}
	return stage.Output{
		Subject: subject, ID: id,
		Data: data, ContentType: "application/x-protobuf",
		Header: map[string]string{
			"Weir-Node": env.Node, "Weir-Boot": env.BootId, "Weir-First-Seq": strconv.FormatUint(env.FirstSeq, 10),
			"Weir-Count":    strconv.FormatUint(uint64(env.Count), 10),
			"Weir-Min-Time": strconv.FormatInt(env.MinTime, 10),
			"Weir-Max-Time": strconv.FormatInt(env.MaxTime, 10),
			"Weir-Schema":   strconv.FormatUint(uint64(env.Schema), 10),
		},
	}
}
