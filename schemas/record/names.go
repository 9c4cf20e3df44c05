package record

import (
	"path"
	"strings"

	"github.com/weirsec/weir/schemas/event"
)

// complete returns a name as an absolute path: below the directory that it
// begins at, where it is relative. Symbolic links are not followed. A name that
// could not be read stays null.
func (d *Decoder) complete(dir string, name event.Value) event.Value {
	text := name.Text()
	switch {
	case text == "":
		return name
	case !strings.HasPrefix(text, "/"):
		text = dir + "/" + text
	}
	return event.String(path.Clean(text))
}

// namesDiffer reports whether the name that a process asked for cannot be that
// of the file that was opened unless a symbolic link was followed: the other
// explanation is that another thread changed the name meanwhile.
func namesDiffer(asked, opened string) bool {
	if asked == "" || opened == "" {
		return false
	}
	clean := path.Clean(asked)
	if strings.HasPrefix(clean, "/") {
		return clean != opened
	}
	for strings.HasPrefix(clean, "../") {
		clean = clean[len("../"):]
	}
	if clean == "." || clean == ".." {
		return false
	}
	return opened != clean && !strings.HasSuffix(opened, "/"+clean)
}
