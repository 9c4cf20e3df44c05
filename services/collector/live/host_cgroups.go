package live

import (
	"context"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/cgroup"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector"
)

// hostCgroups is a source that looks at the cgroups that another one tells of and
// says of each whether it is the host's.
type hostCgroups struct {
	from collector.Source
	// tell takes a cgroup's id. What it cannot note is no loss: more events come.
	tell func(id uint64, host bool)
}

func (h hostCgroups) Run(ctx context.Context, to collector.Sink) error {
	s := &hostSink{Sink: to, tell: h.tell}
	s.decoder.Reset(&eventpb.Envelope{})
	return h.from.Run(ctx, s)
}

// Wake passes on to the source, where others wake it.
func (h hostCgroups) Wake() {
	if w, ok := h.from.(collector.Waker); ok {
		w.Wake()
	}
}

// hostSink is the sink of a hostCgroups.
type hostSink struct {
	collector.Sink
	tell    func(id uint64, host bool)
	decoder record.Decoder
}

func (s *hostSink) Record(rec []byte) {
	s.Sink.Record(rec)
	if len(rec) < 8 || rec[7] != 0 {
		return
	}
	switch catalogue.Type(rec[6]) {
	case catalogue.CgroupMkdir, catalogue.ExistingCgroup, catalogue.CgroupRmdir:
		s.learn(rec)
	}
}

func (s *hostSink) learn(rec []byte) {
	var e event.Event
	if s.decoder.Decode(rec, 0, &e) != nil {
		return
	}
	id, known := e.Values[0].Uint()
	path := e.Values[1]
	if !known {
		return
	}
	// A path that is not whole may have lost the part that names a container.
	whole := path.Kind() == event.KindString && rec[8]&byte(record.FlagTruncated|record.FlagFault) == 0
	gone := e.Shape.Name == catalogue.CgroupRmdir.String()
	s.tell(id, whole && !gone && cgroup.Parse(path.Text()).Container.ID == "")
}
