package probe

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"runtime"
)

// assembler makes small programs of x86 machine code that do nothing but
// syscalls: 32-bit ones by int 0x80, or 64-bit ones.
type assembler struct {
	wide bool
	code []byte
	data []byte
	used uint32
}

const (
	// codeAt is where the code is loaded, dataAt where the data is, which can be
	// written.
	codeAt, dataAt = 0x08048000, 0x08058000
	dataSize       = 0x4000
)

func newAssembler64() *assembler {
	if runtime.GOARCH != "amd64" {
		return nil
	}
	return &assembler{wide: true}
}

func newAssembler32() *assembler { return &assembler{} }

// put adds bytes to the data and returns where they will be.
func (a *assembler) put(b []byte) uint32 {
	for len(a.data)%16 != 0 {
		a.data = append(a.data, 0)
	}
	at := dataAt + uint32(len(a.data))
	a.data = append(a.data, b...)
	return at
}

func (a *assembler) text(s string) uint32 { return a.put(append([]byte(s), 0)) }

// call adds a syscall. Arguments from kept on are results that were kept before.
func (a *assembler) call(number uint32, args ...uint32) {
	registers := []byte{0xbb, 0xb9, 0xba, 0xbe, 0xbf, 0xbd} // mov ebx, ecx, edx, esi, edi, ebp
	if a.wide {
		registers = []byte{0xbf, 0xbe, 0xba} // mov edi, esi, edx
	}
	for i, v := range args {
		if v >= kept && v < kept+results {
			a.memory(0x8b, registers[i]&7, resultsAt+4*(v-kept))
			continue
		}
		a.code = binary.LittleEndian.AppendUint32(append(a.code, registers[i]), v)
	}
	a.code = binary.LittleEndian.AppendUint32(append(a.code, 0xb8), number)
	if a.wide {
		a.code = append(a.code, 0x0f, 0x05)
	} else {
		a.code = append(a.code, 0xcd, 0x80)
	}
}

// memory adds an instruction with a register and an address.
func (a *assembler) memory(opcode, register byte, addr uint32) {
	a.code = append(a.code, opcode, register<<3|4, 0x25)
	a.code = binary.LittleEndian.AppendUint32(a.code, addr)
}

// store writes the last syscall's result to an address of the data.
func (a *assembler) store(addr uint32) { a.memory(0x89, 0, addr) }

// kept, kept+1 and so on stand for results, which are at the data's end.
const (
	kept      = 0x7fff0000
	results   = 64
	resultsAt = dataAt + dataSize - 4*results
)

// keep keeps the last syscall's result and returns what stands for it.
func (a *assembler) keep() uint32 {
	a.store(resultsAt + 4*a.used)
	a.used++
	return kept + a.used - 1
}

// endChild ends a child that the last syscall has made; 32-bit programs only.
func (a *assembler) endChild() {
	a.code = append(a.code, 0x85, 0xc0, 0x75, 9, 0xb8, 1, 0, 0, 0, 0x31, 0xdb, 0xcd, 0x80)
}

// run writes the program to a file, runs it, and returns its pid and what was
// kept, which the program has to write to its standard output.
func (a *assembler) run(path string) (pid int, values []int32, err error) {
	if err := os.WriteFile(path, a.image(), 0o700); err != nil {
		return 0, nil, err
	}
	cmd := exec.Command(path)
	out, err := cmd.Output()
	if len(out) < 4*results {
		return 0, nil, errors.Join(errors.New("no results"), err)
	}
	for out = out[len(out)-4*results:]; len(out) > 0; out = out[4:] {
		values = append(values, int32(binary.LittleEndian.Uint32(out)))
	}
	return cmd.Process.Pid, values, err
}

// image is the program as an ELF file: code that is executed and data that is
// written.
func (a *assembler) image() []byte {
	const page = 0x1000
	data := append(a.data, make([]byte, dataSize-len(a.data))...)
	le := binary.LittleEndian
	var head []byte
	if a.wide {
		head = append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 9)...)
		head = le.AppendUint32(le.AppendUint16(le.AppendUint16(head, 2), 62), 1)
		head = append(head, words(codeAt+page, 64, 0)...)
		head = append(head, halfWords(0, 56<<16|64, 2, 0)...)
		head = append(head, halfWords(1, 5)...)
		head = append(head, words(page, codeAt+page, codeAt+page, page, page, page)...)
		head = append(head, halfWords(1, 6)...)
		head = append(head, words(2*page, dataAt, dataAt, dataSize, dataSize, page)...)
	} else {
		head = append([]byte("\x7fELF\x01\x01\x01"), make([]byte, 9)...)
		head = le.AppendUint16(le.AppendUint16(head, 2), 3)
		head = append(head, halfWords(1, codeAt+page, 52, 0, 0, 32<<16|52, 3, 0)...)
		head = append(head, halfWords(1, page, codeAt+page, codeAt+page, page, page, 5, page)...)
		head = append(head, halfWords(1, 2*page, dataAt, dataAt, dataSize, dataSize, 6, page)...)
		// Without this, whatever can be read can be executed.
		const gnuStack = 0x6474e551
		head = append(head, halfWords(gnuStack, 0, 0, 0, 0, 0, 6, 16)...)
	}
	image := append(head, make([]byte, page-len(head))...)
	image = append(append(image, a.code...), make([]byte, page-len(a.code))...)
	return append(image, data...)
}
