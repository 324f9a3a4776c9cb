package webhooks

import (
	"context"
	"time"

	"kheo/pipeline/campaign"
)

// Send makes one attempt to send a webhook an empty message.
func Send(ctx context.Context, h *campaign.Webhook) (status int, err error) {
	c := newClient(h)
	defer c.close()
	r := c.send(ctx, &Delivery{ID: "msg_test", Body: []byte("{}")}, time.Now())
	return r.status, r.err
}

// Guard is the check of each address before it is dialled.
var Guard = guard
