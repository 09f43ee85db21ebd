package record

import "testing"

func TestAStreamsOwnerAdmits(t *testing.T) {
	a, b := [16]byte{1}, [16]byte{2}
	f := func(owner, client Owner, want bool) {
		t.Helper()
		if owner.Admits(client) != want {
			t.Errorf("%v, %v: not %t", owner, client, want)
		}
	}
	f(Owner{}, Owner{Credential: a}, true)
	f(Owner{Credential: a}, Owner{Credential: a}, true)
	f(Owner{Credential: a}, Owner{Credential: b}, false)
	f(Owner{Credential: a}, Owner{Credential: b, Agent: a}, false)
	f(Owner{Credential: a}, Owner{Credential: a, Agent: b}, true) // the agent learnt to say its word
	f(Owner{Credential: a, Agent: a}, Owner{Credential: b, Agent: a}, true)
	f(Owner{Credential: a, Agent: a}, Owner{Credential: a, Agent: b}, false)
	f(Owner{Credential: a, Agent: a}, Owner{Credential: a}, false)
}
