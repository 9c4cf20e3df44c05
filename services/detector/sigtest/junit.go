package sigtest

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// junitSuites is the root of a JUnit report, in the form that CI systems read.
type junitSuites struct {
	XMLName  xml.Name      `xml:"testsuites"`
	Tests    int           `xml:"tests,attr"`
	Failures int           `xml:"failures,attr"`
	Skipped  int           `xml:"skipped,attr"`
	Time     string        `xml:"time,attr"`
	Suites   []*junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	File     string      `xml:"file,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`

	took time.Duration
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	ClassName string        `xml:"classname,attr"`
	File      string        `xml:"file,attr"`
	Line      int           `xml:"line,attr,omitempty"`
	Time      string        `xml:"time,attr"`
	Failure   *junitFailure `xml:"failure"`
	Skipped   *struct{}     `xml:"skipped"`
	Output    string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes the report as JUnit XML: a suite for each file and engine.
func (r *Report) WriteJUnit(w io.Writer) error {
	root := junitSuites{Tests: len(r.Outcomes), Failures: r.Count(StatusFail), Skipped: r.Count(StatusSkip)}
	suites := map[string]*junitSuite{}
	var total time.Duration
	for _, o := range r.Outcomes {
		name := fmt.Sprintf("%s (%s)", o.Suite, o.Engine)
		s := suites[o.File+"\x00"+name]
		if s == nil {
			s = &junitSuite{Name: name, File: o.File}
			suites[o.File+"\x00"+name] = s
			root.Suites = append(root.Suites, s)
		}
		s.add(o)
		total += o.Duration
	}
	for _, s := range root.Suites {
		s.Time = seconds(s.took)
	}
	root.Time = seconds(total)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(root); err != nil {
		return fmt.Errorf("write the JUnit report: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(o Outcome) {
	c := junitCase{
		Name: o.Name, ClassName: o.Suite + "." + o.Engine, File: o.File, Line: o.Line, Time: seconds(o.Duration), Output: o.Output,
	}
	s.Tests++
	s.took += o.Duration
	switch o.Status {
	case StatusFail:
		s.Failures++
		var text []string
		for _, f := range o.Failures {
			text = append(text, f.String())
		}
		c.Failure = &junitFailure{Message: fmt.Sprintf("%d not as expected", len(text)), Text: strings.Join(text, "\n")}
		if len(o.Failures) > 0 {
			c.Failure.Message = o.Failures[0].Message
		}
	case StatusSkip:
		s.Skipped++
		c.Skipped = &struct{}{}
	}
	s.Cases = append(s.Cases, c)
}

// seconds is a duration as JUnit wants it.
func seconds(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }
