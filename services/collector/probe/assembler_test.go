package probe

import (
	"encoding/binary"
	"runtime"
)

// assembler makes small programs of x86 machine code that do nothing but
// syscalls: 32-bit ones by int 0x80, or 64-bit ones.
type assembler struct {
	wide bool
	code []byte
	data []byte
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

// call adds a syscall. Its result is kept by keep, and used by the constants of
// kept.
func (a *assembler) call(number uint32, args ...uint32) {
	registers := []byte{0xbb, 0xb9, 0xba, 0xbe, 0xbf, 0xbd} // mov ebx, ecx, edx, esi, edi, ebp
	if a.wide {
		registers = []byte{0xbf, 0xbe, 0xba} // mov edi, esi, edx
	}
	for i, v := range args {
		if v >= kept && v < kept+16 {
			// The opcode of mov r32, [address] is 8b with the register in the middle.
			a.code = append(a.code, 0x8b, (registers[i]&7)<<3|5)
			a.code = binary.LittleEndian.AppendUint32(a.code, dataAt+dataSize-64+4*(v-kept))
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

// kept, kept+1 and so on stand for results that were kept before.
const kept = 0x7fff0000

// keep keeps the last syscall's result as kept+i; 32-bit programs only.
func (a *assembler) keep(i uint32) {
	a.code = append(a.code, 0xa3) // mov [address], eax
	a.code = binary.LittleEndian.AppendUint32(a.code, dataAt+dataSize-64+4*i)
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
		head = append(head, halfWords(1, codeAt+page, 52, 0, 0, 32<<16|52, 2, 0)...)
		head = append(head, halfWords(1, page, codeAt+page, codeAt+page, page, page, 5, page)...)
		head = append(head, halfWords(1, 2*page, dataAt, dataAt, dataSize, dataSize, 6, page)...)
	}
	image := append(head, make([]byte, page-len(head))...)
	image = append(append(image, a.code...), make([]byte, page-len(a.code))...)
	return append(image, data...)
}
