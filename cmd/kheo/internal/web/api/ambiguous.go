package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"kheo/cmd/kheo/internal/web/page"
)

// A request that says two things is refused, because what is checked and what is done could be different ones of
// them: a key of JSON that occurs twice, also in other case, and a parameter of the query that occurs twice. Keys are
// written as the description has them.
func init() {
	huma.ValidateStrictCasing = true // it would check one spelling of a key, and json.Unmarshal may take another
}

// unambiguous returns the formats of huma, where JSON in which a key occurs twice is a mistake.
func unambiguous(formats map[string]huma.Format) map[string]huma.Format {
	out := maps.Clone(formats)
	for name, f := range out {
		f.Unmarshal = func(data []byte, v any) error {
			if err := onceEach(json.NewDecoder(bytes.NewReader(data))); err != nil {
				return err
			}
			return json.Unmarshal(data, v)
		}
		out[name] = f
	}
	return out
}

// onceEach returns an error if an object has a key twice. What is no JSON at all is left to json.Unmarshal.
func onceEach(d *json.Decoder) error {
	type open struct { // an object or list that is not closed yet
		keys  map[string]bool // nil for a list
		value bool            // a value follows, and no key
	}
	var within []open
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return nil // json.Unmarshal says what is wrong, and where
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			within = within[:len(within)-1]
			continue
		}
		if n := len(within) - 1; n >= 0 && within[n].keys != nil {
			at := &within[n]
			if at.value = !at.value; at.value {
				key := token.(string)
				if at.keys[key] {
					return fmt.Errorf("the key %q occurs twice", page.UpTo(key, 100))
				}
				at.keys[key] = true
				continue
			}
		}
		switch token {
		case json.Delim('{'):
			within = append(within, open{keys: map[string]bool{}})
		case json.Delim('['):
			within = append(within, open{})
		}
	}
}

// onceAsked returns an error if the query has a parameter twice: huma takes the first, and others the last.
func onceAsked(query url.Values) error {
	for _, key := range slices.Sorted(maps.Keys(query)) {
		if len(query[key]) > 1 {
			return page.Refuse(http.StatusUnprocessableEntity, "error.parameter-twice", page.UpTo(key, 100))
		}
	}
	return nil
}
