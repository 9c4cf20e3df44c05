package rights_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/rights"
)

const (
	web1 = "collector-web-1"
	web2 = "collector-web%2E2"
)

// may is a subject and who may use it. Whoever is not named is refused; the
// administrator may do everything and is not asked here.
type may struct {
	subject string
	users   []string
}

func users(names ...string) []string { return names }

func everybody() []string {
	return users(web1, web2, rights.Enricher, rights.Detector, rights.Notifier, rights.Operator, rights.Subscriber)
}

// published is what may be published by whom: one line each. The administrator's
// API is refused to everybody else.
func published() []may {
	const api = "$JS.API."
	bucket := bus.BucketStream
	return []may{
		{api + "INFO", everybody()},
		{bus.SubjectUserInfo, everybody()},

		// Streams.
		{bus.RawSubject("web-1"), users(web1)},
		{bus.RawSubject("web.2"), users(web2)},
		{bus.RawSubject("web-3"), nil},
		{"weir.raw.0.web-1", nil},
		{bus.EventsSubject(0, "web-1"), users(rights.Enricher)},
		{bus.DetectionsSubject(1), users(rights.Detector)},
		{bus.FindingSubject("high", "x"), users(rights.Notifier)},
		{"weir.shadow.high.x", users(rights.Detector)},
		{bus.DLQSubject(rights.Enricher, 1), users(rights.Enricher)},
		{bus.DLQSubject(rights.Detector, 1), users(rights.Detector)},
		{bus.DLQSubject(rights.Notifier, 1), users(rights.Notifier)},
		{"weir.anything", nil},

		// Consumers of the stages: the one of the partition, nobody else's.
		{api + "CONSUMER.INFO.WEIR_RAW.enricher-p00", users(rights.Enricher, rights.Operator)},
		{api + "CONSUMER.MSG.NEXT.WEIR_RAW.enricher-p01", users(rights.Enricher, rights.Operator)},
		{api + "CONSUMER.MSG.NEXT.WEIR_RAW.other", users(rights.Operator)},
		{api + "CONSUMER.MSG.NEXT.WEIR_EVENTS.detector-p00", users(rights.Detector, rights.Operator)},
		{api + "CONSUMER.MSG.NEXT.WEIR_EVENTS.siem", users(rights.Operator)},
		{api + "CONSUMER.MSG.NEXT.WEIR_DETECTIONS.notifier-p00", users(rights.Notifier, rights.Operator)},
		{api + "CONSUMER.MSG.NEXT.WEIR_FINDINGS.siem", users(rights.Operator, rights.Subscriber)},
		{api + "CONSUMER.INFO.WEIR_EVENTS.detector-p00", users(rights.Detector, rights.Operator)},
		{api + "CONSUMER.INFO.WEIR_DETECTIONS.notifier-p00", users(rights.Notifier, rights.Operator)},
		{api + "CONSUMER.UNPIN.WEIR_RAW.enricher-p00", users(rights.Enricher)},
		{api + "CONSUMER.UNPIN.WEIR_EVENTS.detector-p00", users(rights.Detector)},
		{api + "CONSUMER.UNPIN.WEIR_DETECTIONS.notifier-p00", users(rights.Notifier)},
		{"$JS.ACK.WEIR_RAW.enricher-p00.1.1.1.1.0", users(rights.Enricher, rights.Operator)},
		{"$JS.ACK.hub.hash.WEIR_RAW.enricher-p00.1.1.1.1.0", users(rights.Enricher, rights.Operator)},
		{"$JS.ACK.WEIR_EVENTS.detector-p01.1.1.1.1.0", users(rights.Detector, rights.Operator)},
		{"$JS.ACK.hub.hash.WEIR_EVENTS.detector-p01.1.1.1.1.0", users(rights.Detector, rights.Operator)},
		{"$JS.ACK.WEIR_DETECTIONS.notifier-p01.1.1.1.1.0", users(rights.Notifier, rights.Operator)},
		{"$JS.ACK.hub.hash.WEIR_DETECTIONS.notifier-p01.1.1.1.1.0", users(rights.Notifier, rights.Operator)},
		{"$JS.ACK.WEIR_FINDINGS.siem.1.1.1.1.0", users(rights.Operator, rights.Subscriber)},
		{"$JS.ACK.hub.hash.WEIR_FINDINGS.siem.1.1.1.1.0", users(rights.Operator, rights.Subscriber)},
		{"$JS.FC.WEIR_FINDINGS.c.x", users(rights.Operator, rights.Subscriber)},
		{"$JS.FC.hub.hash.WEIR_FINDINGS.c.x", users(rights.Operator, rights.Subscriber)},
		{api + "CONSUMER.CREATE.WEIR_RAW.enricher-p00.weir.raw.0.>", users(rights.Operator)},
		{api + "CONSUMER.CREATE.WEIR_FINDINGS.siem", users(rights.Operator, rights.Subscriber)},
		{api + "CONSUMER.DELETE.WEIR_FINDINGS.siem", users(rights.Operator, rights.Subscriber)},
		{api + "CONSUMER.DELETE.WEIR_RAW.enricher-p00", users(rights.Operator)},
		{api + "CONSUMER.INFO.WEIR_FINDINGS.siem", users(rights.Operator, rights.Subscriber)},
		{api + "CONSUMER.LIST.WEIR_FINDINGS", users(rights.Operator, rights.Subscriber)},
		{api + "CONSUMER.LIST.WEIR_RAW", users(rights.Operator)},
		{api + "CONSUMER.DURABLE.CREATE.WEIR_RAW.x", nil},
		{api + "CONSUMER.PAUSE.WEIR_RAW.enricher-p00", nil},
		{api + "CONSUMER.RESET.WEIR_RAW.enricher-p00", nil},
		{api + "CONSUMER.LEADER.STEPDOWN.WEIR_RAW.enricher-p00", nil},

		// Streams as such.
		{api + "STREAM.INFO.WEIR_RAW", users(rights.Enricher, rights.Operator)},
		{api + "STREAM.INFO.WEIR_EVENTS", users(rights.Enricher, rights.Detector, rights.Operator)},
		{api + "STREAM.INFO.WEIR_DETECTIONS", users(rights.Detector, rights.Notifier, rights.Operator)},
		{api + "STREAM.INFO.WEIR_FINDINGS", users(rights.Operator, rights.Subscriber)},
		{api + "DIRECT.GET.WEIR_RAW", users(rights.Enricher, rights.Operator)},
		{api + "DIRECT.GET.WEIR_EVENTS", users(rights.Detector, rights.Operator)},
		{api + "DIRECT.GET.WEIR_EVENTS.weir.events.0.web-1", users(rights.Detector, rights.Operator)},
		{api + "DIRECT.GET.WEIR_FINDINGS.weir.findings.high.x", users(rights.Operator, rights.Subscriber)},
		{bus.LastRawSubject("web-1"), users(web1, rights.Enricher, rights.Operator)},
		{bus.LastRawSubject("web.2"), users(web2, rights.Enricher, rights.Operator)},
		{api + "STREAM.MSG.GET.WEIR_RAW", nil},
		{api + "STREAM.NAMES", nil},
		{api + "STREAM.LIST", nil},
		{api + "STREAM.CREATE.OTHER", nil},
		{api + "STREAM.UPDATE.WEIR_RAW", nil},
		{api + "STREAM.DELETE.WEIR_RAW", nil},
		{api + "STREAM.PURGE.WEIR_RAW", nil},
		{api + "STREAM.MSG.DELETE.WEIR_RAW", nil},
		{api + "STREAM.SNAPSHOT.WEIR_RAW", nil},
		{api + "STREAM.RESTORE.WEIR_RAW", nil},
		{api + "STREAM.PEER.REMOVE.WEIR_RAW", nil},
		{api + "STREAM.LEADER.STEPDOWN.WEIR_RAW", nil},
		{api + "META.LEADER.STEPDOWN", nil},
		{api + "ACCOUNT.PURGE.WEIR", nil},

		// Buckets.
		{bus.BucketSubject(bus.BucketInterest, "i00"), users(rights.Detector)},
		{bus.BucketSubject(bus.BucketSignatures, "bundle.x"), users(rights.Operator)},
		{bus.BucketSubject(bus.BucketSuppressions, "x"), users(rights.Operator)},
		{bus.BucketSubject(bus.BucketState, "enricher.0"), users(rights.Enricher)},
		{bus.BucketSubject(bus.BucketState, "detector.0"), users(rights.Detector)},
		{bus.BucketSubject(bus.BucketState, "notifier.p000"), users(rights.Notifier)},
		{bus.BucketSubject(bus.BucketState, "other"), nil},
		{bus.BucketSubject(bus.BucketState, "enricher.p000.W.0"), users(rights.Enricher)},
		{bus.BucketSubject(bus.BucketLedger, "enricher.p000"), users(rights.Enricher)},
		{bus.BucketSubject(bus.BucketLedger, "detector.p000.h0"), users(rights.Detector)},
		{bus.BucketSubject(bus.BucketLedger, "notifier.p000"), users(rights.Notifier)},
		{bus.BucketSubject(bus.BucketLedger, "other"), nil},
		{bus.WrittenSubject("web-1", "7"), users(web1)},
		{bus.WrittenSubject("web.2", "7"), users(web2)},
		{bus.BucketSubject(bus.BucketMembers, "stage-enricher.i00"), users(rights.Enricher)},
		{bus.BucketSubject(bus.BucketMembers, "stage-detector.i00"), users(rights.Detector)},
		{bus.BucketSubject(bus.BucketMembers, "stage-notifier.i00"), users(rights.Notifier)},
		{bus.BucketSubject(bus.BucketMembers, "detector.i00"), users(rights.Detector)},
		{bus.BucketSubject(bus.BucketMembers, "collector.i00"), nil},
		{api + "STREAM.INFO." + bucket(bus.BucketInterest), users(web1, web2, rights.Detector, rights.Operator)},
		{api + "CONSUMER.CREATE." + bucket(bus.BucketInterest) + ".x.>", users(web1, web2, rights.Operator)},
		{api + "CONSUMER.CREATE." + bucket(bus.BucketSignatures) + ".x.>", users(rights.Detector, rights.Operator)},
		{api + "CONSUMER.CREATE." + bucket(bus.BucketSuppressions) + ".x.>", users(rights.Notifier, rights.Operator)},
		{api + "CONSUMER.CREATE." + bucket(bus.BucketMembers) + ".x.>", users(rights.Enricher, rights.Detector, rights.Notifier, rights.Operator)},
		{api + "CONSUMER.CREATE." + bucket(bus.BucketState) + ".x.>", users(rights.Operator)},
		{api + "CONSUMER.CREATE." + bucket(bus.BucketState) + ".x.$KV.weir_state.enricher.p000.>", users(rights.Enricher, rights.Operator)},
		{api + "CONSUMER.CREATE." + bucket(bus.BucketState) + ".x.$KV.weir_state.detector.p000.>", users(rights.Detector, rights.Operator)},
		{api + "CONSUMER.CREATE." + bucket(bus.BucketState) + ".x.$KV.weir_state.notifier.p000.>", users(rights.Notifier, rights.Operator)},
		{api + "CONSUMER.CREATE." + bucket(bus.BucketLedger) + ".x.>", users(rights.Operator)},
		{api + "DIRECT.GET." + bucket(bus.BucketState) + ".$KV.weir_state.detector.0", users(rights.Detector, rights.Operator)},
		{api + "DIRECT.GET." + bucket(bus.BucketState) + ".$KV.weir_state.enricher.0", users(rights.Enricher, rights.Operator)},
		{api + "DIRECT.GET." + bucket(bus.BucketInterest) + ".$KV.weir_interest.i00", users(web1, web2, rights.Detector, rights.Operator)},
		{api + "STREAM.PURGE." + bucket(bus.BucketSignatures), nil},
		{api + "STREAM.DELETE." + bucket(bus.BucketMembers), nil},

		// Data sources.
		{"weir.ds.process_tree.0", users(rights.Detector, rights.Operator)},
		{"$SRV.PING", users(rights.Operator)},

		// The server's own, and other users' replies.
		{"$SYS.REQ.SERVER.PING", nil},
		{"$SYS.REQ.ACCOUNT.WEIR.INFO", nil},
		{"$SYS.ACCOUNT.WEIR.CONNECT", nil},
		{bus.Inbox(rights.Operator, "") + ".x", nil},
		{bus.Inbox(rights.Detector, "") + ".x", nil},
		{"_INBOX.x", nil},
	}
}

// subscribed is what may be subscribed to by whom.
func subscribed() []may {
	return []may{
		{bus.Inbox(rights.Collector, "web-1") + ".x", users(web1)},
		{bus.Inbox(rights.Collector, "web.2") + ".x", users(web2)},
		{bus.Inbox(rights.Enricher, "") + ".x", users(rights.Enricher)},
		{bus.Inbox(rights.Detector, "") + ".x", users(rights.Detector)},
		{bus.Inbox(rights.Notifier, "") + ".x", users(rights.Notifier)},
		{bus.Inbox(rights.Operator, "") + ".x", users(rights.Operator)},
		{bus.Inbox(rights.Subscriber, "") + ".x", users(rights.Subscriber)},
		{bus.Inbox(rights.Collector, "") + ".>", nil},
		{"_INBOX.>", nil},
		{">", nil},
		{bus.SubjectsRaw, nil},
		{bus.RawSubject("web-1"), nil},
		{bus.SubjectsEvents, nil},
		{bus.SubjectsDetections, nil},
		{bus.SubjectsDLQ, nil},
		{bus.SubjectsFindings, users(rights.Operator, rights.Subscriber)},
		{bus.SubjectsShadow, users(rights.Operator)},
		{bus.BucketSubject(bus.BucketSignatures, ">"), nil},
		{bus.BucketSubject(bus.BucketInterest, ">"), nil},
		{bus.SubjectsDataSources, users(rights.Enricher)},
		{"$SRV.PING", users(rights.Enricher)},
		{"$JS.API.>", nil},
		{"$JS.ACK.>", nil},
		{"$JS.EVENT.>", nil},
		{"$SYS.>", nil},
	}
}

// Each user may do what its line says, and is refused everything else.
func TestMatrix(t *testing.T) {
	a := start(t, "web-1", "web.2")
	for _, user := range everybody() {
		t.Run(user, func(t *testing.T) {
			nc := a.raw(t, user)
			for _, line := range published() {
				err := try(t, nc, func() error { return nc.Publish(line.subject, nil) })
				judge(t, "publish to "+line.subject, slices.Contains(line.users, user), err)
			}
			for _, line := range subscribed() {
				err := try(t, nc, func() error {
					_, err := nc.SubscribeSync(line.subject)
					return err
				})
				judge(t, "subscribe to "+line.subject, slices.Contains(line.users, user), err)
			}
		})
	}
}

// try does something and returns what the server says to it.
func try(t *testing.T, nc *nats.Conn, do func() error) string {
	t.Helper()
	before := nc.LastError()
	if err := do(); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := nc.LastError(); err != nil && err != before { //nolint:errorlint // whether it is another one
		return err.Error()
	}
	return ""
}

func judge(t *testing.T, what string, allowed bool, said string) {
	t.Helper()
	refused := strings.Contains(strings.ToLower(said), "permissions violation")
	if allowed == refused || (said != "") != refused {
		t.Errorf("%s: allowed should be %v; the server says %q", what, allowed, said)
	}
}

// Whatever a role is granted has a line above that tries it.
func TestMatrixHasEveryGrant(t *testing.T) {
	for user, role := range map[string][2]string{
		web1: {rights.Collector, "web-1"}, rights.Enricher: {rights.Enricher}, rights.Detector: {rights.Detector},
		rights.Notifier: {rights.Notifier}, rights.Subscriber: {rights.Subscriber},
	} {
		p, err := rights.Of(role[0], role[1], 1)
		if err != nil {
			t.Fatal(err)
		}
		check := func(what string, patterns []string, lines []may) {
			for _, pattern := range patterns {
				tried := slices.ContainsFunc(lines, func(m may) bool {
					return slices.Contains(m.users, user) && bus.Overlap(pattern, m.subject)
				})
				// What every bucket's and stream's reader needs is tried once.
				if !tried && !slices.ContainsFunc(routine(), func(r string) bool { return bus.Covers(r, pattern) }) {
					t.Errorf("%s may %s %s, which no line tries", user, what, pattern)
				}
			}
		}
		check("publish to", p.Publish, published())
		check("subscribe to", p.Subscribe, subscribed())
	}
}

// routine are the parts of the same few sets of subjects that differ by name only.
func routine() []string {
	var all []string
	for _, bucket := range []string{bus.BucketMembers, bus.BucketSignatures, bus.BucketInterest, bus.BucketState, bus.BucketLedger, bus.BucketSuppressions} {
		stream := bus.BucketStream(bucket)
		all = append(all, "$JS.API.STREAM.INFO."+stream, "$JS.API.CONSUMER.INFO."+stream+".>", "$JS.API.CONSUMER.DELETE."+stream+".>",
			"$JS.API.DIRECT.GET."+stream+".>", "$JS.FC."+stream+".>", "$JS.FC.*.*."+stream+".>")
	}
	for _, stream := range []string{bus.StreamRaw, bus.StreamEvents, bus.StreamDetections, bus.StreamFindings} {
		all = append(all, "$JS.API.DIRECT.GET."+stream, "$JS.API.DIRECT.GET."+stream+".>")
		for _, stage := range []string{rights.Enricher, rights.Detector, rights.Notifier} {
			all = append(all, "$JS.API.CONSUMER.MSG.NEXT."+stream+"."+stage+"-p00", "$JS.ACK."+stream+"."+stage+"-p00.>", "$JS.ACK.*.*."+stream+"."+stage+"-p00.>")
		}
	}
	return all
}
