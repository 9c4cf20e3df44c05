// Package attacks tests that internal/attack and the shipped signatures know of
// each other: an attack that nothing notices, or a signature that no attack
// proves, is a gap.
//
// It must not perform attacks; package e2e does that, against the whole
// product.
package attacks
