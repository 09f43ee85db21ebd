package inbox

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheLastQuarterIsForThoseWithLessThanTheirShare(t *testing.T) {
	b := NewBudget(100)
	f := func(client string, n int64, ok bool) {
		t.Helper()
		if _, err := b.take(client, n, false); (err == nil) != ok || err != nil && !errors.Is(err, ErrFull) {
			t.Errorf("%s, %d: %v; %v", client, n, err, b.by)
		}
	}
	f("greedy", 90, true) // it is alone
	b.give("greedy", 20)
	f("small", 4, true)
	f("greedy", 2, false)
	f("small", 20, true)
	f("small", 10, false) // 104
	f("third", 6, true)
	f("third", 1, false)
	b.give("greedy", 70)
	b.give("small", 24)
	b.give("third", 6)
	if b.Used() != 0 || len(b.by) != 0 {
		t.Fatal(b.Used(), b.by)
	}
	f("greedy", 100, true)
}

func TestALeaseRefusesWhatDoesNotFitNowOrEver(t *testing.T) {
	b := NewBudget(100)
	l := b.Lease("a")
	f := func(n int64, want error) {
		t.Helper()
		if err := l.Take(n); !errors.Is(err, want) {
			t.Errorf("%d: got %v, want %v", n, err, want)
		}
	}
	f(60, nil)
	f(60, ErrFull)
	f(101, ErrNever)
	f(40, nil)
	l.End()
	f(100, nil)
	if l.Give(30); l.Held() != 70 || b.Used() != 70 || b.Size() != 100 {
		t.Fatal(l.Held(), b.Used())
	}
	l.End()
	new(Lease).End() // of nothing
}

func TestWhoCanWaitGetsWhatIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(100)
		has, wants := b.Lease("a"), b.Lease("b")
		if err := has.Take(90); err != nil {
			t.Fatal(err)
		}
		got := make(chan error, 1)
		ask := func(ctx context.Context, n int64) { go func() { got <- wants.Wait(ctx, n) }() }
		ask(t.Context(), 50)
		synctest.Wait()
		has.Give(20) // 70 + 50 is still too much
		synctest.Wait()
		select {
		case err := <-got:
			t.Fatalf("it has what is not there: %v", err)
		default:
		}
		has.Give(20)
		if err := <-got; err != nil || wants.Held() != 50 {
			t.Fatal(err, wants.Held())
		}
		ctx, cancel := context.WithCancel(t.Context())
		ask(ctx, 1)
		synctest.Wait()
		cancel()
		if err := <-got; err != context.Canceled || wants.Held() != 50 {
			t.Fatal(err, wants.Held())
		}
		if err := wants.Wait(t.Context(), 101); !errors.Is(err, ErrNever) {
			t.Fatal(err)
		}
	})
}
