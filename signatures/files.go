package signatures

import (
	"embed"
	"io/fs"
)

//go:embed */*/signature.rego */*/tests.yaml
var files embed.FS

// Files returns the shipped files: <tactic>/<id>/signature.rego for signatures
// in Rego, and <tactic>/<id>/tests.yaml for all of them.
func Files() fs.FS { return files }
