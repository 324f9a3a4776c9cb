package letter

import (
	"bytes"
	"mime"
	"regexp"
	"strings"
)

// fields is a header: values by names in lower case, the first of each name.
type fields map[string]string

// fieldName matches the name of a header field at the beginning of a line, as mail programs accept it.
var fieldName = regexp.MustCompile(`^([!-9;-~]+)[ \t]*:`)

// header divides an entity into its header and its body. A line that is not a field is skipped if fields follow it;
// otherwise the body begins with it.
func header(data []byte) (fields, []byte) {
	h := fields{}
	name := ""
	for n := 0; len(data) > 0 && n < maxLines; n++ {
		line, rest := cutLine(data)
		if len(bytes.TrimSpace(line)) == 0 && (len(line) == 0 || !goesOn(rest)) {
			return h, rest
		}
		m := fieldName.FindSubmatch(line)
		switch {
		case line[0] == ' ' || line[0] == '\t':
			if name != "" {
				h[name] += " " + strings.TrimSpace(string(line))
			}
		case m != nil:
			name = strings.ToLower(string(m[1]))
			if _, twice := h[name]; twice {
				name = "" // also its continuations
			} else {
				h[name] = strings.TrimSpace(string(line[len(m[0]):]))
			}
		// A line that is no field and has none behind it is the first of a body whose empty line is missing.
		case !fieldsFollow(rest):
			return h, data
		default:
			name = ""
		}
		data = rest
	}
	return h, data
}

// cutLine returns the first line without its end, and what follows it.
func cutLine(data []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(data, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest
}

// goesOn reports whether a header goes on after a line that is only space.
func goesOn(data []byte) bool {
	line, _ := cutLine(data)
	return len(line) > 0 && (fieldName.Match(line) || line[0] == ' ' || line[0] == '\t') && fieldsFollow(data)
}

// fieldsFollow reports whether one of the next lines up to an empty one is a header field.
func fieldsFollow(data []byte) bool {
	for range 5 {
		var line []byte
		line, data = cutLine(data)
		if len(line) == 0 {
			return false
		}
		if m := fieldName.FindSubmatch(line); m != nil && !bytes.Equal(m[1], []byte("http")) &&
			!bytes.Equal(m[1], []byte("https")) {
			return true
		}
	}
	return false
}

// reader divides a letter into parts.
type reader struct {
	letter *Letter
	parts  int
}

// part reads an entity.
func (r *reader) part(h fields, body []byte, depth int, usual string) *Part {
	typ, params := mediaType(h["content-type"])
	if typ == "" {
		typ = usual
	}
	disposition, file := mediaType(h["content-disposition"])
	p := &Part{Type: typ, Charset: params["charset"], Attached: disposition == "attachment"}
	if p.Name = Words(file["filename"]); p.Name == "" {
		p.Name = Words(params["name"])
	}
	if strings.HasPrefix(typ, "multipart/") && depth < maxDepth {
		if parts, ok := r.multipart(typ, params["boundary"], body, depth); ok {
			p.Parts = parts
			return p
		}
		p.Type = "text/plain"
	}
	p.Body = decode(h["content-transfer-encoding"], body)
	return p
}

// multipart divides the body of a multipart. ok is false if it has no part.
func (r *reader) multipart(typ, boundary string, body []byte, depth int) (parts []*Part, ok bool) {
	if boundary == "" {
		boundary = guessBoundary(body)
	}
	if boundary == "" {
		return nil, false
	}
	usual := "text/plain"
	if typ == "multipart/digest" {
		usual = "message/rfc822"
	}
	begun, ended := -1, false
	add := func(end int) {
		if begun < 0 {
			return
		}
		if r.parts++; r.parts > maxParts {
			r.letter.CutOff = true
			return
		}
		content := body[begun:max(begun, end)]
		content = bytes.TrimSuffix(bytes.TrimSuffix(content, []byte("\n")), []byte("\r"))
		h, inner := header(content)
		parts = append(parts, r.part(h, inner, depth+1, usual))
	}
	mark := []byte("--" + boundary)
	for at := 0; at < len(body); {
		line, rest := cutLine(body[at:])
		next := len(body) - len(rest)
		if after, found := bytes.CutPrefix(line, mark); found {
			switch after = bytes.TrimRight(after, " \t"); {
			case len(after) == 0:
				add(at)
				begun = next
			case bytes.Equal(after, []byte("--")):
				add(at)
				begun, ended = -1, true
			}
		}
		at = next
		if r.parts > maxParts {
			break
		}
	}
	if begun >= 0 {
		add(len(body))
		// The last part of the letter has no closing boundary: the letter may have been cut off on its way or by its
		// export.
		r.letter.CutOff = r.letter.CutOff || !ended && depth == 0
	}
	return parts, len(parts) > 0
}

// guessBoundary returns the boundary of a multipart that does not state it: its first line that begins with two hyphens
// and comes again.
func guessBoundary(body []byte) string {
	for rest, n := body, 0; len(rest) > 0 && n < 200; n++ {
		var line []byte
		line, rest = cutLine(rest)
		if after, ok := bytes.CutPrefix(line, []byte("--")); ok && len(after) > 3 && len(after) < 100 &&
			bytes.Contains(rest, append([]byte("\n"), line...)) {
			return string(after)
		}
	}
	return ""
}

// param matches a parameter of a field whose value cannot be parsed as the standard has it.
var param = regexp.MustCompile(`(?i)[;\s]([a-z*0-9-]+)\s*=\s*(?:"([^"]*)"?|([^\s;]+))`)

// mediaType divides a field into its value, in lower case, and its parameters.
func mediaType(v string) (typ string, params map[string]string) {
	if v == "" {
		return "", nil
	}
	typ, params, err := mime.ParseMediaType(v)
	if err == nil && (strings.Contains(typ, "/") || !strings.Contains(v, "/")) {
		return typ, params
	}
	typ, _, _ = strings.Cut(v, ";")
	typ = strings.ToLower(strings.Trim(strings.TrimSpace(typ), `"'`))
	if first, _, ok := strings.Cut(typ, " "); ok {
		typ = first
	}
	params = map[string]string{}
	for _, m := range param.FindAllStringSubmatch(v, 50) {
		name := strings.ToLower(strings.TrimSuffix(m[1], "*"))
		if _, twice := params[name]; !twice {
			params[name] = m[2] + m[3]
		}
	}
	if typ == "text" {
		typ = "text/plain"
	}
	return typ, params
}
