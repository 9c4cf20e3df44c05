package bus

import (
	"encoding/json"
	"strconv"

	"github.com/nats-io/nats.go/micro"
)

const (
	// DataSourceService is the name of the micro service that answers questions
	// to data sources.
	DataSourceService = "weir-datasource"
	// dataSourceVersion is that of the service's subjects and messages.
	dataSourceVersion = "1.0.0"
)

// DataSourceSubject is where questions about the nodes of partition p of
// StreamRaw are put to a data source.
func DataSourceSubject(namespace, id string, p int) string {
	return "weir.ds." + Token(namespace) + "." + Token(id) + "." + strconv.Itoa(p)
}

// DataSourceEndpoint is one data source that an instance answers for, in one
// partition of StreamRaw.
type DataSourceEndpoint struct {
	Namespace, ID string
	// Partition is the partition of the nodes that it knows.
	Partition int
	// Version, Keys and Schema are what the source says of itself.
	Version uint
	Keys    []string
	Schema  string
}

// Names of the metadata by which endpoints tell what they are.
const (
	metaNamespace = "namespace"
	metaID        = "id"
	metaPartition = "partition"
	metaVersion   = "version"
	metaKeys      = "keys"
	metaSchema    = "schema"
	metaInstance  = "instance"
)

func (e DataSourceEndpoint) metadata() map[string]string {
	// A list of texts has no error.
	keys, _ := json.Marshal(e.Keys)
	return map[string]string{
		metaNamespace: e.Namespace, metaID: e.ID, metaPartition: strconv.Itoa(e.Partition),
		metaVersion: strconv.FormatUint(uint64(e.Version), 10), metaKeys: string(keys), metaSchema: e.Schema,
	}
}

// name is the endpoint's, which allows fewer characters than a token.
func (e DataSourceEndpoint) name() string {
	plain := func(text string) string {
		out := []byte(text)
		for i, c := range out {
			if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
				out[i] = '_'
			}
		}
		return string(out)
	}
	return plain(e.Namespace) + "-" + plain(e.ID) + "-" + strconv.Itoa(e.Partition)
}

// endpointOf reads what an endpoint tells; false where it is none of ours.
func endpointOf(info micro.EndpointInfo) (DataSourceEndpoint, bool) {
	m := info.Metadata
	partition, err := strconv.Atoi(m[metaPartition])
	if err != nil || partition < 0 || m[metaNamespace] == "" || m[metaID] == "" {
		return DataSourceEndpoint{}, false
	}
	version, err := strconv.ParseUint(m[metaVersion], 10, 32)
	if err != nil {
		return DataSourceEndpoint{}, false
	}
	e := DataSourceEndpoint{
		Namespace: m[metaNamespace], ID: m[metaID], Partition: partition, Version: uint(version), Schema: m[metaSchema],
	}
	if err := json.Unmarshal([]byte(m[metaKeys]), &e.Keys); err != nil {
		return DataSourceEndpoint{}, false
	}
	return e, true
}
