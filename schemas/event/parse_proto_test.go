package event

import (
	"strings"
	"testing"
)

// protoSample is an event as Tracee writes it since the flat form has gone.
const protoSample = `{"timestamp":"2025-11-20T10:00:00.123456789Z","id":258,"name":"openat","policies":{"matched":["p1"]},` +
	`"workload":{"process":{"executable":{"path":"/usr/bin/cat"},"unique_id":22,"host_pid":320908,"pid":77,` +
	`"real_user":{"id":1000},"thread":{"start_time":"2025-11-20T09:00:00Z","name":"cat","unique_id":11,"host_tid":320909,` +
	`"tid":78,"syscall":"openat","compat":true,"user_stack_trace":{"addresses":[{"address":18446744073709551615,"symbol":"x"}]}},` +
	`"ancestors":[{"unique_id":33,"host_pid":1635,"pid":1},{"unique_id":44,"host_pid":1}]},` +
	`"container":{"id":"abc","name":"web","image":{"id":"i","repo_digests":["sha256:1","sha256:2"],"name":"nginx:1"},"started":true},` +
	`"k8s":{"pod":{"name":"p","uid":"u","labels":{"a":"b"}},"namespace":{"name":"ns"}}},` +
	`"data":[{"name":"dirfd","value":-100},{"name":"pathname","value":"/etc/passwd"},{"name":"argv","value":["a","b"]},` +
	`{"name":"big","value":18446744073709551615},{"name":"half","value":0.5},{"name":"on","value":true},{"name":"none","value":null},` +
	`{"name":"addr","value":{"sa_family":2,"sin_addr":"10.0.0.1","sin_port":443}},{"name":"cred","value":{"uid":0}},` +
	`{"name":"returnValue","value":3}]}`

// protoSampleFlat is the same event in the flat form.
const protoSampleFlat = `{"timestamp":1763632800123456789,"threadStartTime":1763629200000000000,"processorId":0,"processId":77,` +
	`"cgroupId":0,"threadId":78,"parentProcessId":1,"hostProcessId":320908,"hostThreadId":320909,"hostParentProcessId":1635,` +
	`"userId":1000,"mountNamespace":0,"pidNamespace":0,"processName":"cat","executable":{"path":"/usr/bin/cat"},"hostName":"",` +
	`"containerId":"abc","container":{"id":"abc","name":"web","image":"nginx:1","imageDigest":"sha256:1"},` +
	`"kubernetes":{"podName":"p","podNamespace":"ns","podUID":"u"},"eventId":"257","eventName":"openat",` +
	`"matchedPolicies":["p1"],"argsNum":9,"returnValue":3,"syscall":"openat","stackAddresses":[18446744073709551615],` +
	`"contextFlags":{"containerStarted":true,"isCompat":true},"threadEntityId":11,"processEntityId":22,"parentEntityId":33,` +
	`"args":[{"name":"dirfd","type":"int64","value":-100},{"name":"pathname","type":"string","value":"/etc/passwd"},` +
	`{"name":"argv","type":"[]string","value":["a","b"]},{"name":"big","type":"uint64","value":18446744073709551615},` +
	`{"name":"half","type":"float64","value":0.5},{"name":"on","type":"bool","value":true},{"name":"none","type":"unknown","value":null},` +
	`{"name":"addr","type":"SockAddr","value":{"sa_family":"AF_INET","sin_addr":"10.0.0.1","sin_port":"443"}},` +
	`{"name":"cred","type":"unknown","value":{"uid":0}}]}`

func TestProto(t *testing.T) {
	e, err := ParseJSON([]byte(protoSample))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(AppendRawJSON(nil, e)); got != protoSampleFlat {
		t.Errorf(" got %s\nwant %s", got, protoSampleFlat)
	}
}

// protojson writes names in camel case if asked, 64 bits as texts, and says the
// types of values.
func TestProtoJSONValues(t *testing.T) {
	for _, test := range []struct{ value, want string }{
		{`"int32":-5`, `"type":"int32","value":-5`},
		{`"int64":"-5"`, `"type":"int64","value":-5`},
		{`"u_int32":5`, `"type":"uint32","value":5`},
		{`"uInt64":"18446744073709551615"`, `"type":"uint64","value":18446744073709551615`},
		{`"u_int64":"x"`, `"type":"string","value":"x"`},
		{`"str":"x"`, `"type":"string","value":"x"`},
		{`"bytes":"f0VMRg=="`, `"type":"bytes","value":"f0VMRg=="`},
		{`"bool":false`, `"type":"bool","value":false`},
		{`"strArray":{"value":["a"]}`, `"type":"[]string","value":["a"]`},
		{`"int32_array":{"value":[1,2]}`, `"type":"unknown","value":[1,2]`},
		{`"str_array":{}`, `"type":"unknown","value":{}`},
		{`"sockaddr":{"saFamily":"AF_INET6","sin6Addr":"::1","sin6Port":80}`, `"type":"SockAddr","value":{"sa_family":"AF_INET6","sin6_addr":"::1","sin6_port":"80"}`},
		{`"sockaddr":{"sa_family":"AF_UNIX","sunPath":"/run/docker.sock"}`, `"type":"SockAddr","value":{"sa_family":"AF_UNIX","sun_path":"/run/docker.sock"}`},
		{`"hooked_syscalls":{"value":[{"symbol_name":"x"}]}`, `"type":"unknown","value":{"value":[{"symbol_name":"x"}]}`},
	} {
		t.Run(test.value, func(t *testing.T) {
			e, err := ParseJSON([]byte(`{"id":1,"name":"x","data":[{"name":"a",` + test.value + `}]}`))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(AppendRawJSON(nil, e)); !strings.Contains(got, `"args":[{"name":"a",`+test.want+`}]`) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestProtoFinding(t *testing.T) {
	e, err := ParseJSON([]byte(`{"timestamp":null,"id":6001,"name":"anti_debugging","threat":{"description":"d","mitre":{` +
		`"tactic":{"name":"Defense Evasion"},"technique":{"id":"T1622","name":"Debugger Evasion"}},"severity":1,"name":"n",` +
		`"properties":{"signatureID":"TRC-102"}},"detected_from":{"id":102,"name":"ptrace"}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := `"metadata":{"Description":"d","Properties":{"Category":"Defense Evasion","Severity":1,"Technique":"Debugger Evasion",` +
		`"external_id":"T1622","signatureID":"TRC-102","signatureName":"n"},"Tags":null,"Version":""}`
	got := string(AppendRawJSON(nil, e))
	if !strings.Contains(got, want) || !strings.Contains(got, `"value":{"id":102,"name":"ptrace"}`) || e.Shape.ID != 6001 {
		t.Errorf("got %s\nwant %s in it", got, want)
	}
}

func TestIsProto(t *testing.T) {
	for text, want := range map[string]bool{
		protoSample: true, `{"name":"x","id":1}`: true, `{"id":1,"name":"x","workload":null}`: true,
		sampleParsed: false, `{"name":"x"}`: false, `{"name":"","id":1}`: false, `{"id":1}`: false, `{"name":5,"id":1}`: false,
		`{"name":"x","id":1,"eventName":"y"}`: false, `[]`: false, `{"name":"x","id":1`: false, ``: false,
	} {
		if _, got, err := parseProto([]byte(text), text); got != want || err != nil {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

func TestProtoErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`{"name":"x","timestamp":"yesterday"}`, "timestamp: want a time"},
		{`{"name":"x","timestamp":"0001-01-01T00:00:00Z"}`, "timestamp: want a time"},
		{`{"name":"x","id":1.5}`, "id: want a whole number"},
		{`{"name":"x","id":1,"data":{}}`, "data: want an array"},
		{`{"name":"x","id":1,"data":[{"name":1}]}`, "data.name: want a string"},
		{`{"name":"x","workload":{"process":{"pid":"7"}}}`, "pid: want a whole number"},
		{`{"name":"x","threat":5}`, "threat: want a threat"},
	} {
		if _, err := ParseJSON([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.text, err, test.want)
		}
	}
}

// A stream may change its form, and each event is read as what it is.
func TestParserOfMixedStream(t *testing.T) {
	var p Parser
	for range 2 {
		for _, text := range []string{sampleParsed, protoSample, protoSample, plainEvent, `{"eventName":"x"}`, `{}`} {
			var e Event
			if err := p.Parse([]byte(text), &e); err != nil {
				t.Fatal(err)
			}
			want, err := ParseJSON([]byte(text))
			if err != nil || !same(&e, want) {
				t.Errorf("%s: %v\n got %+v\nwant %+v", text, err, e, want)
			}
		}
	}
}
