package dossier_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"kheo/internal/dossier"
)

// The record store keeps these types as JSON, and cache keys are hashes of it: a changed key or
// order would lose records of old workspaces or recompute all of them. The bytes and hashes are
// those of the version in which each type was still declared by the package that makes it.
func TestEncodingsOfRecordsNeverChange(t *testing.T) {
	for _, c := range []struct {
		value      any
		json, hash string
		lossy      bool // fields that JSON leaves out are kept in other columns
	}{
		{dossier.Identity{Kind: "model", Title: "Tiếng kẻng", Unit: "dai-hiep", Level: "grassroots", Field: "economy", Nominee: "A",
			RegisteredOn: "2024-02-14", Proven: "2024-02", Flags: []dossier.Flag{{Code: "tie", Message: dossier.Text{"vi": "x"}}}},
			`{"Kind":"model","Title":"Tiếng kẻng","Unit":"dai-hiep","Level":"grassroots","Field":"economy","Nominee":"A",` +
				`"RegisteredOn":"2024-02-14","Proven":"2024-02","Flags":[{"code":"tie","message":{"vi":"x"}}]}`,
			"38ca202637d997197635058cf5ee0b1619367f2a30cdfcdf08e82685f022a751", false},
		{dossier.Identity{}, `{"Kind":"","Title":"","Unit":"","Level":"","Field":"","Nominee":"","RegisteredOn":"","Proven":"","Flags":null}`,
			"a1792d3714165f70cb07860e5594f886ca1e48bdce308261ed5fa6b18d5446d1", false},
		{dossier.Reading{Type: "application/pdf", Pages: []dossier.Page{{Number: 1, Text: "a"}}, Error: "damaged", Detail: "d", Flags: []string{"f"},
			Parts: []dossier.Part{{Name: "p", SHA256: "00", Size: 3, Problem: "empty", Detail: "e"}}, Scans: []int{1}},
			`{"type":"application/pdf","pages":[{"page":1,"text":"a","language":"","quality":0,"reader":""}],"error":"damaged","detail":"d",` +
				`"flags":["f"],"parts":[{"name":"p","sha256":"00","size":3,"problem":"empty","detail":"e"}],"scans":[1]}`,
			"43a227e53cb5fb3907b39f639b436f97e8af89bd0f7b42a5654bda856a3f3f27", false},
		{dossier.Reading{}, `{"type":"","pages":null}`, "6023eb00343d6137e0c1c490b75d4a4e56a174bd071b45f63b80764759ffe9b6", false},
		{dossier.Part{}, `{"name":"","size":0}`, "8f85efdea7f4eaec0e0b762adb636b438aff1940cef52147e500f956f83e4595", false},
		{dossier.OCRPage{Text: "a", Quality: .5, Turn: 1, Scale: 2.5, Skew: -.1, Words: []dossier.OCRWord{{Text: "a", X: 1, Y: 2, W: 3, H: 4, Confidence: 96.5}}, Error: "e"},
			`{"text":"a","quality":0.5,"turn":1,"scale":2.5,"skew":-0.1,"words":[{"t":"a","x":1,"y":2,"w":3,"h":4,"c":96.5}],"error":"e"}`,
			"abec09e34bbd4558e75f58d560c6c3f62acf692ea36f991d95d549c8f874e55c", false},
		{dossier.OCRPage{}, `{"text":"","quality":0,"turn":0,"scale":0,"skew":0,"words":null}`,
			"2c6d138cfac8553cda6a536a42cf3fd9ed6f251fa4870794524264f5462a6747", false},
		{dossier.IndexEntry{Dossier: &dossier.Dossier{ID: "a"}, Key: "k", Title: "t", Nominee: "n", Unit: "u", Level: "l", Field: "f", Kind: "model", Ruleset: "r",
			Outcome: "o", Flags: []string{"x"}, Points: 1.5, Registered: "2024-01-02", Facts: map[string]float64{"b": 2, "a": 1}},
			`{"title":"t","nominee":"n","unit":"u","level":"l","field":"f","kind":"model","ruleset":"r","outcome":"o","flags":["x"],"points":1.5,` +
				`"registered":"2024-01-02","facts":{"a":1,"b":2}}`,
			"aefde107236cf7c4c6df9ebb0436d3f177e5bf17ee3f318dee46d606f1bed044", true},
		{dossier.IndexEntry{}, `{"title":"","points":0}`, "634d39c3a464ab6672fcae787a117bcdb4377dbcd48766c4fb1e65290b2a8679", false},
		{dossier.Sketch{1, 2, 300, 70000, 4294967295}, `"AQGqAsSgBI/d+/8P"`, "f9b1ccff0fafcbf2583b9cce7c289b4f3e5d097b58c2959890342fb2cc4cd1fc", false},
		{dossier.Sketch{}, `""`, "12ae32cb1ec02d01eda3581b127c1fee3b0dc53572ed6baf239721a03d82e126", false},
		{dossier.TextProfile{Dossier: "a", Title: "t", Unit: "u", Registered: "2024", Past: "p", Sketch: dossier.Sketch{7}},
			`{"dossier":"a","title":"t","unit":"u","registered":"2024","sketch":"Bw=="}`,
			"6cfd0645782ee3daf595be6a839feb69536fede5e915c9211a0bc204a8293319", true},
	} {
		b, err := json.Marshal(c.value)
		if err != nil || string(b) != c.json {
			t.Errorf("%T is written as %s (%v), want %s", c.value, b, err, c.json)
		}
		if got := dossier.HashOf(c.value); got != c.hash {
			t.Errorf("the hash of %+v is %s, want %s", c.value, got, c.hash)
		}
		back := reflect.New(reflect.TypeOf(c.value))
		if err := json.Unmarshal(b, back.Interface()); err != nil {
			t.Errorf("%T: %v", c.value, err)
		} else if !c.lossy && !reflect.DeepEqual(back.Elem().Interface(), c.value) {
			t.Errorf("%+v is read back as %+v", c.value, back.Elem().Interface())
		}
	}
}
