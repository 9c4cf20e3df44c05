package cgroup

import "strings"

const idLength = 64

// bareID reports whether s is a container id of 64 hexadecimal digits.
func bareID(s string) (string, bool) {
	return s, len(s) == idLength && hexOnly(s)
}

func hexOnly(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// gardenID reads an id of Cloud Foundry's Garden: hexadecimal groups of 8 and
// then only 4 digits, directly below "garden".
func gardenID(part, above string) (string, bool) {
	const length = 8 + 4*5
	if len(part) != length || above[strings.LastIndexByte(above, '/')+1:] != "garden" {
		return "", false
	}
	groups := strings.Split(part, "-")
	for i, g := range groups {
		if want := 4 + 4*btoi(i == 0); len(g) != want || !hexOnly(g) {
			return "", false
		}
	}
	return part, true
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// podUID returns the uid of the innermost pod in path, or "". The kubelet
// writes it after "pod" and, where systemd owns the tree, with underscores.
func podUID(path string) string {
	for rest := path; ; {
		i := strings.LastIndex(rest, "pod")
		if i < 0 {
			return ""
		}
		if uid, ok := uidAt(path[i+len("pod"):]); ok && startsWord(path, i) {
			return uid
		}
		rest = rest[:i]
	}
}

// startsWord reports whether the word at i follows a separator.
func startsWord(path string, i int) bool {
	return i == 0 || path[i-1] == '/' || path[i-1] == '-'
}

// uidAt reads a uid at the beginning of s: a UUID, or the 32 digits that a
// static pod has.
func uidAt(s string) (string, bool) {
	end := strings.IndexAny(s, "/.:")
	if end < 0 {
		end = len(s)
	}
	switch s = s[:end]; len(s) {
	case 32:
		return s, hexOnly(s)
	case 36:
		s = strings.ReplaceAll(s, "_", "-")
		for _, i := range [...]int{8, 13, 18, 23} {
			if s[i] != '-' {
				return "", false
			}
		}
		return s, hexOnly(strings.ReplaceAll(s, "-", ""))
	default:
		return "", false
	}
}
