package lint

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// The parts of SARIF 2.1.0 that are used, by the names of its schema.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID                   string       `json:"id"`
		Name                 string       `json:"name"`
		ShortDescription     sarifMessage `json:"shortDescription"`
		Help                 sarifMessage `json:"help"`
		DefaultConfiguration sarifConfig  `json:"defaultConfiguration"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		PhysicalLocation sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
)

// WriteSARIF writes the findings as a SARIF 2.1.0 log, the form in which code
// hosts take the results of checks. The version is that of the program.
func WriteSARIF(w io.Writer, findings []Finding, version string) error {
	run := sarifRun{
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
		Tool: sarifTool{Driver: sarifDriver{
			Name: "weir signature lint", Version: version, InformationURI: "https://github.com/weirsec/weir",
		}},
	}
	rules := Rules()
	for _, r := range rules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{
			ID: r.ID, Name: r.Name, ShortDescription: sarifMessage{r.Summary}, Help: sarifMessage{r.Help},
			DefaultConfiguration: sarifConfig{level(r.Severity)},
		})
	}
	for _, f := range findings {
		result := sarifResult{
			RuleID: f.Rule, Level: level(f.Severity), Message: sarifMessage{f.Message},
			RuleIndex: slices.IndexFunc(rules, func(r Rule) bool { return r.ID == f.Rule }),
		}
		place := sarifPhysical{ArtifactLocation: sarifArtifact{fileURI(f.File)}}
		if f.Line > 0 {
			place.Region = &sarifRegion{StartLine: f.Line, StartColumn: runeColumn(f.Source, f.Column)}
		}
		result.Locations = []sarifLocation{{place}}
		run.Results = append(run.Results, result)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0", Runs: []sarifRun{run},
	}); err != nil {
		return fmt.Errorf("write the SARIF log: %w", err)
	}
	return nil
}

// level is a severity in SARIF's words.
func level(s Severity) string {
	if s == Info {
		return "note"
	}
	return string(s)
}

// fileURI is a file's name as a URI reference: relative ones stay so.
func fileURI(file string) string {
	slashed := filepath.ToSlash(file)
	if strings.HasPrefix(slashed, "/") {
		return (&url.URL{Scheme: "file", Path: slashed}).String()
	}
	return (&url.URL{Path: slashed}).String()
}

// runeColumn turns a column in bytes into one in characters, as columnKind says.
func runeColumn(source string, column int) int {
	if column <= 1 || column-1 > len(source) {
		return max(column, 0)
	}
	return len([]rune(source[:column-1])) + 1
}
