package bus

import (
	"slices"
	"strings"
)

// Covers reports whether every subject that b stands for is one that pattern a
// stands for; both may have wildcards.
func Covers(a, b string) bool {
	for {
		tokenA, restA, moreA := strings.Cut(a, ".")
		tokenB, restB, moreB := strings.Cut(b, ".")
		switch {
		case tokenA == ">" && !moreA:
			return true
		case tokenB == ">" && !moreB, tokenA != "*" && tokenA != tokenB, moreA != moreB:
			return false
		case !moreA:
			return true
		}
		a, b = restA, restB
	}
}

// Overlap reports whether there is a subject that both patterns stand for.
func Overlap(a, b string) bool {
	for {
		tokenA, restA, moreA := strings.Cut(a, ".")
		tokenB, restB, moreB := strings.Cut(b, ".")
		switch {
		case tokenA == ">" && !moreA, tokenB == ">" && !moreB:
			return true
		case tokenA != "*" && tokenB != "*" && tokenA != tokenB, moreA != moreB:
			return false
		case !moreA:
			return true
		}
		a, b = restA, restB
	}
}

// literal reports whether a text is one subject: no empty token, no wildcard,
// nothing that ends a line of the protocol.
func literal(subject string) bool {
	return !strings.ContainsAny(subject, " \t\r\n*>") && !slices.Contains(strings.Split(subject, "."), "")
}
