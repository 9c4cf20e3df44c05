package signatures

import (
	"embed"
	"io/fs"
)

//go:embed */*/signature.rego */*/tests.yaml
var files embed.FS

// Files returns the shipped files: signature.rego for signatures in Rego, and
// tests.yaml for all of them, each in the directory of its signature.
func Files() fs.FS { return files }
