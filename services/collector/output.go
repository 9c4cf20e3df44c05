package collector

import (
	"strconv"
	"strings"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

// messageID is the message id of a batch.
func messageID(env *eventpb.Envelope) string {
	id := env.Node + "/" + env.BootId + "/" + strconv.FormatUint(env.FirstSeq, 10)
	if env.Schema == record.SchemaEvents || record.Silent(env) {
		// How a stream of events falls into batches depends on how it comes: one
		// that begins alike but is longer is no repetition. One without events has
		// the number of the next one that has some.
		id += "+" + strconv.FormatUint(uint64(env.Count), 10)
	}
	return id
}

// covers reports whether the broker has a batch, given the last message that it
// has of the node: it is that one or, numbers of a boot only growing, an earlier
// one of the same boot. Events that came in decoded are only told by their ids.
func covers(last bus.Received, env *eventpb.Envelope) bool {
	if last.ID == messageID(env) {
		return true
	}
	first, err := strconv.ParseUint(last.Header["Weir-First-Seq"], 10, 64)
	if err != nil || last.Header["Weir-Boot"] != env.BootId || env.Schema != record.Schema ||
		last.Header["Weir-Schema"] != strconv.Itoa(record.Schema) {
		return false
	}
	if strings.HasSuffix(last.ID, "+0") {
		return env.FirstSeq < first
	}
	return env.FirstSeq <= first
}

// output is the message of a batch; its headers repeat what consumers route by.
func output(subject string, env *eventpb.Envelope, data []byte) stage.Output {
	return stage.Output{
		Subject: subject, ID: messageID(env),
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
