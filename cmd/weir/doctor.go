package main

import (
	"context"
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

	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/services/collector/live"
)

// newDoctor returns "weir doctor".
func newDoctor() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check whether Weir can watch this machine, and say what to mend",
		Long: `Check whether Weir can watch this machine: it loads the kernel programs, shows
what can be observed and what not, and takes them out again. Exit code 1 says
that something must be mended first.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return examine(cmd.OutOrStdout()) },
	}
}

// examine prints a line for each thing looked at.
func examine(w io.Writer) error {
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return fmt.Errorf("read the kernel's version: %w", err)
	}
	fmt.Fprintf(w, "%-12s %s\n", "version", run.VersionLine("weir"))
	fmt.Fprintf(w, "%-12s Linux %s, %s\n", "kernel", unix.ByteSliceToString(uts.Release[:]), runtime.GOARCH)
	var faults []error
	dir, err := defaultDataDir(os.Getenv, os.UserHomeDir)
	if err == nil {
		err = examineDisk(w, dir)
	}
	faults = append(faults, err)
	faults = append(faults, examineKernel(w))
	if err := errors.Join(faults...); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nWeir can watch this machine: sudo weir run")
	return nil
}

// examineDisk looks at the file system of the default data directory, or of
// the nearest directory above it that exists.
func examineDisk(w io.Writer, dir string) error {
	var fs unix.Statfs_t
	for at := dir; ; at = filepath.Dir(at) {
		err := unix.Statfs(at, &fs)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.ENOENT) || at == filepath.Dir(at) {
			return fmt.Errorf("data directory %s: %w: choose another --data-dir", dir, err)
		}
	}
	size := byteSize(int64(fs.Bavail) * fs.Bsize)
	fmt.Fprintf(w, "%-12s %s, %s free\n", "data-dir", dir, size.String())
	return nil
}

// examineKernel loads the kernel programs for a moment.
func examineKernel(w io.Writer) error {
	machine, err := live.Open("", stage.Settings{
		Instance: "doctor", Logger: slog.New(slog.DiscardHandler), Meter: noop.Meter{},
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%-12s %s\n\n", "ebpf", "the kernel accepts the programs")
	// Every event is switched on, so that the table tells what is possible.
	machine.SetInterest(context.Background(), []string{"*"})
	return errors.Join(live.WriteTable(w, machine.Attachments(), nil), machine.Close())
}
