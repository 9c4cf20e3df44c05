package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel/metric/noop"
	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/internal/bus/rights"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/collector/live"
	"github.com/weirsec/weir/services/collector/privilege"
	"github.com/weirsec/weir/services/detector/plugin"
)

// newDoctor returns "weir doctor".
func newDoctor() *cobra.Command {
	output, events := outputHuman, false
	var broker natsDoctor
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check whether Weir can watch this machine, and say what to mend",
		Long: `Check whether Weir can watch this machine: it loads the kernel programs, shows
what can be observed and what not, and takes them out again. Exit code 1 says
that something must be mended first. An event that this kernel cannot show is
told, and is no reason for exit code 1.

Where NATS_URL or --nats-url names a NATS server, it is examined too: whether it
can be reached, whether all streams and consumers are there, and what its user may
work as. With --role one must be enough for that service; the machine itself is
looked at for collectors only.`,
		Example: `  sudo weir doctor
  weir doctor --nats-url tls://nats-1:4222 --nats-nkey detector.nk --role detector`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := broker.complete(cmd.Flags()); err != nil {
				return usage(err)
			}
			d, err := examineFor(cmd.Context(), &broker)
			d.each = events
			return errors.Join(d.write(cmd.OutOrStdout(), output), err)
		},
	}
	broker.register(cmd.Flags())
	cmd.Flags().BoolVar(&events, "events", false, "show every event on a line (JSON always has them)")
	cmd.Flags().VarP(&output, "output", "o", "how the result is shown")
	return cmd
}

// diagnosis is what the doctor finds.
type diagnosis struct {
	Version string `json:"version"`
	Kernel  string `json:"kernel"`
	Arch    string `json:"arch"`
	// Go is what this program was built with, Plugins whether it loads plugins,
	// which must be built with the same.
	Go      string `json:"go"`
	Plugins bool   `json:"plugins"`
	DataDir string `json:"data_dir"`
	// FreeBytes is what an ordinary user may still write there.
	FreeBytes byteSize `json:"free_bytes"`
	// Capabilities are those that the collector uses, whether this user has them
	// or not.
	Capabilities []capability `json:"capabilities"`
	// Accepted says that the kernel takes the programs, Tier which kind of them.
	Accepted bool       `json:"accepted"`
	Tier     string     `json:"tier,omitempty"`
	Events   []observed `json:"events"`
	// NATS is what was found of a NATS server, nothing where none is named.
	NATS []check `json:"nats,omitempty"`

	rights []privilege.Row
	// each shows every event on a line of its own.
	each bool
	// elsewhere is set where this machine does not matter.
	elsewhere bool
}

// examineFor looks at this machine and at the NATS server, as far as they matter.
func examineFor(ctx context.Context, broker *natsDoctor) (diagnosis, error) {
	var errs []error
	d := newDiagnosis()
	if d.elsewhere = broker.role != "" && broker.role != rights.Collector; !d.elsewhere {
		var err error
		d, err = examine(ctx)
		errs = append(errs, err)
	}
	if broker.wanted {
		errs = append(errs, broker.examine(ctx))
		d.NATS = broker.checks
	}
	return d, errors.Join(errs...)
}

func newDiagnosis() diagnosis {
	return diagnosis{
		Version: run.Version(), Arch: runtime.GOARCH, Go: runtime.Version(), Plugins: plugin.Supported, Events: []observed{},
		Capabilities: []capability{},
	}
}

// examine looks at this machine. What it found counts with an error too.
func examine(ctx context.Context) (diagnosis, error) {
	d := newDiagnosis()
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return d, fmt.Errorf("read the kernel's version: %w", err)
	}
	d.Kernel = unix.ByteSliceToString(uts.Release[:])
	// The error for one that is missing comes with what it prevents.
	d.rights, _ = privilege.Check()
	for _, r := range d.rights {
		d.Capabilities = append(d.Capabilities, newCapability(r))
	}
	return d, errors.Join(d.disk(), d.kernel(ctx))
}

// disk looks at the file system of the default data directory, or of the
// nearest directory above it that exists.
func (d *diagnosis) disk() error {
	dir, err := run.StateDir("data-dir", os.Getenv, os.UserHomeDir)
	if err != nil {
		return err
	}
	d.DataDir = dir
	var fs unix.Statfs_t
	for at := dir; ; at = filepath.Dir(at) {
		err := unix.Statfs(at, &fs)
		if err == nil {
			d.FreeBytes = byteSize(int64(fs.Bavail) * fs.Bsize)
			return nil
		}
		if !errors.Is(err, unix.ENOENT) || at == filepath.Dir(at) {
			return fmt.Errorf("data directory %s: %w: choose another --data-dir", dir, err)
		}
	}
}

// kernel loads the kernel programs for a moment, with every event switched on.
func (d *diagnosis) kernel(ctx context.Context) error {
	machine, err := live.Open(live.Config{}, stage.Settings{
		Instance: "doctor", Logger: slog.New(slog.DiscardHandler), Meter: noop.Meter{},
	})
	if err != nil {
		return err
	}
	d.Accepted, d.Tier = true, machine.Tier()
	machine.SetInterest(ctx, interest.Of(interest.All))
	for _, a := range machine.Attachments() {
		d.Events = append(d.Events, newObserved(a))
	}
	return machine.Close()
}

// write shows the diagnosis.
func (d diagnosis) write(w io.Writer, form outputForm) error {
	if form == outputJSON {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(d)
	}
	if d.elsewhere {
		return writeChecks(w, d.NATS)
	}
	err := d.writeMachine(w)
	if len(d.NATS) > 0 {
		fmt.Fprintln(w)
		err = errors.Join(err, writeChecks(w, d.NATS))
	}
	return err
}

// writeMachine shows what was found of this machine.
func (d diagnosis) writeMachine(w io.Writer) error {
	fmt.Fprintf(w, "%-12s %s\n", "version", run.VersionLine("weir"))
	plugins := "not in this build: make detector-plugin"
	if d.Plugins {
		plugins = "loaded if built with " + d.Go
	}
	fmt.Fprintf(w, "%-12s %s\n", "go plugins", plugins)
	fmt.Fprintf(w, "%-12s Linux %s, %s\n", "kernel", d.Kernel, d.Arch)
	fmt.Fprintf(w, "%-12s %s, %s free\n", "data-dir", d.DataDir, d.FreeBytes.String())
	if d.Accepted {
		fmt.Fprintf(w, "%-12s the kernel accepts the programs%s\n", "ebpf", tierNote(d.Tier))
	}
	fmt.Fprintln(w)
	if err := privilege.WriteTable(w, d.rights); err != nil || !d.Accepted {
		return err
	}
	fmt.Fprintln(w)
	if err := d.writeEvents(w); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nWeir can watch this machine: sudo weir run")
	return nil
}
