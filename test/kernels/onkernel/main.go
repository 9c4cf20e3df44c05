// Command onkernel runs a test binary in a virtual machine with another kernel.
// It is for go test -exec:
//
//	go build -o bin/ ./test/kernels/onkernel
//	CGO_ENABLED=0 go test -exec "$PWD/bin/onkernel -kernel 6.1" ./bpf
//
// It starts in the same folder of the repository and exits as the test does.
// WEIR_REQUIRE and other variables whose names begin with WEIR_ go along.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/weirsec/weir/test/kernels"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "onkernel:", err)
		code = 1
	}
	os.Exit(code)
}

func run(ctx context.Context) (code int, err error) {
	name := flag.String("kernel", "6.12", "the kernel: "+strings.Join(kernels.Names(), ", "))
	cmdline := flag.String("cmdline", "", "further parameters of the kernel")
	hybrid := flag.Bool("hybrid", false, "mount cgroup v1 and v2")
	limit := flag.Duration("limit", 10*time.Minute, "when the machine is killed")
	flag.Parse()
	if flag.NArg() == 0 {
		return 0, errors.New("no program: usage is onkernel [flags] PROGRAM [arguments]")
	}
	kernel, err := kernels.Find(*name)
	if err != nil {
		return 0, err
	}
	root, dir, err := repository()
	if err != nil {
		return 0, err
	}
	work, err := os.MkdirTemp("", "onkernel-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	lab, err := kernels.NewLab(root, work, *limit, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return 0, err
	}
	codes, err := lab.Run(ctx, kernels.Guest{Kernel: kernel, Cmdline: strings.Fields(*cmdline), Hybrid: *hybrid},
		kernels.Program{Binary: flag.Arg(0), Dir: dir, Args: flag.Args()[1:], Env: variables(), Output: os.Stdout})
	if err != nil {
		return 0, err
	}
	return codes[0], nil
}

// repository finds the root above the working directory, and this relative to
// it.
func repository() (root, dir string, err error) {
	here, err := os.Getwd()
	if err != nil {
		return "", "", err
	}
	for root = here; ; root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.work")); err == nil {
			dir, err = filepath.Rel(root, here)
			return root, dir, err
		}
		if root == filepath.Dir(root) {
			return "", "", fmt.Errorf("%s is not in the repository: there is no go.work above it", here)
		}
	}
}

func variables() []string {
	var list []string
	for _, v := range os.Environ() {
		if strings.HasPrefix(v, "WEIR_") {
			list = append(list, v)
		}
	}
	return list
}
