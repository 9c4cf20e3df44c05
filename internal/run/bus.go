package run

import (
	"os"

	"github.com/spf13/pflag"

	"github.com/weirsec/weir/internal/bus"
)

// defaultNATS is where "weir run --listen" and a NATS server usually are.
const defaultNATS = "nats://127.0.0.1:4222"

// RegisterBus adds the flags that say how to reach the broker; NATS_URL, as
// other NATS tools have it, sets the default address.
func RegisterBus(flags *pflag.FlagSet, cfg *bus.Config) {
	url := os.Getenv("NATS_URL")
	if url == "" {
		url = defaultNATS
	}
	flags.StringVar(&cfg.URL, "nats-url", url, "address of NATS; NATS_URL sets the default")
	flags.StringVar(&cfg.CredsFile, "nats-creds", "", "file with NATS credentials")
	flags.StringVar(&cfg.NKeyFile, "nats-nkey", "", "file with a NATS nkey seed")
	flags.StringVar(&cfg.TLSCert, "tls-cert", "", "client certificate, PEM")
	flags.StringVar(&cfg.TLSKey, "tls-key", "", "key of the client certificate, PEM")
	flags.StringVar(&cfg.TLSCA, "tls-ca", "", "certificate authority of the server, PEM")
}
