// Command weir-generator performs harmless attacks, so that one can see
// whether Weir, or anything else that watches a machine, notices them.
//
// It must not detect anything and does not talk to Weir: it only attacks. The
// attacks are in internal/attack, which no other program may link.
package main
