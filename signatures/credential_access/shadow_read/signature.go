// Package shadowread detects programs that read the file of password hashes
// without any part in logins. It must not guess what they do with it: that they
// read is what can be seen.
package shadowread

import (
	"path"
	"strings"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// Signature fires where the file of password hashes, or of those of groups, is
// opened for reading by a program that is not expected to. The zero Signature
// is ready.
type Signature struct{}

// Metadata describes the signature.
func (Signature) Metadata() sdk.Metadata {
	return sdk.Metadata{
		ID:        "shadow_read",
		Version:   "1.0.0",
		Name:      "Password hashes read",
		EventName: "shadow_read",
		Description: "A program that has no part in logins or the administration of users opened the file " +
			"of password hashes.",
		Tags: []string{"host", "container"},
		Properties: map[string]any{
			"Severity":    3,
			"Category":    "credential-access",
			"Technique":   "OS Credential Dumping: /etc/passwd and /etc/shadow",
			"external_id": "T1003.008",
			"id":          "attack-pattern--d0b4fcdb-d67d-4ed2-99ce-788b12f8c0f4",
		},
	}
}

// Selectors select the files, opened wherever it happens.
func (Signature) Selectors() []sdk.Selector {
	return []sdk.Selector{{
		Source: sdk.Source, Name: "security_file_open", Where: &sdk.Where{Paths: []string{"/etc/shadow", "/etc/gshadow"}},
	}}
}

// OnEvent looks at the file first: its name may go on behind that of the
// hashes.
func (Signature) OnEvent(c *sdk.Context, e *event.Event) error {
	file, _ := e.String("pathname")
	if !secret(file) || !sdk.OpenedToRead(e) || expected(e.Context) {
		return nil
	}
	flags, _ := e.Symbol("flags")
	c.Report(map[string]any{"path": file, "flags": flags})
	return nil
}

func secret(file string) bool {
	switch file {
	case "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-":
		return true
	default:
		return false
	}
}

// expected reports whether the program reads the hashes on a healthy system.
// The program's file counts, as its name is for the program to choose; where
// the file is not known, the name has to do.
func expected(c *event.Context) bool {
	if c.Executable == "" {
		return known(c.ProcessName)
	}
	return ofSystem(c.Executable) && known(path.Base(c.Executable))
}

// ofSystem reports whether a file is in a directory that only root writes to.
func ofSystem(file string) bool {
	for _, dir := range [...]string{"/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/lib/", "/usr/lib/", "/usr/libexec/"} {
		if strings.HasPrefix(file, dir) {
			return true
		}
	}
	return false
}
