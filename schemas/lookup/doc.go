// Package lookup has the question that anybody may put to the data sources of
// the enrichers, and the answer: what goes over the service weir-datasource, on
// the subjects weir.ds.<namespace>.<id>.<partition>.
//
// Questions and answers are JSON, described by request.schema.json and
// reply.schema.json. A refusal is an error of NATS micro services, with one of
// the codes of this package. What the results hold is described by
// signatures/sdk/datasource. The package must not look anything up.
package lookup
