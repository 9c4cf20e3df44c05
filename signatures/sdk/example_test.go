package sdk_test

import (
	"fmt"
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
