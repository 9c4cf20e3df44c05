package analysis

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/recording"
	"github.com/weirsec/weir/signatures/sdk"
)

const benchEvents = 20_000

// busyNode is what a node with containers sends: openings of files, a few
// executions and connections, about a thousand bytes each.
func busyNode(n int) string {
	var b strings.Builder
	for i := range n {
		path := fmt.Sprintf("/usr/lib/python3.12/site-packages/mod%d/file%d.py", i%16, i%80)
		name, id := "security_file_open", 730
		args := fmt.Sprintf(`{"name":"pathname","type":"const char*","value":%q},{"name":"flags","type":"string","value":"O_RDONLY|O_CLOEXEC"},`+
			`{"name":"dev","type":"dev_t","value":265289728},{"name":"inode","type":"unsigned long","value":%d},`+
			`{"name":"ctime","type":"unsigned long","value":1680190000000000000},{"name":"syscall_pathname","type":"const char*","value":%q}`, path, i, path)
		switch {
		case i%10 == 9:
			name, id = "security_socket_connect", 735
			args = fmt.Sprintf(`{"name":"sockfd","type":"int","value":3},{"name":"remote_addr","type":"struct sockaddr*",`+
				`"value":{"sa_family":"AF_INET","sin_addr":"10.0.0.%d","sin_port":"443"}}`, i%250)
		case i%10 == 8:
			name, id = "sched_process_exec", 715
			args = fmt.Sprintf(`{"name":"cmdpath","type":"const char*","value":"/usr/bin/ls"},{"name":"pathname","type":"const char*",`+
				`"value":"/usr/bin/ls"},{"name":"argv","type":"const char**","value":["ls","-l",%q]}`, path)
		case i%2 == 1:
			name, id = "openat", 257
			args = fmt.Sprintf(`{"name":"dirfd","type":"int","value":-100},{"name":"pathname","type":"const char*","value":%q},`+
				`{"name":"flags","type":"const char*","value":"O_RDONLY|O_CLOEXEC"},{"name":"mode","type":"mode_t","value":0}`, path)
		}
		pid, container, started := 4000+i%400, "", i%5 < 2
		box := "{}"
		if started {
			container = fmt.Sprintf("%064x", i%8)
			box = fmt.Sprintf(`{"id":%q,"name":"web","image":"nginx:1.25"}`, container)
		}
		fmt.Fprintf(&b, `{"timestamp":%d,"threadStartTime":1680190419369780383,"processorId":%d,"processId":%d,"cgroupId":10957,"threadId":%d,`+
			`"parentProcessId":1,"hostProcessId":%d,"hostThreadId":%d,"hostParentProcessId":900,"userId":1000,"mountNamespace":4026531841,`+
			`"pidNamespace":4026531836,"processName":"worker","executable":{"path":"/usr/bin/python3.12"},"hostName":"node-1","containerId":%q,`+
			`"container":%s,"kubernetes":{},"eventId":"%d","eventName":%q,"argsNum":%d,"returnValue":0,"syscall":"openat","stackAddresses":null,`+
			`"contextFlags":{"containerStarted":%v,"isCompat":false},"threadEntityId":%d,"processEntityId":%d,"parentEntityId":7126971,"args":[%s]}`+"\n",
			1680190419485136510+i*41_000, i%8, pid, pid, pid, pid, container, box, id, name, strings.Count(args, `"name"`), started, pid*7919, pid*7919, args)
	}
	return b.String()
}

// watcher is a Go signature as they are: it compares one argument of one event.
type watcher struct {
	id, name, path string
}

func (w watcher) Metadata() sdk.Metadata { return sdk.Metadata{ID: w.id, Version: "1"} }

func (w watcher) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: sdk.Source, Name: w.name}}
}

func (w watcher) OnEvent(c *sdk.Context, e *event.Event) error {
	if path, _ := e.String("pathname"); strings.HasPrefix(path, w.path) {
		c.Report(nil)
	}
	return nil
}

// watchers is a set of n of them.
func watchers(n int) *engine.Set {
	names := []string{"security_file_open", "openat", "sched_process_exec", "security_socket_connect", "ptrace"}
	var list []sdk.Signature
	for i := range n {
		list = append(list, watcher{fmt.Sprint("w", i), names[i%len(names)], fmt.Sprint("/etc/secret", i)})
	}
	return set(list...)
}

// BenchmarkAnalysis is a whole analysis of events in memory: reading, decoding,
// evaluating, delivering.
func BenchmarkAnalysis(b *testing.B) {
	text := busyNode(benchEvents)
	data := recorded(b, text)
	for _, input := range []struct {
		name string
		size int
		open func() recording.Reader
	}{
		{"json", len(text), func() recording.Reader { return lines(text) }},
		{"batches", len(data), func() recording.Reader {
			return recording.NewBatches(recording.NewFile(bytes.NewReader(data)).Next)
		}},
	} {
		for _, signatures := range []int{0, 50} {
			for _, ordered := range []bool{false, true} {
				b.Run(fmt.Sprintf("%s/signatures=%d/ordered=%v", input.name, signatures, ordered), func(b *testing.B) {
					s := watchers(signatures)
					b.SetBytes(int64(input.size))
					b.ReportAllocs()
					start := processorTime(b)
					for b.Loop() {
						err := Run(b.Context(), Config{Render: id, Ordered: ordered}, s, input.open(), func(context.Context, *Outcome) error { return nil })
						if err != nil {
							b.Fatal(err)
						}
					}
					events := float64(b.N) * benchEvents
					b.ReportMetric(float64(processorTime(b)-start)/events, "cpu-ns/event")
					b.ReportMetric(events/b.Elapsed().Seconds(), "events/s")
				})
			}
		}
	}
}

func processorTime(b *testing.B) int64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return used.Utime.Nano() + used.Stime.Nano()
}
