package golang

import (
	"path"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// origin is where a signature's code comes from.
type origin struct {
	// file is what people know the file by, digest a hash of its content.
	file, digest string
}

// source names a Go type together with its file.
func (o origin) source(typeName string) string {
	if o.file == "" {
		return "go:" + typeName
	}
	return o.file + ":" + path.Base(typeName)
}

// FromFile adapts a signature whose code was loaded from a file. The digest
// stands for the file's content: with another one the signature is another.
func FromFile(s sdk.Signature, file, digest string) engine.Program {
	p := &program{signature: s, origin: origin{file: file, digest: digest}}
	p.broken = p.ask()
	return p
}
