// Package e2e tests Weir as its users meet it: the built programs, a real
// kernel, a NATS client of another process, a real OTLP receiver.
//
// It must not reach into the programs: what it cannot see from outside, a user
// cannot either. What a machine cannot run is skipped with the reason, unless
// WEIR_REQUIRE names it.
package e2e
