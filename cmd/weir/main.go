// Command weir is all of Weir in one process around an embedded NATS server,
// and the operator's tool for looking into it.
//
// It only wires: what happens to an event is the business of the services.
package main

import (
	"context"
	"os"

	"github.com/weirsec/weir/internal/run"
)

func main() { os.Exit(run.Main(context.Background(), newRoot())) }
