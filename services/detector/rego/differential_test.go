package rego

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"testing/fstest"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/prefilter"
	"github.com/weirsec/weir/services/detector/rego/machine"
	"github.com/weirsec/weir/services/detector/rego/value"
)

// comparisons is how many evaluations are done both ways. CI does what takes
// seconds; WEIR_COMPARISONS asks for more.
func comparisons(t testing.TB, usual int) int {
	t.Helper()
	text := os.Getenv("WEIR_COMPARISONS")
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// rival evaluates a signature in every way and tells where they differ.
type rival struct {
	program *program
	run     *run
	indexes map[string]*prefilter.Index
	event   value.Event
	// What came out, to see that the comparison is worth something.
	matches, errors, left, narrow, asked int
}

func newRival(p engine.Program) *rival {
	made, _ := p.(*program)
	r := &rival{program: made, indexes: map[string]*prefilter.Index{}}
	if made.closures != nil {
		r.run = made.closures.run(machine.Limits{})
	}
	return r
}

// compare returns what differs, "" where nothing does.
func (r *rival) compare(ctx context.Context, e *event.Event) string {
	i := &instance{program: r.program}
	input := inputTerm(e, everything)
	theirs := i.reference(ctx, input)
	if theirs.match {
		r.matches++
	}
	if theirs.err != nil {
		r.errors++
	}
	name := e.Name()
	if r.indexes[name] == nil {
		r.indexes[name] = prefilter.NewIndex([]prefilter.Condition{r.program.Condition(name)})
	}
	found := r.indexes[name].NewBits()
	r.indexes[name].Candidates(e, found)
	if !found.Has(0) {
		r.left++
		if theirs.match {
			return "left out by the prefilter, and a match"
		}
	}
	if difference := r.narrowed(e, theirs.match); difference != "" {
		return difference
	}
	if r.run == nil {
		return ""
	}
	r.event.Reset(e)
	v, err := r.run.eval(ctx, &r.event)
	ours := outcomeOf(v, err)
	if ours.err != nil || ours.match && theirs.err != nil {
		r.asked++
		return "" // as an instance does, which then takes topdown's word
	}
	if !ours.equal(theirs) {
		return fmt.Sprintf("compiled %+v, topdown %+v", ours, theirs)
	}
	return ""
}

// narrowed asks what a kernel would have been told of the event.
func (r *rival) narrowed(e *event.Event, match bool) string {
	pathArg, narrow := interest.PathArg(e.Name())
	if !narrow {
		return ""
	}
	scopes := prefilter.Scopes(r.program.Condition(e.Name()), pathArg)
	if prefilter.NewGate(pathArg, scopes, interest.Everything()).Admits(e) {
		return ""
	}
	r.narrow++
	if match {
		return fmt.Sprintf("left out by what the kernel is told, %v, and a match", scopes)
	}
	return ""
}

// Every way of evaluating a signature gives the same, for events of all sorts.
func TestCompiledAsTopdown(t *testing.T) {
	files := fstest.MapFS{}
	for name, body := range oddities() {
		files[fmt.Sprintf("odd/%s.rego", name)] = &fstest.MapFile{Data: []byte(asSignature(name, body))}
	}
	for _, w := range twins() {
		for k := range 3 {
			files[fmt.Sprintf("twin/%s-%d.rego", w.name, k)] = &fstest.MapFile{Data: []byte(w.rego(k))}
		}
	}
	programs, problems := NewLoader(Options{}).Load(t.Context(), files, "corpus")
	for _, p := range problems {
		if p.Severity == "error" {
			t.Error(p)
		}
	}
	var rivals []*rival
	for _, p := range programs {
		r := newRival(p)
		if r.run == nil {
			t.Errorf("%s is not compiled: %s", p.Metadata().ID, r.program.reason)
		}
		rivals = append(rivals, r)
	}
	total := comparisons(t, 40_000)
	r := rand.New(rand.NewPCG(3, uint64(total)))
	events := stream(2000, 3)
	done := 0
	for done < total {
		e := mutate(r, events[r.IntN(len(events))])
		for _, rival := range rivals {
			if difference := rival.compare(t.Context(), e); difference != "" {
				t.Fatalf("%s: %s\non %s", rival.program.metadata.ID, difference, event.AppendJSON(nil, e))
			}
			done++
		}
	}
	matches, failures, left, asked := 0, 0, 0, 0
	for _, rival := range rivals {
		matches, failures = matches+rival.matches, failures+rival.errors
		left, asked = left+rival.left, asked+rival.asked
	}
	t.Logf("%d comparisons of %d signatures: %d matches, %d errors, %d left out by the prefilter, %d with errors left to topdown",
		done, len(rivals), matches, failures, left, asked)
	if matches < done/20 || failures == 0 || left < done/20 {
		t.Error("the events are too much alike to tell anything")
	}
}

// mutate makes another event of one: other values, names and kinds, arguments
// that come twice, or not at all.
func mutate(r *rand.Rand, e *event.Event) *event.Event {
	changed, shape, c := *e, *e.Shape, *e.Context
	shape.Args, changed.Values = slices.Clone(shape.Args), slices.Clone(e.Values)
	changed.Shape, changed.Context = &shape, &c
	c.UID = uint32(r.IntN(4))
	for range r.IntN(4) {
		i := r.IntN(len(shape.Args))
		switch r.IntN(8) {
		case 0, 1, 2:
			changed.Values[i] = odd(r)
		case 3:
			shape.Args[i].Name = []string{"pathname", "flags", "argv", "fd", "bytes", "remote_addr", "mode"}[r.IntN(7)]
		case 4:
			shape.Args = append(shape.Args, shape.Args[i])
			changed.Values = append(changed.Values, []event.Value{odd(r), changed.Values[i]}[r.IntN(2)])
		case 5:
			shape.Name = []string{"openat", "ptrace", "sched_process_exec", "security_file_open", "x"}[r.IntN(5)]
		case 6:
			c.ProcessName = []string{"", "bash", "BASH", "c\xffm", "injector1"}[r.IntN(5)]
		default:
			c.Container.ID, c.ContainerStarted = "abc", r.IntN(2) == 0
		}
	}
	return &changed
}

// odd is a value of any kind.
func odd(r *rand.Rand) event.Value {
	texts := []string{
		"", "/etc/passwd", "/etc/passwd1", "/etc/shadow", "/PROC/x", "/proc/7/mem1", "/etc/\xffpasswd", "ÿ", "\ufffd",
		"O_RDWR|O_CREAT", "o_wronly", "memfd:m1", "/opt/app1/bin/tool5", "x/release_agent2", "-c",
	}
	switch r.IntN(10) {
	case 0:
		return event.Value{}
	case 1:
		return event.Int(int64(r.IntN(5) - 1))
	case 2:
		return event.Uint(1<<63 + uint64(r.IntN(3)))
	case 3:
		return event.Float(float64(r.IntN(5)) / 2)
	case 4:
		return event.Strings([]string{texts[r.IntN(len(texts))], "-c", texts[r.IntN(len(texts))]})
	case 5:
		return event.Map("sa_family", []string{"AF_INET", "AF_UNIX"}[r.IntN(2)], "sin_port", "4444", "sin_addr", "10.1.0.9",
			"sun_path", texts[r.IntN(len(texts))], "sa_family", []string{"AF_INET", "AF_UNIX"}[r.IntN(2)])
	case 6:
		return event.JSON([]string{`{"sa_family":"AF_UNIX","sun_path":1}`, `["-c",["/etc"],null]`, `"text"`, `1.0`}[r.IntN(4)])
	case 7:
		return event.Bytes("\x7fELF\x02")
	default:
		return event.String(texts[r.IntN(len(texts))])
	}
}
