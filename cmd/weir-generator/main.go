package main

import (
	"context"
	"os"

	"github.com/weirsec/weir/internal/attack"
	"github.com/weirsec/weir/internal/run"
)

func main() {
	if code, ours := attack.Child(os.Args); ours {
		os.Exit(code)
	}
	os.Exit(run.Main(context.Background(), newCommand(attack.All())))
}
