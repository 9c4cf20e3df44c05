package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/attack"
)

// plan is what the flags of "run" ask for.
type plan struct {
	all   bool
	count int
	delay time.Duration
}

func newRun(attacks []attack.Attack) *cobra.Command {
	var p plan
	c := &cobra.Command{
		Use:   "run [ID...]",
		Short: "Perform attacks",
		Long: "Perform the attacks named, or all of them with --all. Each leaves the machine as it was.\n" +
			"The exit code is 1 if one could not be performed; whether it was noticed is for Weir to say.",
		Example: "  weir-generator run anti_debugging\n  weir-generator run --all --count 3 --delay 1s",
	}
	c.Flags().BoolVar(&p.all, "all", false, "perform every attack")
	c.Flags().IntVar(&p.count, "count", 1, "how often to perform each, at least 1")
	c.Flags().DurationVar(&p.delay, "delay", 0, "how long to wait between two attacks")
	output := outputFlag(c)
	c.RunE = func(c *cobra.Command, ids []string) error {
		chosen, err := p.choose(attacks, ids)
		if err != nil {
			return usage(c, err)
		}
		return p.perform(c.Context(), chosen, reporter{c.OutOrStdout(), *output})
	}
	return c
}

// choose returns the attacks to perform, in the order in which they were named.
func (p plan) choose(attacks []attack.Attack, ids []string) ([]attack.Attack, error) {
	known := make(map[string]attack.Attack, len(attacks))
	names := make([]string, 0, len(attacks))
	for _, a := range attacks {
		known[a.ID] = a
		names = append(names, a.ID)
	}
	switch {
	case p.count < 1:
		return nil, fmt.Errorf("--count %d: want at least 1", p.count)
	case p.delay < 0:
		return nil, fmt.Errorf("--delay %s: want no less than 0", p.delay)
	case p.all && len(ids) > 0:
		return nil, errors.New("name attacks or give --all, not both")
	case p.all:
		return attacks, nil
	case len(ids) == 0:
		return nil, fmt.Errorf("name at least one attack, or give --all; there are %s", strings.Join(names, ", "))
	}
	chosen := make([]attack.Attack, 0, len(ids))
	for _, id := range ids {
		a, ok := known[id]
		if !ok {
			return nil, fmt.Errorf("unknown attack %q; there are %s", id, strings.Join(names, ", "))
		}
		chosen = append(chosen, a)
	}
	return chosen, nil
}

// perform runs the attacks one after another. One that fails does not stop the
// others; the end of ctx does.
func (p plan) perform(ctx context.Context, chosen []attack.Attack, r reporter) (err error) {
	dir, err := os.MkdirTemp("", "weir-generator-")
	if err != nil {
		return fmt.Errorf("make a folder to work in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	done, failed := 0, 0
	total := p.count * len(chosen)
	for range p.count {
		for _, a := range chosen {
			if done > 0 && !sleep(ctx, p.delay) {
				return fmt.Errorf("stopped after %d of %d attacks", done, total)
			}
			began := time.Now()
			err := a.Run(ctx, dir)
			done++
			if err != nil {
				failed++
			}
			if err := r.report(result{done, total, a, began, time.Since(began), err}); err != nil {
				return err
			}
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d attacks could not be performed", failed, total)
	}
	return nil
}

// sleep waits and reports whether it was left to sleep to the end.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}
