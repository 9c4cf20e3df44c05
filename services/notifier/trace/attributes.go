package trace

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/notifier/cloudevent"
)

// text returns an attribute whose value is valid UTF-8 whatever was observed:
// one bad byte would make an exporter refuse the whole batch.
func text(key attribute.Key, value string) attribute.KeyValue {
	return key.String(strings.ToValidUTF8(value, "\ufffd"))
}

// messaging returns the attributes of a span that has to do with a message.
func messaging(stream, template, operation, kind string) []attribute.KeyValue {
	return []attribute.KeyValue{
		semconv.MessagingSystemKey.String("nats"),
		semconv.MessagingDestinationName(stream),
		semconv.MessagingDestinationTemplate(template),
		semconv.MessagingOperationName(operation),
		semconv.MessagingOperationTypeKey.String(kind),
	}
}

func sends(stream, template string) func(*finding.Detection) []attribute.KeyValue {
	return func(*finding.Detection) []attribute.KeyValue { return messaging(stream, template, "publish", "send") }
}

func processes(stream, template string) func(*finding.Detection) []attribute.KeyValue {
	return func(*finding.Detection) []attribute.KeyValue {
		return messaging(stream, template, "process", "process")
	}
}

// detects describes the span of the detector: the rule that matched.
func detects(d *finding.Detection) []attribute.KeyValue {
	all := messaging("WEIR_EVENTS", "weir.events.{partition}.{node}", "process", "process")
	all = append(all, rule(d)...)
	return append(all, text("weir.signature.set", d.Finding.SetVersion))
}

// commits describes the span in which the finding goes to the broker.
func commits(d *finding.Detection) []attribute.KeyValue {
	all := messaging("WEIR_FINDINGS", "weir.findings.{severity}.{signature}", "publish", "send")
	all = append(all, text(semconv.MessagingMessageIDKey, d.ID))
	return append(all, cloud(d)...)
}

// describes says on the root what was found and where. The node, the container
// and the process are what was observed: attributes, never the resource, which
// is Weir's own service.
func describes(d *finding.Detection) []attribute.KeyValue {
	all := append(rule(d), cloud(d)...)
	all = append(
		all, text(semconv.HostNameKey, d.Node),
		attribute.Bool("weir.evidence.complete", d.Finding.Evidence.Complete),
	)
	if p := d.Finding.Process; p != nil {
		all = append(
			all, semconv.ProcessPID(int(p.PID)),
			text(semconv.ProcessExecutableNameKey, p.Name), text(semconv.ProcessExecutablePathKey, p.Executable),
		)
		if len(p.Ancestors) > 0 {
			all = append(all, semconv.ProcessParentPID(int(p.Ancestors[0].PID)))
		}
	}
	if c := d.Finding.Container; c != nil {
		all = append(all, text(semconv.ContainerIDKey, c.ID), text(semconv.ContainerImageNameKey, c.Image))
	}
	if k := d.Finding.Kubernetes; k != nil {
		all = append(
			all, text(semconv.K8SPodNameKey, k.PodName), text(semconv.K8SPodUIDKey, k.PodUID),
			text(semconv.K8SNamespaceNameKey, k.PodNamespace),
		)
	}
	return all
}

func rule(d *finding.Detection) []attribute.KeyValue {
	s := &d.Finding.Signature
	return []attribute.KeyValue{
		text(semconv.SecurityRuleUUIDKey, s.ID),
		text(semconv.SecurityRuleNameKey, s.Name),
		text(semconv.SecurityRuleVersionKey, s.Version),
		text(semconv.SecurityRuleDescriptionKey, s.Description),
		text("weir.finding.severity", string(s.Severity)),
	}
}

func cloud(d *finding.Detection) []attribute.KeyValue {
	return []attribute.KeyValue{
		text(semconv.CloudEventsEventIDKey, d.ID),
		semconv.CloudEventsEventSource(cloudevent.Source(d.Node)),
		semconv.CloudEventsEventSpecVersion("1.0"),
		semconv.CloudEventsEventType(cloudevent.Type),
		text(semconv.CloudEventsEventSubjectKey, d.Subject),
	}
}
