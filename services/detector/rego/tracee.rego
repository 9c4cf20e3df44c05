# The library that signatures import as data.tracee.helpers.
package tracee.helpers

# The value of the event's argument of that name; undefined where there is
# none, an error where two of that name differ.
get_tracee_argument(arg_name) := value if {
	some arg in input.args
	arg.name == arg_name
	value := arg.value
}

default is_file_write(_) := false

# Whether open flags, as text, ask for writing.
is_file_write(flags) if contains(lower(flags), "o_wronly")

is_file_write(flags) if contains(lower(flags), "o_rdwr")

default is_file_read(_) := false

# Whether open flags, as text, ask for reading.
is_file_read(flags) if contains(lower(flags), "o_rdonly")

is_file_read(flags) if contains(lower(flags), "o_rdwr")

default is_elf_file(_) := false

# Whether bytes, in base64, begin as an ELF file does. The first byte is not
# looked at.
is_elf_file(bytes) if lower(substring(base64.decode(bytes), 1, 3)) == "elf"
