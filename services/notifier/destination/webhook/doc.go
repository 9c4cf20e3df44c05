// Package webhook delivers findings by HTTP: one POST for each.
//
// A finding counts as delivered when the endpoint answers with a status of 2xx
// within the time limit. Redirects are not followed, because what arrives then
// is no POST any more. The package tries once: who calls it decides about
// further attempts.
package webhook
