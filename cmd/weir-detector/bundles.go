package main

import (
	"context"
	"io/fs"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/services/detector/bundle"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/services/detector/reload"
)

// bundlesOf says that bundles come from the broker, must be signed as trusted,
// and must load with their tests.
func bundlesOf(conn *bus.Conn, trust bundle.Trust, loader *load.Loader) *reload.Bundles {
	return &reload.Bundles{
		Store: conn,
		Open:  func(data []byte) (*bundle.Bundle, error) { return bundle.Open(data, trust) },
		Check: func(ctx context.Context, name string, files fs.FS) []problem.Problem {
			return loader.Check(ctx, files, load.BundlePrefix(name))
		},
	}
}
