package testspace

import (
	"encoding/base64"
	"fmt"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// EncodePassword encodes a password as review.HashPassword does, with parameters that take a thousandth of the time:
// tests sign in some hundred times. Checking takes its parameters from the encoded form.
func EncodePassword(password string) string {
	// One salt for all passwords is enough here: nothing depends on hashes being different.
	salt := []byte("salt of all tests")[:16]
	key := argon2.IDKey([]byte(norm.NFC.String(password)), salt, 1, 64, 1, 32)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=64,t=1,p=1$%s$%s", argon2.Version, b64.EncodeToString(salt),
		b64.EncodeToString(key))
}
