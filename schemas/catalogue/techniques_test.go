package catalogue_test

import (
	"testing"

	"github.com/weirsec/weir/schemas/catalogue"
)

// techniqueNames are the techniques of MITRE ATT&CK for Enterprise, v17, that
// events are a trace of.
var techniqueNames = map[string]string{
	"T1003":     "OS Credential Dumping",
	"T1014":     "Rootkit",
	"T1027.002": "Obfuscated Files or Information: Software Packing",
	"T1036":     "Masquerading",
	"T1036.005": "Masquerading: Match Legitimate Resource Name or Location",
	"T1055":     "Process Injection",
	"T1055.008": "Process Injection: Ptrace System Calls",
	"T1059":     "Command and Scripting Interpreter",
	"T1059.004": "Command and Scripting Interpreter: Unix Shell",
	"T1068":     "Exploitation for Privilege Escalation",
	"T1070":     "Indicator Removal",
	"T1070.002": "Indicator Removal: Clear Linux or Mac System Logs",
	"T1070.003": "Indicator Removal: Clear Command History",
	"T1070.004": "Indicator Removal: File Deletion",
	"T1071":     "Application Layer Protocol",
	"T1083":     "File and Directory Discovery",
	"T1095":     "Non-Application Layer Protocol",
	"T1190":     "Exploit Public-Facing Application",
	"T1222.002": "File and Directory Permissions Modification: Linux and Mac File and Directory Permissions Modification",
	"T1489":     "Service Stop",
	"T1529":     "System Shutdown/Reboot",
	"T1547.006": "Boot or Logon Autostart Execution: Kernel Modules and Extensions",
	"T1548":     "Abuse Elevation Control Mechanism",
	"T1548.001": "Abuse Elevation Control Mechanism: Setuid and Setgid",
	"T1552":     "Unsecured Credentials",
	"T1562":     "Impair Defenses",
	"T1562.001": "Impair Defenses: Disable or Modify Tools",
	"T1562.006": "Impair Defenses: Indicator Blocking",
	"T1564.001": "Hide Artifacts: Hidden Files and Directories",
	"T1571":     "Non-Standard Port",
	"T1574":     "Hijack Execution Flow",
	"T1611":     "Escape to Host",
	"T1620":     "Reflective Code Loading",
	"T1622":     "Debugger Evasion",
	"T1654":     "Log Enumeration",
}

// The techniques exist, and none is listed that no event is a trace of.
func TestTechniquesExist(t *testing.T) {
	used := map[string]bool{}
	for e := range catalogue.All() {
		for _, id := range e.Techniques {
			if techniqueNames[id] == "" {
				t.Errorf("%s: there is no technique %s", e.Name, id)
			}
			used[id] = true
		}
	}
	for id := range techniqueNames {
		if !used[id] {
			t.Errorf("no event is a trace of %s", id)
		}
	}
}
