package recording

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/weirsec/weir/schemas/event"
)

// read decodes a recording to its end and returns what it holds: the names of
// events with their records, "name@7", the invalid records, and the error.
func read(t testing.TB, r Reader) (events []string, invalid []string, err error) {
	t.Helper()
	var d Decoder
	for {
		piece, err := r.Next()
		if errors.Is(err, io.EOF) {
			return events, invalid, nil
		}
		if err != nil {
			return events, invalid, err
		}
		decoded := piece.Decode(&d)
		if len(decoded.Records) != len(decoded.Events) {
			t.Fatalf("%d records for %d events", len(decoded.Records), len(decoded.Events))
		}
		for i := range decoded.Events {
			events = append(events, fmt.Sprintf("%s@%d", decoded.Events[i].Name(), decoded.Records[i]))
		}
		for _, bad := range decoded.Invalid {
			invalid = append(invalid, fmt.Sprintf("%d: %v", bad.Record, bad.Err))
		}
	}
}

// all decodes a recording and returns its events; nothing of it may be invalid.
func all(t testing.TB, r Reader) []event.Event {
	t.Helper()
	var d Decoder
	var events []event.Event
	for {
		piece, err := r.Next()
		if errors.Is(err, io.EOF) {
			return events
		}
		if err != nil {
			t.Fatal(err)
		}
		decoded := piece.Decode(&d)
		if len(decoded.Invalid) > 0 {
			t.Fatal(decoded.Invalid)
		}
		events = append(events, decoded.Events...)
	}
}

// line is an event as a line of flat JSON.
func line(name string) string { return `{"eventName":"` + name + `","hostName":"n"}` + "\n" }
