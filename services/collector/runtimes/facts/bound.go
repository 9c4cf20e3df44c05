package facts

import (
	"maps"
	"slices"
)

const (
	// maxText bounds each name, image and value of a label, in bytes.
	maxText = 1 << 10
	// maxID bounds ids; they have 64 bytes in every runtime known.
	maxID = 128
	// maxKey bounds the key of a label. Kubernetes allows 317 bytes.
	maxKey = 512
	// maxLabels and maxLabelBytes bound the labels of a container, and those of
	// a pod.
	maxLabels, maxLabelBytes = 64, 8 << 10
)

// ValidID reports whether a container of that id can be told about.
func ValidID(id string) bool { return id != "" && len(id) <= maxID }

// Cut counts what was cut off to keep the bounds.
type Cut struct {
	// Texts are names, images and values of labels that were shortened, Labels
	// those that were left out.
	Texts, Labels int
}

// Text returns s, at most its first KiB.
func (c *Cut) Text(s string) string {
	if len(s) <= maxText {
		return s
	}
	c.Texts++
	return s[:maxText]
}

// Pairs returns labels as pairs, sorted by key, as many as the bounds allow.
func (c *Cut) Pairs(labels map[string]string) []string {
	var pairs []string
	total := 0
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		value := labels[key]
		size := len(key) + min(len(value), maxText)
		if len(key) > maxKey || len(pairs) >= 2*maxLabels || total+size > maxLabelBytes {
			c.Labels++
			continue
		}
		total += size
		pairs = append(pairs, key, c.Text(value))
	}
	return pairs
}

// Bound keeps every text of a container within its bound; its labels come from
// Pairs.
func (c *Cut) Bound(box *Container) {
	for _, s := range []*string{
		&box.Runtime, &box.Name, &box.Image, &box.ImageDigest, &box.PodName, &box.PodNamespace, &box.PodUID,
	} {
		*s = c.Text(*s)
	}
}
