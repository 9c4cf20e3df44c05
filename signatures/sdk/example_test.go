package sdk_test

import (
	"fmt"
	"strconv"
	"syscall"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// PasswdOpened fires where /etc/passwd is opened for writing.
type PasswdOpened struct{}

// Metadata describes the signature.
func (PasswdOpened) Metadata() sdk.Metadata {
	return sdk.Metadata{
		ID: "passwd_opened", Version: "1.0.0", EventName: "passwd_opened",
		Name: "User database opened", Properties: map[string]any{"Severity": 2},
	}
}

// Selectors select opened files.
func (PasswdOpened) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: sdk.Source, Name: "security_file_open"}}
}

// OnEvent looks at one opened file.
func (PasswdOpened) OnEvent(c *sdk.Context, e *event.Event) error {
	path, _ := e.String("pathname")
	flags, ok := e.Int("flags")
	if ok && path == "/etc/passwd" && flags&syscall.O_ACCMODE != syscall.O_RDONLY {
		c.Report(map[string]any{"path": path})
	}
	return nil
}

// Narrowed is the same, and looks at no other file.
type Narrowed struct{ PasswdOpened }

// Selectors select one file, opened wherever it happens.
func (Narrowed) Selectors() []sdk.Selector {
	return []sdk.Selector{{
		Source: sdk.Source, Name: "security_file_open", Where: &sdk.Where{Paths: []string{"/etc/passwd"}},
	}}
}

// Repeated fires where one process opens /etc/passwd a third time within a
// minute of the last one.
type Repeated struct{ PasswdOpened }

// State declares what is remembered: how often each process did it.
func (Repeated) State() []sdk.StateSpec {
	return []sdk.StateSpec{{Name: "opens", TTL: time.Minute, MaxEntries: 10_000}}
}

// OnEvent counts by process.
func (Repeated) OnEvent(c *sdk.Context, e *event.Event) error {
	if path, _ := e.String("pathname"); path != "/etc/passwd" {
		return nil
	}
	process := strconv.FormatUint(uint64(e.Context.ProcessEntityID), 10)
	opens, _ := c.State("opens").Get(process)
	opens += "|"
	c.State("opens").Put(process, opens)
	if len(opens) == 3 {
		c.Report(map[string]any{"opens": len(opens)})
	}
	return nil
}

// memory is a Host for a test of one's own: without times and bounds.
type memory map[string]string

func (m memory) State(string) sdk.Store                         { return m }
func (memory) DataSource(string, string) (sdk.DataSource, bool) { return nil, false }
func (m memory) Get(key string) (string, bool)                  { v, ok := m[key]; return v, ok }
func (m memory) Put(key, value string)                          { m[key] = value }
func (m memory) Delete(key string)                              { delete(m, key) }

func ExampleStateful() {
	var signature sdk.Stateful = Repeated{}
	c := sdk.NewContext(func(data map[string]any) { fmt.Println("finding:", data["opens"]) }).WithHost(memory{})
	e, err := event.ParseJSON([]byte(`{"eventName":"security_file_open","args":[` +
		`{"name":"pathname","type":"const char*","value":"/etc/passwd"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 4 {
		if err := signature.OnEvent(c, e); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// finding: 3
}

func ExampleSignature() {
	var signature sdk.Signature = PasswdOpened{}
	c := sdk.NewContext(func(data map[string]any) { fmt.Println("finding:", data["path"]) })
	for _, flags := range []string{`0`, `1`, `"O_RDWR|O_CREAT"`} {
		e, err := event.ParseJSON([]byte(`{"eventName":"security_file_open","args":[` +
			`{"name":"pathname","type":"const char*","value":"/etc/passwd"},` +
			`{"name":"flags","type":"int","value":` + flags + `}]}`))
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := signature.OnEvent(c, e); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// finding: /etc/passwd
	// finding: /etc/passwd
}

// manyOpened describes a signature that fires on its tenth match in a minute.
func manyOpened() sdk.Metadata {
	return sdk.Metadata{
		ID: "many_opened", Version: "1.0.0", EventName: "many_opened", Name: "Many files opened",
		Correlation: &sdk.Correlation{
			Type: sdk.EventCount, GroupBy: []string{"processEntityId"}, Timespan: time.Minute,
			Condition: sdk.Condition{AtLeast: 10},
		},
	}
}

func ExampleCorrelation() {
	fmt.Println(manyOpened().Correlation.Validate())
	// Output: <nil>
}
