package probe

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pacer is a process that does one thing n times whenever it is told to, and
// says how much processor time that took: steps can be so short that those with
// and those without the programs take turns many times a second.
type pacer struct {
	tell io.WriteCloser
	told *bufio.Reader
	n    int
}

func startPacer(b *testing.B, action, arg string, n int) *pacer {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(self, action, arg, strconv.Itoa(n))
	cmd.Env = append(os.Environ(), "WEIR_TEST_ACTION=pace")
	cmd.Stderr = os.Stderr
	tell, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	told, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = tell.Close()
		if err := cmd.Wait(); err != nil {
			b.Error(err)
		}
	})
	return &pacer{tell: tell, told: bufio.NewReader(told), n: n}
}

// step is the processor time of one of n actions.
func (p *pacer) step(b *testing.B) float64 {
	b.Helper()
	var answer [8]byte
	if _, err := p.tell.Write([]byte{1}); err != nil {
		b.Fatal(err)
	}
	if _, err := io.ReadFull(p.told, answer[:]); err != nil {
		b.Fatal(err)
	}
	return float64(binary.LittleEndian.Uint64(answer[:])) / float64(p.n)
}

// actPace is the process of a pacer.
func actPace(args []string) error {
	runtime.LockOSThread()
	used := func() time.Duration {
		var t unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
			panic(err)
		}
		return time.Duration(t.Nano())
	}
	var order [1]byte
	for {
		if _, err := io.ReadFull(os.Stdin, order[:]); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("read an order: %w", err)
		}
		began := used()
		if err := act(args[0], args[1:]); err != nil {
			return err
		}
		spent := used() - began
		if _, err := os.Stdout.Write(binary.LittleEndian.AppendUint64(nil, uint64(spent))); err != nil {
			return err
		}
	}
}
