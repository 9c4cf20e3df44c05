package main

import (
	"fmt"
	"io"
	"time"

	"github.com/weirsec/weir/internal/attack"
)

// result is what came of one attack.
type result struct {
	number, total int
	attack        attack.Attack
	began         time.Time
	took          time.Duration
	err           error
}

// performed is a result as "run --output json" prints it.
type performed struct {
	ID        string    `json:"id"`
	Technique string    `json:"technique"`
	Time      time.Time `json:"time"`
	// Duration is in nanoseconds.
	Duration   int64    `json:"duration"`
	OK         bool     `json:"ok"`
	Error      string   `json:"error,omitempty"`
	Signatures []string `json:"signatures"`
}

// reporter prints results as they come.
type reporter struct {
	w      io.Writer
	format format
}

func (r reporter) report(res result) error {
	a := res.attack
	if r.format == jsonFormat {
		line := performed{
			ID: a.ID, Technique: a.Technique, Time: res.began.UTC(), Duration: res.took.Nanoseconds(),
			OK: res.err == nil, Signatures: append([]string{}, a.Signatures...),
		}
		if res.err != nil {
			line.Error = res.err.Error()
		}
		return printJSON(r.w, line)
	}
	verdict := "ok      "
	if res.err != nil {
		verdict = "refused "
	}
	_, err := fmt.Fprintf(r.w, "[%d/%d] %s %-20s %-10s %s\n", res.number, res.total, verdict, a.ID, a.Technique, detail(res))
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// detail is how long the attack took, or why it could not be performed.
func detail(res result) string {
	if res.err != nil {
		return res.err.Error()
	}
	return res.took.Round(100 * time.Microsecond).String()
}
