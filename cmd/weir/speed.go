package main

import (
	"errors"
	"strconv"
	"strings"
)

// speed is the flag --speed: how many times as fast as it happened, 0 for as
// fast as it goes.
type speed float64

// String returns the speed as Set takes it.
func (s *speed) String() string {
	switch *s {
	case 0:
		return "max"
	case 1:
		return "original"
	default:
		return strconv.FormatFloat(float64(*s), 'g', -1, 64) + "x"
	}
}

// Type names the kind of value for --help.
func (s *speed) Type() string { return "original|Nx|max" }

// Set takes a speed.
func (s *speed) Set(text string) error {
	switch text {
	case "original":
		*s = 1
		return nil
	case "max":
		*s = 0
		return nil
	}
	factor, found := strings.CutSuffix(text, "x")
	if !found {
		factor, found = strings.CutSuffix(text, "×")
	}
	n, err := strconv.ParseFloat(factor, 64)
	const slowest, fastest = 1e-6, 1e9
	if !found || err != nil || !(n >= slowest && n <= fastest) {
		return errors.New("want original, max or a factor such as 10x")
	}
	*s = speed(n)
	return nil
}
