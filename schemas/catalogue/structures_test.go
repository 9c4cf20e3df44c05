package catalogue_test

import (
	"maps"
	"math"
	"net/netip"
	"os"
	"slices"
	"testing"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/record"
)

// structuredDefs are the definitions of values that have Tracee's structures, by
// the names of their types.
func structuredDefs() object {
	number, text := object{"type": "integer", "minimum": 0}, object{"type": "string"}
	list := func(items object) object { return object{"type": "array", "items": items} }
	orNull := func(v object) object {
		v["type"] = []any{v["type"], "null"}
		return v
	}
	query := whole(of(text, "query", "query_type", "query_class"))
	answer := whole(of(text, "answer_type", "answer"), of(number, "ttl"))
	// Only some answers have these.
	answer["properties"].(object)["name"] = text
	answer["properties"].(object)["IPs"] = list(text)
	data := whole(object{"query_data": query, "dns_answer": list(answer)})
	data["properties"].(object)["response_code"] = text
	data["properties"].(object)["questions"] = number
	meta := whole(of(text, "src_ip", "dst_ip", "iface"), of(number, "src_port", "dst_port", "protocol", "packet_len"))
	meta["properties"].(object)["direction"] = object{"description": "1 is in, 2 is out", "enum": []int{1, 2}}
	question := whole(of(text, "name", "type", "class"))
	message := whole(of(text, "opCode", "responseCode"), of(list(question), "questions"),
		of(number, "ID", "QR", "AA", "TC", "RD", "RA", "Z", "QDCount", "ANCount", "NSCount", "ARCount"),
		of(list(resourceDef(number, text)), "answers", "authorities", "additionals"))
	return object{
		"trace.PacketMetadata":       orNull(whole(object{"direction": object{"description": "1 is in, 2 is out", "enum": []int{1, 2}}})),
		"trace.PktMeta":              orNull(meta),
		"trace.ProtoDNS":             orNull(message),
		"list.trace.DnsQueryData":    orNull(list(query)),
		"list.trace.DnsResponseData": orNull(list(data)),
	}
}

func resourceDef(number, text object) object {
	texts := object{"type": "array", "items": text}
	record := whole(of(text, "name", "type", "class", "IP", "NS", "CNAME", "PTR", "TXT"), object{
		"TTL": number, "TXTs": texts, "OPT": object{"type": "array", "items": whole(of(text, "code", "data"))},
		"SOA": whole(of(text, "MName", "RName"), of(number, "serial", "refresh", "retry", "expire", "minimum")),
		"SRV": whole(of(text, "name"), of(number, "priority", "weight", "port")),
		"MX":  whole(of(text, "name"), of(number, "preference")),
		"URI": whole(of(text, "target"), of(number, "priority", "weight")),
	})
	// Only records of type SVCB and HTTPS have it.
	record["properties"].(object)["SVCB"] = whole(of(text, "target"), of(number, "priority", "port"), of(texts, "alpn", "IPs"))
	return record
}

// of gives several properties the same form.
func of(form object, names ...string) object {
	properties := object{}
	for _, name := range names {
		properties[name] = form
	}
	return properties
}

// whole is an object with all of these properties.
func whole(parts ...object) object {
	properties := object{}
	for _, p := range parts {
		maps.Copy(properties, p)
	}
	return object{"type": "object", "properties": properties, "required": slices.Sorted(maps.Keys(properties))}
}

// filledPacket is filled for an event of a packet.
func filledPacket(e *catalogue.Event, how int) []byte {
	b := new(record.Builder).Begin(record.Header{Type: e.Type, Hook: record.HookCgroupSKB, Sysno: -1}).Packet(record.Packet{
		Source:      netip.MustParseAddrPort([...]string{"0.0.0.0:0", "255.255.255.255:65535", "[::1]:53", "[ff::ff]:1"}[how]),
		Destination: netip.MustParseAddrPort([...]string{"1.2.3.4:53", "0.0.0.0:53", "[::]:0", "[::1]:53"}[how]),
		Protocol:    [...]uint8{record.ProtocolTCP, record.ProtocolUDP, 0, 255}[how], Direction: uint8(1 + how&1),
		Length: math.MaxUint32, Message: math.MaxUint32,
	})
	if at := e.Arg("malformed"); at >= 0 {
		b.Bool(uint8(at), how > 0)
	}
	for i := range e.Args {
		if isMessage(e.Args[i].Name) {
			b.Message(uint8(i), []byte("message"), 7)
		}
	}
	return b.End()
}

// isMessage names the arguments that the enricher reads.
func isMessage(arg string) bool {
	return arg == "proto_dns" || arg == "dns_questions" || arg == "dns_response"
}

// enrich puts what the enricher makes of a message, by its own golden files, in
// the place of the bytes.
func enrich(t *testing.T, e *event.Event) {
	t.Helper()
	for i := range e.Values {
		name := e.Shape.Args[i].Name
		if !isMessage(name) || e.Values[i].IsNull() {
			continue
		}
		text, err := os.ReadFile("../../services/enricher/dnswire/testdata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		e.Values[i] = event.JSON(string(text))
	}
}
