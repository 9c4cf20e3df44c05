package tracee.Mine

import data.tracee.helpers

# A variant of the example that authors start from: v0, an unquoted "=", and
# selectors by way of a list.
__rego_metadoc__ := {
    "id": "Mine-0.1.0",
    "version": "0.1.0",
    "name": "My Own Signature",
    "eventName": "mine",
    "description": "Detects that the user database is opened",
}

tracee_selected_events[selector] {
    names := ["openat", "execve"]
    selector := {"source": "tracee", "name": names[_]}
}

tracee_match {
    input.eventName == "openat"
    path = helpers.get_tracee_argument("pathname")
    startswith(path, "/etc/passwd")
}

tracee_match {
    input.eventName == "execve"
    path = helpers.get_tracee_argument("pathname")
    startswith(path, "/etc/passwd")
}
