// Package explain turns errors of databases and buckets into one sentence that says what to check.
package explain

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// explained is an error of a database or bucket in one sentence that says what to check. What the
// library said is its cause, and stays out of the text.
type explained struct {
	text  string
	cause error
}

// Error is part of error.
func (e *explained) Error() string { return e.text }

// Unwrap gives the cause.
func (e *explained) Unwrap() error { return e.cause }

// Postgres says in one sentence why PostgreSQL cannot be used.
func Postgres(conf *pgx.ConnConfig, err error) error {
	at := fmt.Sprintf("PostgreSQL at %s", net.JoinHostPort(conf.Host, fmt.Sprint(conf.Port)))
	if strings.HasPrefix(conf.Host, "/") { // the folder of a socket
		at = "PostgreSQL at " + conf.Host
	}
	var said *pgconn.PgError
	switch {
	case errors.As(err, &said):
		switch said.Code {
		case "28P01", "28000":
			return &explained{fmt.Sprintf("%s refuses the sign-in of %q: check user and password (store: in kheo.yaml, PGPASSWORD, ~/.pgpass) and pg_hba.conf", at, conf.User), err}
		case "3D000":
			return &explained{fmt.Sprintf("%s has no database %q: create it (createdb %s), or correct store: in kheo.yaml", at, conf.Database, conf.Database), err}
		case "53300", "57P03":
			return &explained{fmt.Sprintf("%s takes no connections now (%s): try again, or raise max_connections",
				at, said.Message), err}
		case "42501":
			return &explained{fmt.Sprintf("%s does not let %q use the database %q (%s): grant it the right to connect and to create tables", at, conf.User, conf.Database, said.Message), err}
		}
		return &explained{fmt.Sprintf("%s: %s (%s)", at, said.Message, said.Code), err}
	case strings.Contains(err.Error(), "tls") || strings.Contains(err.Error(), "x509"):
		return &explained{fmt.Sprintf("%s cannot be reached over TLS: check its certificate and sslmode= in store: of kheo.yaml", at), err}
	case unreached(err):
		return &explained{fmt.Sprintf("%s cannot be reached (%s): check that it runs, and host and port in store: of kheo.yaml", at, root(err)), err}
	}
	return err
}

// unreached reports whether an error is one of the network.
func unreached(err error) bool {
	return errors.As(err, new(net.Error)) || errors.As(err, new(*net.OpError)) ||
		errors.As(err, new(*net.DNSError)) || errors.Is(err, context.DeadlineExceeded)
}

// root is the innermost of the errors of the network, in short.
func root(err error) string {
	var name *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &name):
		return name.Err
	case errors.As(err, &op):
		return op.Err.Error()
	}
	return "no answer"
}

// Bucket says in one sentence why a bucket cannot be used; other errors it leaves as they are.
func Bucket(address string, err error) error {
	if err == nil || errors.As(err, new(*explained)) {
		return err
	}
	name, endpoint := address, "its endpoint"
	if u, e := url.Parse(address); e == nil {
		name = u.Host
		if at := u.Query().Get("endpoint"); at != "" {
			endpoint = at
		}
	}
	say := func(format string, args ...any) error { return &explained{fmt.Sprintf(format, args...), err} }
	var said interface{ ErrorCode() string }
	code := ""
	if errors.As(err, &said) {
		code = said.ErrorCode()
	}
	switch code {
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "Forbidden", "ExpiredToken", "InvalidToken",
		"403":
		return say("access to the bucket %q at %s is denied (%s): check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that this key may read, write, list and delete there", name, endpoint, code)
	case "RequestTimeTooSkewed":
		return say("access to the bucket %q at %s is denied (%s): the clock of this machine is wrong; set it", name,
			endpoint, code)
	case "NoSuchBucket":
		return say("there is no bucket %q at %s: create it, or correct blobs: in kheo.yaml", name, endpoint)
	case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException",
		"TemporaryRedirect", "MovedPermanently", "301":
		return say("the bucket %q at %s is in another region (%s): correct region= in blobs: of kheo.yaml", name,
			endpoint, code)
	}
	switch text := err.Error(); {
	case strings.Contains(text, "credentials") || strings.Contains(text, "IMDS"):
		return say("there is no key for the bucket %q at %s: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", name,
			endpoint)
	case strings.Contains(text, "egion") && code == "":
		return say("the bucket %q at %s needs a region: add region= to blobs: in kheo.yaml", name, endpoint)
	case unreached(err):
		return say("the bucket %q at %s cannot be reached (%s): check the network, and endpoint= in blobs: of kheo.yaml", name, endpoint, root(err))
	}
	return err
}
