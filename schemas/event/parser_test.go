package event

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// agree holds a Parser against the thorough way.
func agree(t *testing.T, p *Parser, data []byte) {
	t.Helper()
	want, wantErr := parseThoroughly(data)
	var got Event
	err := p.parse(data, string(data), &got)
	switch {
	case (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error():
		t.Errorf("%q: got %v, want %v", data, err, wantErr)
	case err == nil && !same(&got, want):
		t.Errorf("%q:\n got %+v %+v %+v\nwant %+v %+v %+v", data, got, got.Context, got.Shape, want, want.Context, want.Shape)
	}
}

func TestParserAgrees(t *testing.T) {
	var p Parser
	seeds := parserSeeds(t)
	for _, seed := range seeds {
		agree(t, &p, []byte(seed))
	}
	// Beginnings of events, and events with one byte changed.
	for _, seed := range seeds {
		// Long ones have much of the same.
		step := 1 + len(seed)/300
		for i := 0; i < len(seed); i += step {
			agree(t, &p, []byte(seed[:i]))
			for _, b := range []byte("\"\\{}[],:0-n \x00\xff") {
				changed := []byte(seed)
				changed[i] = b
				agree(t, &p, changed)
			}
		}
	}
}

// parserSeeds are events that show all that the fast way knows and refuses.
func parserSeeds(t testing.TB) []string {
	t.Helper()
	return []string{
		sampleParsed, plainEvent, string(AppendRawJSON(nil, sample())), string(AppendJSON(nil, &Event{Shape: &Shape{}, Context: &Context{}})),
		`{"args":[{"value":1,"type":"u32","name":"late"},{"name":"a","type":"bytes","value":"f0VMRg=="},null,{},{"x":[{}]}]}`,
		`{"args":[{"name":"a","type":"float","value":1.5e3},{"name":"b","type":"int","value":-0},{"type":"t","value":[1,"a"]}]}`,
		`{"args":[{"name":"sa","type":"struct sockaddr*","value":{"sa_family":"AF_INET","sin_port":"80"}}],"args":null}`,
		`{"args":[{"name":"argv","type":"const char*const*","value":["sh","-c","a\n\u00e9"]}],"eventId":59}`,
		`{"containerId":"c","containerName":"n","containerImage":"i","podName":"p","podNamespace":"s","podUID":"u","executable":"/x"}`,
		`{"container":{"id":"x","id":"y","z":[1]},"kubernetes":{"podName":"p","podSandbox":null},"contextFlags":{"a":1}}`,
		`{"timestamp":null,"eventName":null,"executable":null,"container":null,"stackAddresses":null,"metadata":null}`,
		`{"timestamp":9223372036854775807,"returnValue":-9223372036854775808,"cgroupId":18446744073709551615,"userId":-1}`,
		"{ \"timestamp\" : 1e3 ,\r\n\t\"unknown\" : { \"a\" : [ true , false , null ] } }",
		`{"dns":{"names":["a\u0062",null],"status":"stale"},"dns":null}`, `{"dns":{"status":"lost","x":{}},"dns":{}}`,
		`{"dns":{"names":"a"}}`, `{"dns":{"status":7}}`, `{"dns":[]}`,
		`{"eventId":"1","eventId":"-2","event\u004eame":"x","matchedPolicies":["a"],"matchedPolicies":[]}`,
		"\xef\xbb\xbf{}", "{\"eventName\":\"a\xffb\"}", `{"eventName":"` + strings.Repeat("é", 20) + `"}`, `[]`, `{}x`, ``,
		`{"metadata":{"Properties":{"a": 1}}, "threadEntityId": 4294967295, "processorId": 3.0}`,
	}
}

// What is shared must be the same thing, and what is not must not be.
func TestParserShares(t *testing.T) {
	var p Parser
	var events [3]Event
	for i, text := range []string{sampleParsed, sampleParsed, strings.Replace(sampleParsed, `"int"`, `"int32"`, 1)} {
		if err := p.Parse([]byte(text), &events[i]); err != nil {
			t.Fatal(err)
		}
	}
	if events[0].Shape != events[1].Shape {
		t.Error("events of a kind have shapes of their own")
	}
	if events[0].Shape == events[2].Shape || events[0].Context == events[1].Context {
		t.Error("events share what differs")
	}
	events[0].Values[0], events[0].Context.PID = Int(1), -1
	if v, _ := events[1].Values[0].Int(); v != -100 || events[1].Context.PID != 77 {
		t.Error("a change of one event changed another")
	}
}

// The kinds that are remembered do not grow without end, and what is not
// remembered is read all the same.
func TestParserForgets(t *testing.T) {
	var p Parser
	var e Event
	for i := range 2 * maxShapes {
		for _, name := range []string{"same", "x" + strconv.Itoa(i)} {
			text := []byte(`{"eventName":"` + name + `","eventId":` + strconv.Itoa(i) + `}`)
			if err := p.Parse(text, &e); err != nil || e.Shape.ID != int32(i) || e.Shape.Name != name {
				t.Fatal(err, e.Shape)
			}
		}
	}
	if p.shapes > maxShapes || len(p.kinds) > maxShapes || len(p.kinds["same"]) > maxAlike {
		t.Errorf("%d kinds are remembered, %d of one name", p.shapes, len(p.kinds["same"]))
	}
}

func FuzzParser(f *testing.F) {
	for _, seed := range parserSeeds(f) {
		f.Add([]byte(seed))
	}
	files, _ := filepath.Glob("testdata/*.json")
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var p Parser
		agree(t, &p, data)
		// Again, with what is remembered of the first time.
		agree(t, &p, data)
	})
}

func BenchmarkParser(b *testing.B) {
	for name, text := range map[string]string{"plain": plainEvent, "full": sampleParsed, "proto": protoSample} {
		b.Run(name, func(b *testing.B) {
			var p Parser
			var e Event
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if err := p.Parse([]byte(text), &e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// plainEvent is an event as most are: on the host, without metadata.
const plainEvent = `{"timestamp":1680190419485136510,"threadStartTime":1680190419369780383,"processorId":4,"processId":320908,` +
	`"cgroupId":10957,"threadId":320908,"parentProcessId":1635,"hostProcessId":320908,"hostThreadId":320908,` +
	`"hostParentProcessId":1635,"userId":1000,"mountNamespace":4026531841,"pidNamespace":4026531836,"processName":"cat",` +
	`"executable":{"path":"/usr/bin/cat"},"hostName":"worker-node-1","containerId":"","container":{},"kubernetes":{},` +
	`"eventId":"730","eventName":"security_file_open","argsNum":6,"returnValue":0,"syscall":"openat","stackAddresses":null,` +
	`"contextFlags":{"containerStarted":false,"isCompat":false},"threadEntityId":3254210459,"processEntityId":3254210459,` +
	`"parentEntityId":2541207125,"args":[{"name":"pathname","type":"const char*","value":"/usr/lib/x86_64-linux-gnu/libc.so.6"},` +
	`{"name":"flags","type":"string","value":"O_RDONLY|O_CLOEXEC"},{"name":"dev","type":"dev_t","value":265289728},` +
	`{"name":"inode","type":"unsigned long","value":1315},{"name":"ctime","type":"unsigned long","value":1680190000000000000},` +
	`{"name":"syscall_pathname","type":"const char*","value":"/lib/x86_64-linux-gnu/libc.so.6"}]}`
