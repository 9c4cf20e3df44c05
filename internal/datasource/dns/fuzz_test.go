package dns

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	"github.com/weirsec/weir/schemas/event"
)

// FuzzApply tells a cache whatever there is, as either event: it ends, keeps its
// bounds and stays sound.
func FuzzApply(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		text, err := json.Marshal(randomMessage(r))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), `{"direction":1}`, start)
	}
	f.Add(`[{"query_data":{"query":"a.test"},"dns_answer":[{"answer_type":"A","ttl":9,"answer":"192.0.2.1"}]}]`, "{}", int64(-1)<<63)
	f.Add(`{"questions":[{"name":"\ud800"}],"answers":[{"name":"\u0000"`, `{"direction":[`, int64(1<<63-1))
	f.Fuzz(func(t *testing.T, text, metadata string, at int64) {
		c := New(Limits{Bytes: 64 << 10})
		for range 2 {
			for name, arg := range map[string]string{"net_packet_dns": "proto_dns", "net_packet_dns_response": "dns_response"} {
				e := &event.Event{
					Time: at, Context: &event.Context{},
					Shape:  &event.Shape{Name: name, Args: []event.ArgSpec{{Name: "metadata"}, {Name: arg}}},
					Values: []event.Value{event.JSON(metadata), event.JSON(text)},
				}
				c.Apply(e)
				check(t, c)
				if c.Bytes() > 64<<10 {
					t.Fatalf("%d bytes", c.Bytes())
				}
			}
		}
		for it := range c.store.Items() {
			scope, name := it.Key.Scope, it.Key.text
			defer func() {
				c.Names(scope, name, at)
				_, _, _ = c.Get(scope, name, at)
			}()
		}
		c.Advance(at)
	})
}

// FuzzScanner reads the same out of a document as encoding/json does, in whatever
// way it is written.
func FuzzScanner(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		text, err := json.MarshalIndent(randomMessage(r), "", " ")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(`{"QR":1,"QR":0,"questions":[{"name":"a\u0062"},{}],"answers":[{"SVCB":{"IPs":["x"]},"type":"HTTPS","MX":null}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		// encoding/json replaces what is not UTF-8, which names may hold.
		if !json.Valid([]byte(text)) || !utf8.ValidString(text) {
			return
		}
		var want struct {
			Questions []struct{ Name string }
		}
		if json.Unmarshal([]byte(text), &want) != nil || !exact(text) {
			return
		}
		var m message
		if !m.readPacket(text) {
			t.Fatal("not read")
		}
		if len(want.Questions) != m.questions || len(want.Questions) > 0 && want.Questions[0].Name != m.question {
			t.Fatalf("%d questions, the first %q; want %+v", m.questions, m.question, want.Questions)
		}
	})
}

// exact reports whether a document has the keys of interest once each, spelt as
// they are: encoding/json takes any case, and the last of several.
func exact(text string) bool {
	var top map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &top) != nil {
		return false
	}
	var questions []map[string]json.RawMessage
	if json.Unmarshal(top["questions"], &questions) != nil {
		return false
	}
	again, err := json.Marshal(top)
	if err != nil || len(top) > 40 {
		return false
	}
	var compacted json.RawMessage = again
	for key := range top {
		if key != "questions" && len(key) == len("questions") {
			return false
		}
	}
	for _, q := range questions {
		if len(q) > 1 {
			return false
		}
		for key, value := range q {
			if key != "name" || len(value) == 0 || value[0] != '"' {
				return false
			}
		}
	}
	return len(compacted) > 0
}
