// Command inside is what the tests' containers run. Its arguments are done one
// after another: a duration is slept, "wait" waits for a signal, anything else
// is a file that is opened.
package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	for _, arg := range os.Args[1:] {
		pause, err := time.ParseDuration(arg)
		switch {
		case err == nil:
			select {
			case <-time.After(pause):
			case <-stop:
				return
			}
		case arg == "wait":
			<-stop
			return
		default:
			if f, err := os.Open(arg); err == nil {
				_ = f.Close()
			}
		}
	}
}
