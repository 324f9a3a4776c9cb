package pipeline

import (
	"context"
	"fmt"
	"net/mail"
	"strings"

	"kheo/pipeline/review"
)

// mailOf begins the settings that hold where a person's mail goes. They are no events: an address
// is changed and forgotten as its owner likes.
const mailOf = "mail "

// SetMail keeps where a person's digest goes; "" sends none.
func (w *Workspace) SetMail(ctx context.Context, person, address string) error {
	known := false
	if err := w.review.View(ctx, func(s *review.State) error { known = s.People[person] != nil; return nil }); err != nil {
		return err
	}
	if !known {
		return fmt.Errorf("nobody signs in as %q", person)
	}
	if address == "" {
		return w.Store.DropSetting(ctx, mailOf+person)
	}
	a, err := mail.ParseAddress(address)
	if err != nil || a.Address != address || len(address) > 254 {
		return fmt.Errorf("%q is no address of mail; write it as hoa@example.org", address)
	}
	return w.Store.SetSetting(ctx, mailOf+person, address)
}

// MailAddresses tells where digests go, by person.
func (w *Workspace) MailAddresses(ctx context.Context) (map[string]string, error) {
	keys, err := w.Store.SettingsUnder(ctx, mailOf)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, k := range keys {
		if out[strings.TrimPrefix(k, mailOf)], err = w.Store.Setting(ctx, k); err != nil {
			return nil, err
		}
	}
	return out, nil
}
