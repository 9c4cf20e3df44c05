package image

import "strings"

// Source is one file of a package, in the newest version that a suite has.
type Source struct {
	// Ubuntu says that the archive is Ubuntu's, else it is Debian's.
	Ubuntu bool
	// Suite is the archive's part: "bookworm", "bullseye-security".
	Suite string
	// Package has the file itself, or depends on the one that has it.
	Package string
	// Arch is Debian's name of the architecture: "amd64", "arm64".
	Arch string
	// Files are patterns as of path.Match, below the package's root; the first
	// that matches is the file.
	Files []string
}

// archive is where the suite is.
func (s Source) archive() string {
	switch {
	case s.Ubuntu:
		return "http://archive.ubuntu.com/ubuntu"
	case strings.HasSuffix(s.Suite, "-security"):
		return "http://deb.debian.org/debian-security"
	}
	return "http://deb.debian.org/debian"
}

// String names the source for people and, as it has no slash, for files.
func (s Source) String() string {
	distribution := "debian"
	if s.Ubuntu {
		distribution = "ubuntu"
	}
	return strings.Join([]string{distribution, s.Suite, s.Package, s.Arch}, "_")
}

// ubuntuKeys is what Ubuntu signs with, as Debian packages it.
func ubuntuKeys() Source {
	return Source{
		Suite: "trixie", Package: "ubuntu-keyring", Arch: "amd64",
		Files: []string{"usr/share/keyrings/ubuntu-archive-keyring.gpg"},
	}
}

// debianKeys is where Debian's own keys are on a Debian machine.
const debianKeys = "/usr/share/keyrings/debian-archive-keyring.gpg"
