package bus

import (
	"encoding/json"
	"testing"

	"github.com/nats-io/nats.go/micro"
)

// FuzzServedBy reads what anybody may answer to who asks for data sources: what is
// taken has a place that can be asked.
func FuzzServedBy(f *testing.F) {
	text, err := json.Marshal(micro.Info{
		ServiceIdentity: micro.ServiceIdentity{Name: DataSourceService, ID: "x", Metadata: map[string]string{metaInstance: "e1"}},
		Endpoints: []micro.EndpointInfo{{Metadata: map[string]string{
			metaNamespace: "tracee", metaID: "dns", metaPartition: "3", metaVersion: "1", metaKeys: `["string"]`, metaSchema: "{}",
		}}},
	})
	if err != nil {
		f.Fatal(err)
	}
	if len(servedBy(text)) != 1 {
		f.Fatalf("not read: %s", text)
	}
	f.Add(text)
	f.Add([]byte(`{"name":"weir-datasource","endpoints":[{"metadata":{"partition":"-1"}},{}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, s := range servedBy(text) {
			if s.Namespace == "" || s.ID == "" || s.Partition < 0 {
				t.Errorf("%+v", s)
			}
		}
	})
}
