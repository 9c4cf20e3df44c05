package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// document reads a page of the documents.
func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// shown returns the blocks of a page that show what a command writes.
func shown(text string) []string {
	var blocks []string
	language := regexp.MustCompile("^```[a-z]")
	inside, plain := false, false
	var block []string
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case strings.HasPrefix(line, "```") && !inside:
			inside, plain, block = true, !language.MatchString(line), nil
		case strings.HasPrefix(line, "```"):
			inside = false
			if plain {
				blocks = append(blocks, strings.Join(block, "\n"))
			}
		case inside:
			block = append(block, line)
		}
	}
	return blocks
}

// What the guide for authors shows is what the commands write about the guide's
// own signature.
func TestAuthoringShowsTheTruth(t *testing.T) {
	signature := regexp.MustCompile("(?s)```rego\n(package mine.passwd_opened.*?)```").FindStringSubmatch(document(t, "signatures.md"))
	blocks := shown(document(t, "authoring.md"))
	if signature == nil || len(blocks) != 2 {
		t.Fatalf("the guide has %d outputs", len(blocks))
	}
	t.Chdir(t.TempDir())
	if err := os.Mkdir("my-signatures", 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("my-signatures", "passwd_opened.rego")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(strings.Replace(signature[1], `argument("flags")`, `argument("flag")`, 1))
	out, _, code := runTool(t, "", "signature", "lint", "./my-signatures")
	if code != 1 || strings.TrimSpace(out) != strings.TrimSpace(blocks[0]) {
		t.Errorf("lint writes\n%s\nthe guide shows\n%s", out, blocks[0])
	}
	write(signature[1])
	const event = `{"eventName": "security_file_open", "args": [{"name": "pathname", "type": "const char*", "value": "/etc/passwd"},` +
		`{"name": "flags", "type": "int", "value": 0}]}`
	out, _, code = runTool(t, event, "signature", "explain", "passwd_opened", "--signatures", "./my-signatures", "--event", "-")
	if code != 0 || strings.TrimSpace(out) != strings.TrimSpace(blocks[1]) {
		t.Errorf("explain writes\n%s\nthe guide shows\n%s", out, blocks[1])
	}
}

// The guide's table of rules names all of them.
func TestAuthoringNamesTheRules(t *testing.T) {
	text := document(t, "authoring.md")
	out, _, _ := runTool(t, "", "signature", "lint", "--rules")
	for _, id := range regexp.MustCompile(`(?m)^WL\d{3}`).FindAllString(out, -1) {
		if !inTable(text, id) {
			t.Errorf("the guide does not name %s", id)
		}
	}
}

// inTable reports whether a row of the table names a rule or a range around it.
func inTable(text, id string) bool {
	for _, r := range regexp.MustCompile("`(WL\\d{3})`(?: to `(WL\\d{3})`)?").FindAllStringSubmatch(text, -1) {
		if r[1] == id || r[2] != "" && r[1] <= id && id <= r[2] {
			return true
		}
	}
	return false
}
