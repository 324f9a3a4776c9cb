package store

import "context"

// Settings holds small values by key: the table settings.
type Settings struct{ db *database }

// Get returns the value of a key; "" for a key without one.
func (s Settings) Get(ctx context.Context, key string) (string, error) { return s.db.setting(ctx, key) }

// Set keeps a value under a key.
func (s Settings) Set(ctx context.Context, key, value string) error {
	return s.db.setSetting(ctx, key, value)
}

// Under returns the keys with a prefix, sorted.
func (s Settings) Under(ctx context.Context, prefix string) ([]string, error) {
	return s.db.settingsUnder(ctx, prefix)
}

// Drop removes a key.
func (s Settings) Drop(ctx context.Context, key string) error { return s.db.dropSetting(ctx, key) }
