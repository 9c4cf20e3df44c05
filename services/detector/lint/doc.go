// Package lint looks for what is wrong in signatures beyond what keeps them
// from loading: names that no event has, comparisons that cannot be true,
// descriptions that findings will miss.
//
// It must not load or run signatures, and it must not report what an author
// cannot mend: every finding has a place and says what to do.
package lint
