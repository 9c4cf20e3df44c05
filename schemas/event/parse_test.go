package event

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseRoundTrip(t *testing.T) {
	want := sample()
	got, err := ParseJSON(AppendRawJSON(nil, want))
	if err != nil {
		t.Fatal(err)
	}
	// What the form does not carry.
	want.Seq, want.Hook = 0, "replay"
	want.Context.Node, want.Context.BootID, want.Context.GID = "hb", "", 0
	want.Context.Container.Runtime = ""
	if !same(got, want) {
		t.Errorf(" got %+v %+v\nwant %+v %+v", got, got.Context, want, want.Context)
	}
	again, err := ParseJSON(AppendJSON(nil, want))
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := again.Int("flags"); n != 65 || !ok {
		t.Errorf("flags in words are %d, %v", n, ok)
	}
}

func TestParseVariants(t *testing.T) {
	for _, test := range []struct {
		name, text string
		check      func(e *Event) any
		want       any
	}{
		{"empty object", ` {} `, func(e *Event) any { return e.Shape.Name }, ""},
		{"byte order mark", "\xef\xbb\xbf{\"eventName\":\"x\"}", func(e *Event) any { return e.Name() }, "x"},
		{"line ends", "\r\n{\t\"eventName\" :\n\"x\" , \"syscall\":\"y\"}\r\n", func(e *Event) any { return e.Syscall }, "y"},
		{"id as text", `{"eventId":"-2"}`, func(e *Event) any { return e.Shape.ID }, int32(-2)},
		{"id as number", `{"eventId":257}`, func(e *Event) any { return e.Shape.ID }, int32(257)},
		{"null", `{"processId":null,"args":null,"container":null,"eventName":null}`, func(e *Event) any { return e.Context.PID }, int32(0)},
		{"unknown keys", `{"x":{"y":["]",{"}":1}]},"processId":5,"z":"\""}`, func(e *Event) any { return e.Context.PID }, int32(5)},
		{"escaped key", `{"event\u004eame":"x"}`, func(e *Event) any { return e.Name() }, "x"},
		{"unset user", `{"userId":-1}`, func(e *Event) any { return e.Context.UID }, uint32(0xffffffff)},
		{"whole double", `{"timestamp":1.5e3}`, func(e *Event) any { return e.Time }, int64(1500)},
		{"exact time", `{"timestamp":9007199254740993}`, func(e *Event) any { return e.Time }, int64(9007199254740993)},
		{
			"flat container", `{"containerId":"c","containerImage":"i","containerName":"n","podName":"p"}`,
			func(e *Event) any { return []any{e.Context.Container, e.Context.Kubernetes.PodName} },
			[]any{Container{ID: "c", Image: "i", Name: "n"}, "p"},
		},
		{"nested container", `{"container":{"id":"c"},"containerId":""}`, func(e *Event) any { return e.Context.Container.ID }, "c"},
		{"old executable", `{"executable":"/bin/sh"}`, func(e *Event) any { return e.Context.Executable }, "/bin/sh"},
		{"node", `{"hostName":"h"}`, func(e *Event) any { return e.Context.Node }, "h"},
		{
			"value before type", `{"args":[{"value":"f0VMRg==","type":"bytes","name":"b"}]}`,
			func(e *Event) any { s, _ := e.String("b"); return s }, "\x7fELF",
		},
		{"value missing", `{"args":[{"name":"b"}]}`, func(e *Event) any { v, ok := e.Arg("b"); return []any{v, ok} }, []any{Value{}, true}},
		{"not UTF-8", "{\"eventName\":\"a\xff\xfeb\"}", func(e *Event) any { return e.Name() }, "a\uFFFD\uFFFDb"},
		{"half a surrogate", `{"eventName":"\ud800"}`, func(e *Event) any { return e.Name() }, "\uFFFD"},
		{"pretty metadata", "{\"metadata\":{ \"a\" : [ 1,\n2 ] }}", func(e *Event) any { return string(e.Extra.Metadata) }, `{"a":[1,2]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			e, err := ParseJSON([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if got := test.check(e); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %#v, want %#v", got, test.want)
			}
		})
	}
}

func TestParseValues(t *testing.T) {
	for _, test := range []struct {
		typ, value string
		want       Value
	}{
		{"int", "-1", Int(-1)},
		{"int", "18446744073709551615", Uint(1<<64 - 1)},
		{"unsigned long", "1", Uint(1)},
		{"unsigned int", "-1", Int(-1)},
		{"void*", "139642271694848", Uint(139642271694848)},
		{"never heard of", "1.5", Float(1.5)},
		{"float64", "3", Float(3)},
		{"float", "1.50", JSON("1.50")},
		{"int", "1e400", JSON("1e400")},
		{"int", "184467440737095516150", JSON("184467440737095516150")},
		{"bytes", `"not base64"`, String("not base64")},
		{"bytes", `"AAA="`, Bytes("\x00\x00")},
		{"bytes", `"AAB="`, String("AAB=")},
		{"const char*const*", "[]", Strings(nil)},
		{"trace.Whatever", "[]", JSON("[]")},
		{"trace.Whatever", `[ "a", "b" ]`, Strings([]string{"a", "b"})},
		{"trace.Whatever", `[ 1 , "b"]`, JSON(`[1,"b"]`)},
		{"SockAddr", `{"sa_family":"AF_INET"}`, Map("sa_family", "AF_INET")},
		{"SockAddr", `{ }`, JSON("{}")},
		{"SockAddr", `{"a": {"b": "}"}}`, JSON(`{"a":{"b":"}"}}`)},
	} {
		t.Run(test.typ+" "+test.value, func(t *testing.T) {
			e, err := ParseJSON([]byte(`{"args":[{"name":"a","type":"` + test.typ + `","value":` + test.value + `}]}`))
			if err != nil {
				t.Fatal(err)
			}
			if !e.Values[0].Equal(test.want) {
				t.Errorf("got %+v, want %+v", e.Values[0], test.want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", "ends at byte 0, want a value"},
		{"cut off", `{"eventName":"op`, "ends at byte 16, want the end of the string"},
		{"two values", `{}{}`, "not JSON: '{' at byte 2, want the end"},
		{"array", ` []`, "want an object at byte 1"},
		{"text for number", `{"processId":"x"}`, "processId: want a whole number of 64 bits at byte 13"},
		{"too big", `{"processId":4294967296}`, "processId: want a whole number of 32 bits at byte 13"},
		{"not whole", `{"timestamp":1.25}`, "timestamp: want a whole number"},
		{"beyond 64 bits", `{"timestamp":9223372036854775808}`, "timestamp: want a whole number"},
		{"negative id", `{"cgroupId":-1}`, "cgroupId: want a whole number of 64 bits, not negative"},
		{"number for text", `{"eventName":5}`, "eventName: want a string at byte 13"},
		{"bad id", `{"eventId":"open"}`, "eventId: want a whole number of 32 bits at byte 11"},
		{"args an object", `{"args":{}}`, "args: want an array at byte 8"},
		{"argument a number", `{"args":[1]}`, "args: want an object at byte 9"},
		{"flag a number", `{"contextFlags":{"isCompat":1}}`, "isCompat: want true or false at byte 28"},
		{"first counts", `{"processId":"x","threadId":"y"}`, "processId"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e, err := ParseJSON([]byte(test.text))
			if err == nil {
				t.Fatalf("accepted: %+v", e)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %q, want %q in it", err, test.want)
			}
		})
	}
}

// Whatever is accepted is written as one line of valid JSON in valid UTF-8 and
// reads as the same event again, in both forms.
func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(sampleParsed))
	f.Add([]byte(protoSample))
	f.Add(AppendRawJSON(nil, sample()))
	f.Add([]byte(`{"args":[{"name":"a","type":"x","value":{"b":[1.0,"\ud800",null]}}],"eventId":1}`))
	f.Add([]byte("\xef\xbb\xbf {\"args\":[{\"value\":1e5,\"type\":\"float\"}]}"))
	files, _ := filepath.Glob("testdata/*.json")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := ParseJSON(data)
		if err != nil {
			return
		}
		for _, render := range []func([]byte, *Event) []byte{AppendRawJSON, AppendJSON} {
			text := render(nil, first)
			if !json.Valid(text) || !utf8.Valid(text) || strings.ContainsAny(string(text), "\r\n") {
				t.Fatalf("not one line of valid JSON: %q", text)
			}
			second, err := ParseJSON(text)
			if err != nil {
				t.Fatalf("%v in %s", err, text)
			}
			if again := render(nil, second); string(again) != string(text) {
				t.Fatalf("changes when read again:\n%s\n%s", text, again)
			}
		}
		second, err := ParseJSON(AppendRawJSON(nil, first))
		if err != nil || !same(first, second) {
			t.Fatalf("%v:\n%+v %+v\n%+v %+v", err, first, first.Context, second, second.Context)
		}
	})
}

func BenchmarkParseJSON(b *testing.B) {
	text := []byte(sampleParsed)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := ParseJSON(text); err != nil {
			b.Fatal(err)
		}
	}
}
