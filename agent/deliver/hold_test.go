package deliver

import (
	"log/slog"
	"testing"
	"testing/synctest"

	"logskiff/senders"
)

// What is shown as held is taken back by the first delivery, however it falls between finding nothing that is
// taken, showing that, and waiting. Random is asked between the last two.
func TestADeliveryBetweenAHoldAndItsWaitTakesBackWhatIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, q := &fake{answer: refusing("BAD")}, newQuarantine(t)
		p := newPool(senders.RoundRobin, 2, f)
		shown := ""
		p.Random = func() float64 {
			if why, _ := q.Problem(); why != "" && shown == "" {
				shown = why
				if _, err := newDeliverer(p, q).Deliver(t.Context(), newBatch("good")); err != nil {
					t.Error(err)
				}
				if why, _ := q.Problem(); why != "" {
					t.Errorf("still shown after a delivery: %q", why)
				}
			}
			return 0.5
		}
		o, err := newDeliverer(p, q).Deliver(t.Context(), newBatch("BAD"))
		if err != nil || o.Quarantined != 1 {
			t.Errorf("%+v, %v", o, err)
		}
		if why, _ := q.Problem(); why != "" || shown == "" {
			t.Errorf("shown %q, and when all was settled %q", shown, why)
		}
	})
	h := &holds{news: make(chan struct{}), logger: slog.New(slog.DiscardHandler)}
	seen := h.deliveries.Load()
	h.delivered()
	h.holdRefused("refuses everything", seen)
	if why, _ := h.Problem(); why != "" {
		t.Errorf("shown although it took something meanwhile: %q", why)
	}
}
