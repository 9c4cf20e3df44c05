package wire

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// read returns the frames of a port's text.
func read(t *testing.T, text []byte) ([]Frame, error) {
	t.Helper()
	var r Reader
	var list []Frame
	for line := range bytes.Lines(text) {
		f, ok, err := r.Line(line)
		if err != nil {
			return list, err
		}
		if ok {
			list = append(list, f)
		}
	}
	return list, nil
}

func TestFramesAmongKernelMessages(t *testing.T) {
	var port bytes.Buffer
	w := NewWriter(&port)
	sent := []Frame{
		{Program: 1, Output: []byte("\x16=== RUN  TestX\n\x00\xff")},
		{Program: 1, Exited: true, Code: 2, Error: "killed"},
		{End: true},
	}
	port.WriteString("[    0.1] booting\r\n[    0.2] unfinished")
	for _, f := range sent {
		if err := w.Write(f); err != nil {
			t.Fatal(err)
		}
		port.WriteString("[    1.0] a message")
	}
	got, err := read(t, port.Bytes())
	if err != nil || !reflect.DeepEqual(got, sent) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestLongOutput(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		out := make([]byte, random.IntN(4*maxOutput))
		for i := range out {
			out[i] = byte(random.Uint32())
		}
		var port bytes.Buffer
		if err := NewWriter(&port).Write(Frame{Program: 3, Output: out, Exited: true}); err != nil {
			t.Fatal(err)
		}
		frames, err := read(t, port.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		var all []byte
		for i, f := range frames {
			all = append(all, f.Output...)
			if f.Program != 3 || f.Exited != (i == len(frames)-1) {
				t.Fatalf("frame %d of %d: %+v", i, len(frames), f)
			}
		}
		if !bytes.Equal(all, out) {
			t.Fatalf("%d bytes of %d", len(all), len(out))
		}
	}
}

func TestDamage(t *testing.T) {
	var port bytes.Buffer
	w := NewWriter(&port)
	for _, text := range []string{"one", "two", "three"} {
		if err := w.Write(Frame{Output: []byte(text)}); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(port.String(), "\n")
	for _, c := range []struct{ name, text, want string }{
		{"missing", lines[1] + "\n" + lines[5], "frame 2 came where 1 was due"},
		{"torn", lines[1][:len(lines[1])-4], "frame 0 is damaged"},
		{"mixed", lines[1][:25] + "[ 1.0] oops" + lines[1][25:], "frame 0 is damaged"},
		{"no number", "@weir:x", "no number"},
		{"no JSON", "@weir:0:6dd28e9b:[]3", "frame 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := read(t, []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func FuzzLine(f *testing.F) {
	var port bytes.Buffer
	if err := NewWriter(&port).Write(Frame{Output: []byte("x"), Exited: true}); err != nil {
		f.Fatal(err)
	}
	f.Add(port.Bytes())
	f.Add([]byte("@weir:0::{}"))
	f.Add([]byte("[ 0.1] text @weir:-1:00000000:"))
	f.Fuzz(func(t *testing.T, line []byte) {
		var r Reader
		frame, ok, err := r.Line(line)
		if ok && err != nil {
			t.Fatal("a frame and an error")
		}
		if !ok {
			return
		}
		// What was accepted can be said again and is understood alike.
		var again bytes.Buffer
		if err := NewWriter(&again).Write(frame); err != nil {
			t.Fatal(err)
		}
		if _, err := read(t, again.Bytes()); err != nil {
			t.Fatal(err)
		}
	})
}
