package rights

import "github.com/weirsec/weir/internal/bus"

// grant is one line of the table: who may do what.
type grant struct {
	to                 []string
	publish, subscribe []string
	respond            bool
}

// table is all that is granted; what no line names is refused. The node counts
// for collectors only.
func table(node string, partitions int) []grant {
	one := func(role string) []string { return []string{role} }
	return []grant{
		// Everybody asks for the account's limits and for its own rights.
		{to: Roles(), publish: []string{"$JS.API.INFO", bus.SubjectUserInfo}},

		{to: one(Collector), publish: []string{bus.RawSubject(node)}},
		// After an outage it asks how far its own node has come.
		{to: one(Collector), publish: []string{bus.LastRawSubject(node)}},
		// How many events it has written, which the ledger compares with what was read.
		{to: one(Collector), publish: []string{bus.WrittenSubject(node, "*")}},
		{to: one(Collector), publish: watch(bus.BucketInterest)},

		{to: one(Enricher), publish: consume(Enricher, partitions)},
		{to: one(Enricher), publish: look(bus.StreamRaw)},
		// Whether its last messages are still there.
		{to: one(Enricher), publish: state(bus.StreamEvents)},
		{to: one(Enricher), publish: []string{bus.SubjectsEvents, bus.DLQSubjects(Enricher)}},
		{to: one(Enricher), publish: store(bus.BucketState, Enricher)},
		{to: one(Enricher), publish: member("stage-" + Enricher)},
		{to: one(Enricher), publish: keep(bus.BucketLedger, Enricher+".>")},
		// Data sources are micro services, which are also found by $SRV.
		{to: one(Enricher), subscribe: []string{bus.SubjectsDataSources, "$SRV.>"}, respond: true},

		{to: one(Detector), publish: consume(Detector, partitions)},
		{to: one(Detector), publish: look(bus.StreamEvents)},
		{to: one(Detector), publish: state(bus.StreamDetections)},
		{to: one(Detector), publish: []string{bus.SubjectsDetections, bus.SubjectsShadow, bus.DLQSubjects(Detector)}},
		{to: one(Detector), publish: store(bus.BucketState, Detector)},
		{to: one(Detector), publish: member("stage-" + Detector)},
		{to: one(Detector), publish: keep(bus.BucketLedger, Detector+".>")},
		{to: one(Detector), publish: member(Detector)},
		{to: one(Detector), publish: watch(bus.BucketSignatures)},
		{to: one(Detector), publish: keep(bus.BucketInterest, "*")},
		{to: one(Detector), publish: []string{bus.SubjectsDataSources}},

		{to: one(Notifier), publish: consume(Notifier, partitions)},
		{to: one(Notifier), publish: look(bus.StreamDetections)},
		{to: one(Notifier), publish: []string{bus.SubjectsFindings, bus.DLQSubjects(Notifier)}},
		{to: one(Notifier), publish: store(bus.BucketState, Notifier)},
		{to: one(Notifier), publish: member("stage-" + Notifier)},
		{to: one(Notifier), publish: keep(bus.BucketLedger, Notifier+".>")},
		{to: one(Notifier), publish: watch(bus.BucketSuppressions)},

		{to: []string{Operator, Subscriber}, publish: read(bus.StreamFindings)},
		{to: one(Operator), publish: read(bus.StreamRaw)},
		{to: one(Operator), publish: read(bus.StreamEvents)},
		{to: one(Operator), publish: read(bus.StreamDetections)},
		{to: one(Operator), publish: read(bus.StreamShadow)},
		{to: one(Operator), publish: read(bus.StreamDLQ)},
		{to: one(Operator), publish: watch(bus.BucketMembers)},
		{to: one(Operator), publish: watch(bus.BucketInterest)},
		{to: one(Operator), publish: watch(bus.BucketState)},
		{to: one(Operator), publish: watch(bus.BucketLedger)},
		{to: one(Operator), publish: edit(bus.BucketSignatures)},
		{to: one(Operator), publish: edit(bus.BucketSuppressions)},
		{to: one(Operator), publish: []string{bus.SubjectsDataSources, "$SRV.>"}},
		{to: one(Subscriber), subscribe: []string{bus.SubjectsFindings}},
		{to: one(Operator), subscribe: []string{bus.SubjectsFindings, bus.SubjectsShadow}},

		{to: one(Admin), publish: []string{">"}, subscribe: []string{">"}},
	}
}
