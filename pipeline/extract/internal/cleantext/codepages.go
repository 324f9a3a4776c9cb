package cleantext

import (
	"io"
	"regexp"
	"strings"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
)

// dosPages are the code pages of MS-DOS by their numbers. The WHATWG Encoding Standard has only one of them.
var dosPages = map[string]encoding.Encoding{"437": charmap.CodePage437, "850": charmap.CodePage850,
	"852": charmap.CodePage852, "855": charmap.CodePage855, "858": charmap.CodePage858, "860": charmap.CodePage860,
	"862": charmap.CodePage862, "863": charmap.CodePage863, "865": charmap.CodePage865, "866": charmap.CodePage866}

// dosLabel matches the names of code pages: cp865, IBM-865, x-cp865, cp00858, dos-850, 865.
var dosLabel = regexp.MustCompile(`^(?:x-?|cs)?(?:cp|ibm|dos|pc|ccsid|oem|codepage|code-page)?[-_ ]?0*(\d{3})$`)

// Encoding returns the decoder of text in the encoding that a label declares, and its name. Labels are those of the
// WHATWG Encoding Standard, code pages of MS-DOS, and the Vietnamese VISCII and TCVN 5712. known is true for a label
// that IANA knows and kheo cannot decode; d is then nil, as for labels that mean nothing.
func Encoding(label string) (d func([]byte) (string, bool), name string, known bool) {
	label = strings.ToLower(strings.Trim(label, " \t\r\n\"'"))
	if e, name := charset.Lookup(label); e != nil {
		return decoder(e), name, true
	}
	if m := dosLabel.FindStringSubmatch(label); m != nil && dosPages[m[1]] != nil {
		return decoder(dosPages[m[1]]), "cp" + m[1], true
	}
	switch {
	case label == "viscii" || label == "viscii1.1-1" || label == "csviscii" || label == "x-viscii":
		return fromVISCII, "viscii", true
	case strings.HasPrefix(strings.TrimPrefix(label, "x-viet-"), "tcvn"):
		return fromTCVN, "tcvn5712", true
	case label == "x-viet-vni" || label == "vni" || label == "x-viet-vps" || label == "x-viet-viscii":
		return nil, "", true
	}
	e, err := ianaindex.IANA.Encoding(label)
	if err != nil {
		return nil, "", false
	}
	if e == nil {
		return nil, "", true
	}
	return decoder(e), label, true
}

// decoder decodes by an encoding; ok is false if nothing could be decoded.
func decoder(e encoding.Encoding) func([]byte) (string, bool) {
	return func(data []byte) (string, bool) {
		b, err := e.NewDecoder().Bytes(data)
		return string(b), err == nil || len(b) > 0
	}
}

// viscii are the letters of VISCII (RFC 1456) at the codes from 0x80 on; visciiLow are those among the control codes.
var (
	viscii = []rune("ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫ" +
		"èéêẻìíĩỉđựòóôõỏọụùúũủýợỮ")
	visciiLow = map[byte]rune{0x02: 'Ẳ', 0x05: 'Ẵ', 0x06: 'Ẫ', 0x14: 'Ỷ', 0x19: 'Ỹ', 0x1e: 'Ỵ'}
)

// fromVISCII decodes VISCII.
func fromVISCII(data []byte) (string, bool) {
	var b strings.Builder
	for _, c := range data {
		switch r, low := visciiLow[c]; {
		case low:
			b.WriteRune(r)
		case c >= 0x80:
			b.WriteRune(viscii[c-0x80])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), true
}

// fromTCVN decodes the third code set of TCVN 5712, which is what files that declare TCVN have.
func fromTCVN(data []byte) (string, bool) {
	s, err := charmap.Windows1252.NewDecoder().Bytes(data)
	return tcvn3.convert(string(s)), err == nil
}

// CharsetReader decodes text in the encoding with a label, as XML declares it.
func CharsetReader(label string, in io.Reader) (io.Reader, error) {
	if e, _ := charset.Lookup(label); e == nil {
		if m := dosLabel.FindStringSubmatch(strings.ToLower(label)); m != nil && dosPages[m[1]] != nil {
			return dosPages[m[1]].NewDecoder().Reader(in), nil
		}
	}
	return charset.NewReaderLabel(label, in)
}
