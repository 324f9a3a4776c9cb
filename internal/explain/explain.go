// Package explain turns errors of PostgreSQL and of buckets into one sentence for an operator: what failed, where,
// and what to check. Errors that it does not know stay as they are.
//
// [Postgres] and [Bucket] are called where a connection is opened or used, so that every command and the log say the
// same. The error of the library remains the cause, for errors.As and for logs.
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

// explained is such a sentence. The error of the library is its cause, for errors.As and logs, and not part of the
// text.
type explained struct {
	text  string
	cause error
}

// Error returns the sentence.
func (e *explained) Error() string { return e.text }

// Unwrap returns the error of the library.
func (e *explained) Unwrap() error { return e.cause }

// Postgres explains why PostgreSQL cannot be used. The cases are those of a new installation: a wrong password,
// database or address, missing rights, too many connections. Codes are SQLSTATE (PostgreSQL manual, appendix A).
func Postgres(conf *pgx.ConnConfig, err error) error {
	at := fmt.Sprintf("PostgreSQL at %s", net.JoinHostPort(conf.Host, fmt.Sprint(conf.Port)))
	if strings.HasPrefix(conf.Host, "/") { // the folder of a socket
		at = "PostgreSQL at " + conf.Host
	}
	var said *pgconn.PgError
	switch {
	case errors.As(err, &said):
		switch said.Code {
		case "28P01", "28000": // invalid_password, invalid_authorization_specification
			return explain(err, "%s refuses the sign-in of %q: check user and password (store: in kheo.yaml, "+
				"PGPASSWORD, "+
				"~/.pgpass) and pg_hba.conf", at, conf.User)
		case "3D000": // invalid_catalog_name
			return explain(err, "%s has no database %q: create it (createdb %s), or correct store: in kheo.yaml", at,
				conf.Database, conf.Database)
		case "53300", "57P03": // too_many_connections, cannot_connect_now
			return &explained{fmt.Sprintf("%s takes no connections now (%s): try again, or raise max_connections",
				at, said.Message), err}
		case "42501": // insufficient_privilege
			return explain(err, "%s does not let %q use the database %q (%s): grant it the right to connect and "+
				"to create "+
				"tables", at, conf.User, conf.Database, said.Message)
		}
		return &explained{fmt.Sprintf("%s: %s (%s)", at, said.Message, said.Code), err}
	case strings.Contains(err.Error(), "tls") || strings.Contains(err.Error(), "x509"):
		return explain(err, "%s cannot be reached over TLS: check its certificate and sslmode= in store: of "+
			"kheo.yaml", at)
	case unreached(err):
		return explain(err, "%s cannot be reached (%s): check that it runs, and host and port in store: of "+
			"kheo.yaml", at,
			root(err))
	}
	return err
}

// explain returns an error with its explanation.
func explain(cause error, format string, args ...any) error {
	return &explained{fmt.Sprintf(format, args...), cause}
}

// unreached reports whether the other side could not be reached over the network in time.
func unreached(err error) bool {
	return errors.As(err, new(net.Error)) || errors.As(err, new(*net.OpError)) ||
		errors.As(err, new(*net.DNSError)) || errors.Is(err, context.DeadlineExceeded)
}

// root returns the innermost error of the network, without the addresses around it.
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

// Bucket explains why the bucket at an address (s3://…) cannot be used. Codes are those of the Amazon S3 API, which
// other object stores return too. An error that is explained already, and nil, are returned as they are.
func Bucket(address string, err error) error {
	if err == nil || errors.As(err, new(*explained)) {
		return err
	}
	// The address may hold a key, so messages name only the bucket and the endpoint.
	name, endpoint := address, "its endpoint"
	if u, e := url.Parse(address); e == nil {
		name = u.Host
		if at := u.Query().Get("endpoint"); at != "" {
			endpoint = at
		}
	}
	say := func(format string, args ...any) error { return explain(err, format, args...) }
	var said interface{ ErrorCode() string }
	code := ""
	if errors.As(err, &said) {
		code = said.ErrorCode()
	}
	switch code {
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "Forbidden", "ExpiredToken", "InvalidToken",
		"403":
		return say("access to the bucket %q at %s is denied (%s): check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "+
			"and that this key may read, write, list and delete there", name, endpoint, code)
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
	// Errors that are raised before a request is sent have no code, only a text.
	switch text := err.Error(); {
	case strings.Contains(text, "credentials") || strings.Contains(text, "IMDS"):
		return say("there is no key for the bucket %q at %s: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", name,
			endpoint)
	case strings.Contains(text, "egion") && code == "":
		return say("the bucket %q at %s needs a region: add region= to blobs: in kheo.yaml", name, endpoint)
	case unreached(err):
		return say("the bucket %q at %s cannot be reached (%s): check the network, and endpoint= in blobs: of "+
			"kheo.yaml",
			name, endpoint, root(err))
	}
	return err
}
