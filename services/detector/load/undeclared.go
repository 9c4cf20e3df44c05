package load

import (
	"log/slog"

	"github.com/weirsec/weir/services/detector/engine"
)

// warnUndeclared tells the author of a signature that asks for what nothing
// records: it would find nothing, and nobody would know why.
func (r Request) warnUndeclared(s *engine.Signature, namespace, id string) {
	if r.Logger == nil {
		return
	}
	r.Logger.Warn("signature asks a data source that it does not declare, so that what it is made of may not be recorded: "+
		"give it a method DataSources() []string that returns the source",
		slog.String("signature", s.Metadata.ID), slog.String("source", s.Source), slog.String("datasource", namespace+"/"+id))
}
