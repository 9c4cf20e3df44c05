package weir.shadow_read

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "shadow_read",
	"version": "1.0.0",
	"name": "Password hashes read",
	"eventName": "shadow_read",
	"description": "A program that has no part in logins or the administration of users opened the file of password hashes.",
	"tags": ["host", "container"],
	"properties": {
		"Severity": 3,
		"Category": "credential-access",
		"Technique": "OS Credential Dumping: /etc/passwd and /etc/shadow",
		"external_id": "T1003.008",
		"id": "attack-pattern--d0b4fcdb-d67d-4ed2-99ce-788b12f8c0f4",
	},
}

tracee_selected_events contains {"source": "tracee", "name": "security_file_open"}

tracee_match := {"path": path, "flags": flags} if {
	path := helpers.get_tracee_argument("pathname")
	path in secrets
	flags := helpers.get_tracee_argument("flags")
	helpers.is_file_read(flags)
	not expected
}

secrets := {"/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-"}

# The program's file counts, as its name is for the program to choose. Where
# the file is not known, the name has to do.
expected if {
	some directory in system_directories
	startswith(input.executable.path, directory)
	parts := split(input.executable.path, "/")
	parts[count(parts) - 1] in programs
}

expected if {
	not known_file
	input.processName in programs
}

known_file if input.executable.path != ""

system_directories := {"/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/lib/", "/usr/lib/", "/usr/libexec/"}

# What reads the hashes on a healthy system.
programs := logins | administration | services

logins := {
	"agetty", "gdm-session-worker", "lightdm", "login", "polkit-agent-helper-1", "sddm-helper", "sshd",
	"sshd-auth", "sshd-session", "su", "sudo", "sulogin", "unix_chkpwd", "unix_update", "vlock", "xdm",
}

administration := {
	"chage", "chfn", "chgpasswd", "chpasswd", "chsh", "expiry", "gpasswd", "groupadd", "groupdel", "groupmems",
	"groupmod", "grpck", "grpconv", "grpunconv", "newgrp", "newusers", "passwd", "pwck", "pwconv", "pwunconv",
	"useradd", "userdel", "usermod", "vigr", "vipw",
}

services := {
	"accounts-daemon", "atd", "auth", "cron", "crond", "dovecot", "nscd", "proftpd", "saslauthd", "sssd_be",
	"systemd", "systemd-homed", "systemd-sysusers", "systemd-userdbd", "systemd-userwork", "unscd", "vsftpd",
}
