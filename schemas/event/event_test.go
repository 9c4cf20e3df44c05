package event

import "testing"

func TestOrigin(t *testing.T) {
	for _, test := range []struct {
		name    string
		context Context
		want    string
	}{
		{"host", Context{}, "host"},
		{"runtime sets it up", Context{Container: Container{ID: "abc"}}, "container-init"},
		{"running", Context{Container: Container{ID: "abc"}, ContainerStarted: true}, "container"},
		{"started, id unknown", Context{ContainerStarted: true}, "container"},
		{"only a name", Context{Container: Container{Name: "web"}}, "host"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := (&Event{Context: &test.context}).Origin(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestID(t *testing.T) {
	e := sample()
	if got := e.ID(); got != "n/b/7" {
		t.Errorf("got %s", got)
	}
	e.Seq = 1<<64 - 1
	if got := e.ID(); got != "n/b/18446744073709551615" {
		t.Errorf("got %s", got)
	}
}

func TestArg(t *testing.T) {
	e := &Event{
		Shape:  &Shape{Args: []ArgSpec{{"a", "int"}, {"a", "int"}, {"b", "int"}}},
		Values: []Value{Int(1), Int(2)},
	}
	if v, ok := e.Arg("a"); !ok || v.num != 1 {
		t.Errorf("the first argument of that name is %v, %v", v, ok)
	}
	if _, ok := e.Arg("b"); ok {
		t.Error("an argument without a value was found")
	}
	if _, ok := e.Arg("c"); ok {
		t.Error("an argument that is not there was found")
	}
}

func TestStatus(t *testing.T) {
	for status, want := range map[Status]string{
		StatusNone: "", StatusResolved: "resolved", StatusPending: "pending", StatusNotFound: "not_found",
		StatusStale: "stale", StatusLost: "lost", 200: "lost",
	} {
		if got := status.String(); got != want {
			t.Errorf("status %d is %q, want %q", status, got, want)
		}
	}
}
