package main

import (
	"bytes"
	"context"
	_ "embed" // the recorded attack
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/services/collector"
	"github.com/weirsec/weir/services/collector/live"
	"github.com/weirsec/weir/services/collector/replay"
	"github.com/weirsec/weir/services/detector/engine"
)

// recordedAttack is one as the collector saw it; the end-to-end tests make it
// anew with WEIR_UPDATE=1.
//
//go:embed demo.weir
var recordedAttack []byte

// liveAttacks are what the generator performs in "weir demo --live".
func liveAttacks() []string { return []string{"fileless_execution", "anti_debugging"} }

// demoAttack is where the demo's events come from.
type demoAttack struct {
	what    string
	frame   *run.Frame
	machine *live.Machine
	// generator is the program that performs the attack; "" for a recording.
	generator string
}

// openAttack opens the recording or this machine.
func (o *demoOptions) openAttack(frame *run.Frame, set *engine.Set) (*demoAttack, error) {
	a := &demoAttack{what: "recorded kernel events, played at their pace (no root needed)", frame: frame}
	if !o.live {
		return a, nil
	}
	a.what = "eBPF on this machine"
	var err error
	if a.generator, err = findGenerator(); err != nil {
		return nil, err
	}
	if a.machine, err = live.Open(live.Config{}, frame.Settings(stageCollector)); err != nil {
		return nil, err
	}
	a.machine.SetInterest(context.Background(), set.Interest())
	return a, nil
}

// findGenerator returns the path of weir-generator: beside this program, or in
// PATH.
func findGenerator() (string, error) {
	const name = "weir-generator"
	if self, err := os.Executable(); err == nil {
		if beside := filepath.Join(filepath.Dir(self), name); isProgram(beside) {
			return beside, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", errors.New("the attack needs weir-generator beside weir or in PATH; 'make build' builds both into bin/")
	}
	return path, nil
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// components returns what feeds the pipeline; over is called when the attack
// has been performed.
func (a *demoAttack) components(conn *bus.Conn, over func()) ([]run.Component, error) {
	if a.machine == nil {
		return a.replay(conn, over)
	}
	service, err := a.machine.Collector(conn, bus.RawSubject)
	if err != nil {
		return nil, err
	}
	perform := func(ctx context.Context) error {
		defer over()
		args := append([]string{"run"}, liveAttacks()...)
		text, err := exec.CommandContext(ctx, a.generator, args...).CombinedOutput()
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("%w: %s", err, bytes.TrimSpace(text))
		}
		return nil
	}
	return []run.Component{{Name: "attack", Run: perform}, {Name: stageCollector, Run: service.Run}}, nil
}

func (a *demoAttack) replay(conn *bus.Conn, over func()) ([]run.Component, error) {
	reader, err := replay.NewReader(bytes.NewReader(recordedAttack))
	if err != nil {
		return nil, fmt.Errorf("recorded attack: %w", err)
	}
	source := replay.New(reader, replay.Options{Speed: 1, Now: true})
	service, err := collector.New(collector.Config{Subject: bus.RawSubject}, source, conn, a.frame.Settings(stageCollector))
	if err != nil {
		return nil, err
	}
	return []run.Component{{Name: stageCollector, Run: func(ctx context.Context) error {
		defer over()
		return service.Run(ctx)
	}}}, nil
}

func (a *demoAttack) close() error {
	if a.machine == nil {
		return nil
	}
	return a.machine.Close()
}
