package shadowread

// known reports whether a program of that name reads password hashes on a
// healthy system.
func known(name string) bool {
	switch name {
	// Logins.
	case "agetty", "gdm-session-worker", "lightdm", "login", "polkit-agent-helper-1", "sddm-helper", "sshd",
		"sshd-auth", "sshd-session", "su", "sudo", "sulogin", "unix_chkpwd", "unix_update", "vlock", "xdm":
		return true
	// The administration of users.
	case "chage", "chfn", "chgpasswd", "chpasswd", "chsh", "expiry", "gpasswd", "groupadd", "groupdel", "groupmems",
		"groupmod", "grpck", "grpconv", "grpunconv", "newgrp", "newusers", "passwd", "pwck", "pwconv", "pwunconv",
		"useradd", "userdel", "usermod", "vigr", "vipw":
		return true
	// Services that check passwords or look users up.
	case "accounts-daemon", "atd", "auth", "cron", "crond", "dovecot", "nscd", "proftpd", "saslauthd", "sssd_be",
		"systemd", "systemd-homed", "systemd-sysusers", "systemd-userdbd", "systemd-userwork", "unscd", "vsftpd":
		return true
	default:
		return false
	}
}
