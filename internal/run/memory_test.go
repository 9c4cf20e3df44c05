package run

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

func TestMemory(t *testing.T) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		t.Fatal(err)
	}
	total := regexp.MustCompile(`(?m)^MemTotal: +(\d+) kB$`).FindSubmatch(text)
	if total == nil {
		t.Fatalf("no total in %s", text)
	}
	kilobytes, err := strconv.ParseUint(string(total[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Memory()
	if err != nil || got < 16<<20 || got > kilobytes<<10 {
		t.Errorf("%d bytes, %v: the machine has %d", got, err, kilobytes<<10)
	}
}
