package testspace

import (
	"encoding/base64"
	"fmt"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"kheo/pipeline/review"
)

// QuickPasswords is a cost for review.NewPasswords, by which hashing takes a thousandth of the time.
var QuickPasswords = review.Cost{Passes: 1, Memory: 64, Threads: 1}

// EncodePassword encodes a password as review.HashPassword does, with parameters that take a thousandth of the time:
// tests sign in some hundred times. Checking takes its parameters from the encoded form.
func EncodePassword(password string) string {
	// One salt for all passwords is enough here: nothing depends on hashes being different.
	salt := []byte("salt of all tests")[:16]
	key := argon2.IDKey([]byte(norm.NFC.String(password)), salt, QuickPasswords.Passes, QuickPasswords.Memory,
		QuickPasswords.Threads, 32)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, QuickPasswords.Memory,
		QuickPasswords.Passes, QuickPasswords.Threads, b64.EncodeToString(salt), b64.EncodeToString(key))
}
