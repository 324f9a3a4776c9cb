package papers

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kheo/internal/texts"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/publish/paper"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// certified is an entry of a closed list that gets a certificate.
type certified struct {
	number  int // of the certificate, in the campaign
	entry   review.ClosedEntry
	nominee string
}

// Certificates returns the orders of the certificates of a closed list, or of all closed lists if ruleset is "": one
// for each entry that was recognised, by number. Forgotten dossiers have none, nor have entries with an objection that
// is open or was upheld.
//
// Numbers count the recognised entries of all closed lists, in the order in which the lists were closed. Since neither
// a closed list nor the order changes, a number belongs to its entry for ever, whichever certificates are made.
func Certificates(ctx context.Context, w *workspace.Workspace, ruleset string) ([]Order, error) {
	var out []Order
	var lists []review.ClosedList
	if err := w.Review().View(ctx, func(st *review.State) error {
		for _, c := range st.Closed {
			lists = append(lists, c)
		}
		slices.SortFunc(lists, func(a, b review.ClosedList) int { return cmp.Compare(a.Seq, b.Seq) })
		number := 0
		for _, c := range lists {
			for _, e := range c.Entries() {
				if e.Decision != review.Recognised {
					continue
				}
				if number++; ruleset != "" && c.Ruleset != ruleset || !review.DecisionHolds(st, c.Ruleset, e.Dossier) {
					continue
				}
				out = append(out, Order{Kind: paper.Certificate, Ruleset: c.Ruleset, Unit: e.Unit, Dossier: e.Dossier,
					certified: &certified{number: number, entry: e}})
			}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	return out, addNominees(ctx, w, lists, out)
}

// addNominees adds to certificates the nominees, which only the lists of the runs have. A list that is not kept any
// more has none.
func addNominees(ctx context.Context, w *workspace.Workspace, lists []review.ClosedList, orders []Order) error {
	for _, c := range lists {
		if !slices.ContainsFunc(orders, func(o Order) bool { return o.Ruleset == c.Ruleset }) {
			continue
		}
		names, err := editions.Nominees(ctx, w, c.Run, c.Ruleset)
		if err != nil {
			return err
		}
		for i := range orders {
			if orders[i].Ruleset == c.Ruleset {
				orders[i].certified.nominee = names[orders[i].Dossier]
			}
		}
	}
	return nil
}

// Number returns the number of a certificate as it is printed; "" if kheo.yaml has no pattern, and for other papers.
func (o *Order) Number(w *workspace.Workspace) string {
	if o.certified == nil {
		return ""
	}
	return strings.ReplaceAll(w.Campaign().Papers.Certificates.Number, "{n}", strconv.Itoa(o.certified.number))
}

// Recipient returns who gets a certificate: the nominee; of a dossier without one whose title says who is recognised
// (to_title: of kheo.yaml) the title; of any other the unit or, without a unit, the title.
func (o *Order) Recipient(w *workspace.Workspace) string {
	if o.certified == nil {
		return ""
	}
	unit := o.Unit
	if u := w.Campaign().Env.UnitByID(o.Unit); u != nil {
		unit = u.Name
	}
	toTitle := w.Campaign().Papers.Certificates.ToTitle
	if rs := rulesetByID(w, o.Ruleset); rs != nil && slices.Contains(toTitle, rs.Kind) {
		unit = ""
	}
	return cmp.Or(o.certified.nominee, unit, o.certified.entry.Title, o.Unit)
}

// About returns what a certificate is for: the title of the dossier, or "" if the recipient says it.
func (o *Order) About(w *workspace.Workspace) string {
	if o.certified == nil || o.certified.entry.Title == o.Recipient(w) {
		return ""
	}
	return o.certified.entry.Title
}

// CertificateBlanks returns the keys of papers: in kheo.yaml without which certificates have gaps.
func CertificateBlanks(w *workspace.Workspace, orders []Order, lang string) (out []string) {
	for _, key := range Blanks(w, lang) {
		if key != "to" && key != "symbol" && key != "decides" { // which certificates do not have
			out = append(out, key)
		}
	}
	c := w.Campaign().Papers.Certificates
	if c.Number == "" {
		out = append(out, "certificates: number")
	}
	for _, o := range orders {
		if o.Kind != paper.Certificate {
			continue
		}
		d := c.Decisions[o.Ruleset]
		for _, x := range []struct{ key, value string }{{"number", d.Number}, {"on", d.On}} {
			key := fmt.Sprintf("certificates: decisions: %s: %s", o.Ruleset, x.key)
			if x.value == "" && !slices.Contains(out, key) {
				out = append(out, key)
			}
		}
	}
	return out
}

// certificate fills in what a certificate says.
func (m *paperMaker) certificate(ctx context.Context, d *paper.Data) error {
	o := m.order
	if o.certified == nil {
		all, err := Certificates(ctx, m.Workspace, o.Ruleset)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(x Order) bool { return x.Dossier == o.Dossier })
		if i < 0 {
			return fmt.Errorf("there is no certificate for %q: the list of %s must be closed, the dossier recognised "+
				"on it, and no "+
				"objection open or upheld", o.Dossier, o.Ruleset)
		}
		o.certified, o.Unit = all[i].certified, all[i].Unit
	}
	e := o.certified.entry
	decision := m.Campaign().Papers.Certificates.Decisions[o.Ruleset]
	c := paper.Certified{Number: o.Number(m.Workspace), Recipient: o.Recipient(m.Workspace), For: o.About(m.Workspace),
		Decision: decision.Number,
		Award: publish.AwardText(&publish.Entry{Given: publish.Given{Award: e.Award, Granted: e.Granted,
			Place: e.Place}}, m.lang)}
	if u := m.Campaign().Env.UnitByID(o.Unit); u != nil && c.Recipient != u.Name {
		c.Unit = u.Name
	}
	if on, err := time.Parse(time.DateOnly, decision.On); err == nil {
		c.DecidedOn = texts.Letter(m.lang, on)
	}
	c.List = o.Ruleset
	if rs := rulesetByID(m.Workspace, o.Ruleset); rs != nil {
		c.List = rs.Title.In(m.lang, "en", "vi")
	}
	d.Certificate, d.NumberLine = c, "" // the number is that of the certificate
	return nil
}
