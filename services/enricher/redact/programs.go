package redact

import (
	"slices"
	"strings"
)

// habit is how a program takes secrets in options that do not look like it.
type habit struct {
	// attached is an option with the secret right behind it, separate one with
	// the secret as the next argument; "" for none.
	attached, separate string
	// user are options whose value is a user's name, a sign and a password.
	user []string
	sign string
	// only is an argument without which the options mean something else.
	only string
}

// habitOf returns the habit of a program and whether it has one.
func habitOf(program string) (habit, bool) {
	switch program[strings.LastIndexByte(program, '/')+1:] {
	case "mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlshow", "mariadb", "mariadb-dump", "7z", "7za", "7zr":
		return habit{attached: "-p"}, true
	case "sshpass":
		return habit{attached: "-p", separate: "-p"}, true
	case "mongo", "mongosh", "mongodump", "mongorestore", "useradd", "usermod":
		return habit{separate: "-p"}, true
	case "docker", "podman", "nerdctl", "helm", "buildah":
		return habit{separate: "-p", only: "login"}, true
	case "redis-cli":
		return habit{separate: "-a"}, true
	case "ldapsearch", "ldapmodify", "ldapadd", "ldapdelete", "ldapwhoami", "ldappasswd":
		return habit{separate: "-w"}, true
	case "zip", "unzip", "sqlcmd":
		return habit{separate: "-P"}, true
	case "curl":
		return habit{user: []string{"-u", "--user", "-U", "--proxy-user"}, sign: ":"}, true
	case "smbclient", "rpcclient", "smbmap":
		return habit{user: []string{"-U", "--user"}, sign: "%"}, true
	default:
		return habit{}, false
	}
}

// apply masks the program's arguments (without its own name) by its habit,
// calling set with the index of each and its new text.
func (h habit) apply(args []string, set func(i int, s string)) {
	if h.only != "" && !slices.Contains(args, h.only) {
		return
	}
	for i, a := range args {
		if h.attached != "" && len(a) > len(h.attached) && strings.HasPrefix(a, h.attached) {
			set(i, h.attached+Mask)
		}
		if h.separate != "" && a == h.separate && i+1 < len(args) {
			set(i+1, Mask)
		}
		for _, option := range h.user {
			switch {
			case a == option && i+1 < len(args):
				set(i+1, h.credentials(args[i+1]))
			case strings.HasPrefix(a, option+"="), len(option) == 2 && strings.HasPrefix(a, option):
				set(i, option+h.credentials(a[len(option):]))
			}
		}
	}
}

// credentials masks the password behind a user's name.
func (h habit) credentials(s string) string {
	user, password, found := strings.Cut(s, h.sign)
	if !found || password == "" {
		return s
	}
	return user + h.sign + Mask
}
