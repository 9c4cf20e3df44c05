package load

import (
	"context"
	"slices"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/plugin"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/signatures/sdk"
)

// plugins collects what the plugins of one request export.
type plugins struct {
	request Request
	loader  *plugin.Loader
	// sources are the request's and those of plugins.
	sources []sdk.DataSource
}

func newPlugins(r Request) *plugins {
	p := &plugins{request: r, loader: r.plugins, sources: slices.Clone(r.Sources)}
	if p.loader == nil {
		p.loader = plugin.NewLoader()
	}
	return p
}

// load loads the plugins of one directory.
func (p *plugins) load(ctx context.Context, dir string) ([]engine.Program, []problem.Problem) {
	found := p.loader.Load(ctx, dir, p.sources, p.request.Logger)
	p.sources = append(p.sources, found.Sources...)
	return found.Programs, found.Problems
}
