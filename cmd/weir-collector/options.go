package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/services/collector/live"
)

// options are the settings of the collector.
type options struct {
	machine live.Config
	spool   live.Spool
}

func (o *options) register(flags *pflag.FlagSet) {
	o.machine.Register(flags)
	o.spool.Register(flags, live.DefaultSpool, "spool in systemd's or XDG's state directory")
}

// locate fills in where batches wait when nobody says.
func (o *options) locate() error {
	if o.spool.Bytes == 0 || o.spool.Dir != "" {
		return nil
	}
	state, err := run.StateDir("spool-dir", os.Getenv, os.UserHomeDir)
	if err != nil {
		return err
	}
	o.spool.Dir = filepath.Join(state, "spool")
	return nil
}
