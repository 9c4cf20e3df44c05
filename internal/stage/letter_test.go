package stage_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
)

// What was given up is handled once more when its cause is mended, and only
// once.
func TestRedrive(t *testing.T) {
	conn := bustest.Run(t)
	var mended atomic.Bool
	r := start(t, conn, copyConfig(stage.HandlerFunc(func(ctx context.Context, in stage.Message) ([]stage.Output, error) {
		if strings.HasSuffix(string(in.Data), "bad") && !mended.Load() {
			return nil, stage.Permanent(errors.New("cannot read this"))
		}
		return copyOne(ctx, in)
	})))
	for _, m := range []bus.Message{
		{Subject: bus.RawSubject("n1"), ID: "a", Data: []byte("good")},
		{Subject: bus.RawSubject("n1"), ID: "b", Data: []byte("bad"), ContentType: "text/plain", Header: map[string]string{"Weir-Node": "n1"}},
	} {
		if err := conn.Publish(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	r.drain()
	l, err := stage.ReadLetter(letter(t, conn))
	if err != nil {
		t.Fatal(err)
	}
	if l.Stage != "copy" || l.Reason != "cannot read this" || l.ID != "b" || l.Stream != bus.StreamRaw || l.StreamSeq != 2 || l.Deliveries != 1 {
		t.Errorf("letter is %+v", l)
	}
	mended.Store(true)
	for range 2 {
		if err := stage.Redrive(t.Context(), conn, l); err != nil {
			t.Fatal(err)
		}
	}
	r.drain()
	r.stop()
	if n := stored(t, conn, bus.StreamDLQ); n != 0 {
		t.Errorf("%d dead letters are left", n)
	}
	out := contents(t, conn, bus.StreamEvents)
	if len(out) != 2 || out["out/b/redriven/1"] != "bad" {
		t.Errorf("outputs are %v", out)
	}
}

func TestReadLetterErrors(t *testing.T) {
	for _, m := range []bus.Received{
		{},
		{Subject: "weir.dlq.copy.x", Header: map[string]string{}},
		{Subject: "weir.dlq.copy.1", Header: map[string]string{stage.HeaderSeq: "-1"}},
	} {
		if _, err := stage.ReadLetter(m); err == nil || !strings.Contains(err.Error(), "no stage has put it there") {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

// A payload that did not fit into the letter is taken from its stream, if it is
// still there.
func TestRedriveOmitted(t *testing.T) {
	conn := bustest.Run(t)
	if err := conn.Publish(t.Context(), bus.Message{Subject: bus.RawSubject("n1"), ID: "big", Data: []byte("payload")}); err != nil {
		t.Fatal(err)
	}
	first, err := conn.Stored(t.Context(), bus.StreamRaw, 1)
	if err != nil {
		t.Fatal(err)
	}
	l := stage.Letter{Seq: 9, Stage: "copy", Stream: bus.StreamRaw, StreamSeq: 1, Subject: first.Subject, ID: "big", Omitted: 7}
	if err := stage.Redrive(t.Context(), conn, l); err != nil {
		t.Fatal(err)
	}
	again, err := conn.Stored(t.Context(), bus.StreamRaw, 2)
	if err != nil || string(again.Data) != "payload" || again.Subject != first.Subject {
		t.Errorf("published %q on %q, %v", again.Data, again.Subject, err)
	}
	for _, c := range []struct {
		change func(*stage.Letter)
		want   string
	}{
		{func(l *stage.Letter) { l.StreamSeq = 77 }, "not in WEIR_RAW any more"},
		{func(l *stage.Letter) { l.ID = "other" }, "another one by now"},
		{func(l *stage.Letter) { l.Encoding = "zstd" }, "nobody could read it"},
	} {
		other := l
		c.change(&other)
		if err := stage.Redrive(t.Context(), conn, other); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error is %v, want one with %q", err, c.want)
		}
	}
}
