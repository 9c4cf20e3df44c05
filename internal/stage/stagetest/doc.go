// Package stagetest checks that a stage keeps the contract of package stage
// when everything around it fails: handlers that err and panic, a process that
// is stopped and one that dies, a broker that delivers again.
//
// It is for tests only, and it uses a real broker.
package stagetest
