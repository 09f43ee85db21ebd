package access

import "fmt"

// Role is what a person may do. Each may do what those before it may.
type Role uint8

const (
	// Nobody has shown no token. It is the zero value.
	Nobody Role = iota
	// Viewer sees numbers, states, and names from the configuration.
	Viewer
	// Operator sees what may quote a line or a file's name, too.
	Operator
	// Admin changes things.
	Admin
)

var roleNames = [...]string{"nobody", "viewer", "operator", "admin"}

func (r Role) String() string {
	if int(r) < len(roleNames) {
		return roleNames[r]
	}
	return fmt.Sprintf("Role(%d)", uint8(r))
}

// ParseRole reads viewer, operator or admin.
func ParseRole(s string) (Role, error) {
	for r := Viewer; r <= Admin; r++ {
		if s == r.String() {
			return r, nil
		}
	}
	return Nobody, fmt.Errorf("must be viewer, operator or admin, not %q", s)
}
