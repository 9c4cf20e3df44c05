package processtree

import (
	"testing"

	"github.com/weirsec/weir/schemas/event"
)

// BenchmarkLineageOf is what each event costs: of the first thread of a process,
// of one that renamed itself, of another thread.
func BenchmarkLineageOf(b *testing.B) {
	tree := New(Default())
	feed(tree, existing(15, initd, task{}, "/sbin/init"), fork(initd, task{}, shell), exec(21, shell, initd, "/bin/sh"))
	first, renamed, thread := shell.context(initd), shell.context(initd), shell.context(initd)
	first.ProcessName = "sh"
	thread.HostTID, thread.ThreadEntityID = 150, event.EntityID(150, 25*second)
	for _, tt := range []struct {
		name string
		c    *event.Context
	}{{"first", first}, {"thread", thread}, {"renamed", renamed}} {
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				tree.LineageOf(tt.c, 50*second)
			}
		})
	}
}

func BenchmarkForkExecExit(b *testing.B) {
	tree := New(Default())
	feed(tree, existing(15, initd, task{}, "/sbin/init"))
	b.ReportAllocs()
	for i := int64(0); b.Loop(); i++ {
		b.StopTimer()
		who := task{int32(100 + i%30000), 100 + i}
		events := []event.Event{
			fork(initd, task{}, who), exec(who.start, who, initd, "/bin/ls", "-l", "/tmp"), exit(who.start+1, who, initd, true),
		}
		b.StartTimer()
		feed(tree, events...)
		tree.Advance(events[2].Time)
	}
}
