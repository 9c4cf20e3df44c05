package runtimes

import "strings"

// idLength is the length of the ids that runtimes give.
const idLength = 64

// idOf returns the id in the last part of a cgroup's path: "<id>",
// "<prefix>-<id>.scope" or "<slice>:<prefix>:<id>". Whether there is such a
// container is for the runtimes to say. It does not alias path.
func idOf(path string) (string, bool) {
	leaf := path[strings.LastIndexByte(path, '/')+1:]
	leaf = strings.TrimSuffix(leaf, ".scope")
	leaf = leaf[strings.LastIndexAny(leaf, "-:")+1:]
	if len(leaf) != idLength {
		return "", false
	}
	for _, c := range []byte(leaf) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "", false
		}
	}
	return strings.Clone(leaf), true
}
