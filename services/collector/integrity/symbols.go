package integrity

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// symbols reads the kernel's lists. The kernel asks for rights when they are
// opened, so they are kept open.
type symbols struct {
	mu                sync.Mutex
	kallsyms, modules *os.File
	// missing is why kallsyms could not be opened.
	missing error

	// where is read once: the kernel does not move.
	read  bool
	where layout
	err   error
}

func openSymbols(procDir string) (*symbols, error) {
	s := new(symbols)
	s.kallsyms, s.missing = os.Open(filepath.Join(procDir, "kallsyms"))
	var err error
	// A kernel without modules has no such file.
	if s.modules, err = os.Open(filepath.Join(procDir, "modules")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *symbols) close() error {
	var errs []error
	for _, f := range []*os.File{s.kallsyms, s.modules} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// layout returns where things are in the kernel.
func (s *symbols) layout() (layout, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.missing != nil {
		return layout{}, s.missing
	}
	if !s.read {
		s.read = true
		if s.err = again(s.kallsyms); s.err == nil {
			s.where, s.err = readLayout(s.kallsyms)
		}
	}
	return s.where, s.err
}

// owners reads whose the code outside of the kernel is now.
func (s *symbols) owners() (owners, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var o owners
	if s.missing != nil {
		return o, s.missing
	}
	if s.modules != nil {
		if err := again(s.modules); err != nil {
			return o, err
		}
		var err error
		if o.modules, err = readModules(s.modules); err != nil {
			return o, fmt.Errorf("%s: %w", s.modules.Name(), err)
		}
	}
	if err := again(s.kallsyms); err != nil {
		return o, err
	}
	err := readSymbols(s.kallsyms, func(sym symbol) {
		if sym.module != "" {
			o.symbols = append(o.symbols, sym)
		}
	})
	if err != nil {
		return o, fmt.Errorf("%s: %w", s.kallsyms.Name(), err)
	}
	return o, nil
}

// again makes a file be read from its start.
func again(f *os.File) error {
	_, err := f.Seek(0, io.SeekStart)
	return err
}
