package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Report is the accounts of one partition of a stage, as it tells them.
type Report struct {
	// Version is that of the layout: 1.
	Version int `json:"version"`
	// Stage and Partition say whose accounts these are.
	Stage     string `json:"stage"`
	Partition int    `json:"partition"`
	// Seq is the stream sequence of the last message that is in the accounts, and
	// Stream when that stream was made, in Unix nanoseconds.
	Seq    uint64 `json:"seq"`
	Stream int64  `json:"stream"`
	// Time is when they were told, in Unix nanoseconds.
	Time     int64      `json:"time"`
	Accounts []*Account `json:"accounts"`
	// Runs is how far the runs have come: that a collector has written, which keeps
	// no accounts, and that the enricher has read, which is to read all of those that
	// began after Since, in Unix nanoseconds.
	Runs  []Run `json:"runs,omitempty"`
	Since int64 `json:"since,omitempty"`
	// Forgotten counts nodes whose accounts had to make room for others.
	Forgotten uint64 `json:"forgotten,omitempty"`
}

// reportVersion is the version of the layout.
const reportVersion = 1

// Encode returns the report as JSON.
func (r *Report) Encode() ([]byte, error) {
	r.Version = reportVersion
	return json.Marshal(r)
}

// Supersedes reports whether the report is to take the place of another one of
// its stage and partition: an instance that lost the partition may still tell
// what it knows.
func (r *Report) Supersedes(other *Report) bool {
	return r.Stream != other.Stream || r.Seq >= other.Seq
}

// ParseReport reads a report.
func ParseReport(text []byte) (*Report, error) {
	var r Report
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("report of accounts: %w", err)
	}
	if r.Version != reportVersion {
		return nil, fmt.Errorf("report of accounts: version %d is not known, only %d", r.Version, reportVersion)
	}
	for _, a := range r.Accounts {
		if a == nil || a.Node == "" {
			return nil, errors.New("report of accounts: one is of no node")
		}
	}
	return &r, nil
}
