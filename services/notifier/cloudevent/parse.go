package cloudevent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/weirsec/weir/schemas/finding"
)

// Parse reads a finding's CloudEvent in structured JSON. What it returns has
// no stamps; numbers of free-form data are json.Number and so exact.
//
// It fails on anything that is not a valid CloudEvent 1.0 of type Type with
// JSON data of the finding's shape. Unknown attributes are ignored.
func Parse(data []byte) (finding.Detection, error) {
	var e event.Event
	if err := json.Unmarshal(data, &e); err != nil {
		return finding.Detection{}, fmt.Errorf("read CloudEvent: %w", err)
	}
	if err := e.Validate(); err != nil {
		return finding.Detection{}, fmt.Errorf("read CloudEvent: %w", err)
	}
	if e.SpecVersion() != specVersion || e.Type() != Type {
		return finding.Detection{}, fmt.Errorf("CloudEvent %s of type %q is no finding", e.SpecVersion(), e.Type())
	}
	d := finding.Detection{ID: e.ID(), Subject: e.Subject()}
	if err := DecodeJSON(e.Data(), &d.Finding); err != nil {
		return finding.Detection{}, fmt.Errorf("data of CloudEvent %q: %w", e.ID(), err)
	}
	if err := readAttributes(&e, &d); err != nil {
		return finding.Detection{}, fmt.Errorf("CloudEvent %q: %w", e.ID(), err)
	}
	// What cannot be rendered again is not taken in.
	if _, err := attributesOf(&d); err != nil {
		return finding.Detection{}, fmt.Errorf("CloudEvent %q: %w", e.ID(), err)
	}
	return d, nil
}

// readAttributes fills what the detection keeps in attributes alone.
func readAttributes(e *event.Event, d *finding.Detection) error {
	node, ours := strings.CutPrefix(e.Source(), sourcePrefix)
	if !ours {
		return fmt.Errorf("source %q names no node", e.Source())
	}
	var err error
	if d.Node, err = url.PathUnescape(node); err != nil {
		return fmt.Errorf("source: %w", err)
	}
	if d.Time, err = nanoseconds(e.Time()); err != nil {
		return fmt.Errorf("time: %w", err)
	}
	extensions := e.Extensions()
	if given, ok := extensions["recordedtime"]; ok {
		made, err := types.ToTime(given)
		if err != nil {
			return fmt.Errorf("recordedtime: %w", err)
		}
		if d.Made, err = nanoseconds(made); err != nil {
			return fmt.Errorf("recordedtime: %w", err)
		}
	}
	if given, ok := extensions["partitionkey"]; ok {
		if d.PartitionKey, err = types.Format(given); err != nil {
			return fmt.Errorf("partitionkey: %w", err)
		}
	}
	if given, ok := extensions["sequence"].(string); ok {
		if d.Sequence, err = strconv.ParseUint(given, 10, 64); err != nil {
			return fmt.Errorf("sequence: %w", err)
		}
	}
	return nil
}

// nanoseconds returns a time as Unix nanoseconds, which reach from 1677 to
// 2262; outside them they would silently be another time.
func nanoseconds(t time.Time) (int64, error) {
	if t.Before(time.Unix(0, math.MinInt64)) || t.After(time.Unix(0, math.MaxInt64)) {
		return 0, fmt.Errorf("%s is out of range", t.Format(time.RFC3339))
	}
	return t.UnixNano(), nil
}

// DecodeJSON reads exactly one JSON value into v, keeping numbers of unknown
// type as json.Number: kernel addresses do not fit into a float64.
func DecodeJSON(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}
