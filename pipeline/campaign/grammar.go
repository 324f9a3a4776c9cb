package campaign

import (
	"slices"
	"strings"

	"kheo/internal/grammar"
	"kheo/internal/text/language"
	"kheo/pipeline/publish/paper"
	"kheo/rules"
)

//go:generate go test -run ^TestReferencePagesAreCurrent$ ../../docs -update

// This file is the grammar of kheo.yaml: every key, once, with its form, default, example and documentation. The
// loader takes from it which keys are allowed and which are required, and Reference generates the reference page.
// The defaults here are documentation: the method that reads a group sets them. Texts under Doc have no full stop.

// Forms of values that several keys share.
var (
	textValue    = grammar.Value{Form: grammar.Text}
	textsValue   = grammar.Value{Form: grammar.Text, List: true, Single: true}
	titleValue   = grammar.Value{Form: grammar.Title}
	phrasesValue = grammar.Value{Form: grammar.Phrases}
	boolValue    = grammar.Value{Form: grammar.Bool}
)

// oneWord is one word out of a list.
func oneWord(words ...string) grammar.Value { return grammar.Value{Form: grammar.Word, Words: words} }

// object is a mapping with the keys of a group.
func object(of *grammar.Group) grammar.Value {
	return grammar.Value{Form: grammar.Object, Of: of}
}

// listOf is a list of such mappings.
func listOf(of *grammar.Group) grammar.Value {
	return grammar.Value{Form: grammar.Object, Of: of, List: true}
}

// named is a mapping whose keys the campaign chooses, each with a value of the given form.
func named(each grammar.Value) grammar.Value {
	return grammar.Value{Form: grammar.Names, Each: &each}
}

// whole is a whole number from min to max.
func whole(min, max float64) grammar.Value {
	return grammar.Value{Form: grammar.Number, Min: &min, Max: &max, Whole: true}
}

// titledGrammar is a level or a field. Without a title the id alone may be written.
var titledGrammar = &grammar.Group{Name: "titled", A: "a level or field", The: "the level or field",
	Doc: "A level or field; without a title, the id alone may be written",
	Keys: []grammar.Key{
		{Name: "id", Value: textValue, Required: true, Example: "north", Doc: "its name in lists and rulesets"},
		{Name: "title", Value: titleValue, Example: "{ en: Economy }", Doc: "its title for readers"},
	}}

// unitGrammar is one entry of units:.
var unitGrammar = &grammar.Group{Name: "unit", A: "a unit", The: "the unit",
	Doc: "A unit is an organisation that submits dossiers",
	Keys: []grammar.Key{
		{Name: "id", Value: textValue, Required: true, Example: "north", Doc: "its name in lists"},
		{Name: "name", Value: textValue, Required: true, Example: "North commune",
			Doc: "its name as documents write it; no two units may have the same"},
		{Name: "kind", Value: textValue, Example: "commune", Doc: "its kind, for conditions and quotas"},
		{Name: "attributes", Value: named(grammar.Value{Form: grammar.Scalar}), Example: "{ steering_committee: true }",
			Doc: "what conditions may read as unit.NAME"},
		{Name: "parent", Value: textValue, Example: "district", Doc: "the id of the unit that it belongs to"},
		{Name: "mail", Value: textsValue, Example: "office@north.example.org",
			Doc: "the addresses from which it sends letters to the mailbox, and to which its receipts and reminders go"},
	}}

// kindGrammar is one entry of kinds:.
var kindGrammar = &grammar.Group{Name: "kind", A: "a kind", The: "a kind", Doc: "A kind of dossier",
	Keys: []grammar.Key{
		{Name: "id", Value: textValue, Required: true, Example: "north", Doc: "its name in rulesets"},
		{Name: "title", Value: titleValue, Example: "{ en: Model }", Doc: "its title for readers"},
		{Name: "looks_like", Value: phrasesValue, Example: "{ en: [Registration of a model] }",
			Doc: "headings by which a dossier without dossier.yaml is recognised"},
	}}

// labelsGrammar is labels:. Its keys are those of rules.IdentityKeys.
var labelsGrammar = &grammar.Group{Name: "labels", A: "labels", The: "labels",
	Doc:  "The labels that forms print for the identity of a dossier; read if dossier.yaml does not state it",
	Keys: labelKeys()}

// labelKeys returns one key for each part of a dossier's identity.
func labelKeys() []grammar.Key {
	var out []grammar.Key
	for _, k := range rules.IdentityKeys {
		doc := "labels of the " + strings.ReplaceAll(k, "_", " ")
		if k == "registered_on" {
			doc = "labels of the date of registration"
		}
		out = append(out, grammar.Key{Name: k, Value: phrasesValue, Example: "{ en: [Registered on] }", Doc: doc})
	}
	return out
}

// exchangeGrammar is exchange:.
var exchangeGrammar = &grammar.Group{Name: "exchange", A: "exchange", The: "exchange",
	Doc: "The rates of one day, by which amounts of money are converted into the currency of their fact",
	Keys: []grammar.Key{
		{Name: "on", Value: textValue, Required: true, Example: "2026-06-30",
			Doc: "the day of the rates, named in reasons"},
		{Name: "to", Value: textValue, Required: true, Example: "NOK",
			Doc: "the currency in which the rates are, by its ISO 4217 code"},
		{Name: "rates", Value: named(grammar.Value{Form: grammar.Number, Min: grammar.Bound(0), Above: true}),
			Required: true, Example: "{ EUR: 11.45, USD: 10.10 }",
			Doc: "what one unit of each currency is worth in that one"},
	}}

// scheduleGrammar is schedule:. Jobs are its keys, except the deadline.
var scheduleGrammar = &grammar.Group{Name: "schedule", A: "schedule", The: "schedule",
	Doc: "When kheo serve runs its jobs: minute, hour, day, month and weekday, as in cron, in the timezone of the " +
		"campaign",
	Keys: []grammar.Key{
		{Name: "intake", Value: textValue, Example: `"*/10 * * * *"`, Doc: "ingests and reads the entries of inbox/"},
		{Name: "nightly", Value: textValue, Example: `"0 2 * * *"`, Doc: "does a full run"},
		{Name: "digest", Value: textValue, Example: `"0 7 * * 1-5"`,
			Doc: "writes and sends the digest of what needs a person"},
		{Name: "backup", Value: textValue, Example: `"30 4 * * *"`, Doc: "makes a backup"},
		{Name: "deadline", Value: textValue, Default: "12h", Example: "8h", Doc: "the longest time that a run " +
			"may take"},
	}}

// reviewGrammar is review:, with the rules of voting for all lists, and those for single lists under lists:.
var reviewGrammar = &grammar.Group{Name: "review", A: "review", The: "review", Doc: "How the committee decides",
	Keys: append(votingKeys(),
		grammar.Key{Name: "take", Value: boolValue, Default: "true", Example: "false",
			Doc: "evaluators may assign dossiers to themselves"},
		grammar.Key{Name: "blind", Value: grammar.Value{Form: grammar.Scalar}, Default: "false", Example: "true",
			Doc: "`true`: the scores and votes of others are hidden from a person who has not scored and voted. " +
				"`names`: the names of units and nominees are hidden too, from those who score and do not assign " +
				"work, until all lists are closed"},
		grammar.Key{Name: "lists", Value: named(object(votingGrammar)), Example: "{ models: { quorum: 1/2 } }",
			Doc: "rules for the list of one ruleset; they override those above"})}

// phasesGrammar is phases:.
var phasesGrammar = &grammar.Group{Name: "phases", A: "phases", The: "phases",
	Doc: "The dates of the season. Outside the dates of a phase what it is about is refused, and nothing that was " +
		"accepted is lost; a phase without dates refuses nothing",
	Keys: []grammar.Key{
		{Name: "registration", Value: object(phaseGrammar), Example: "{ until: 2024-03-31 }",
			Doc: "models are registered"},
		{Name: "submission", Value: object(phaseGrammar), Example: "{ from: 2024-10-01, until: 2024-11-30 }",
			Doc: "units hand in dossiers"},
		{Name: "completion", Value: object(phaseGrammar), Example: "{ until: 2024-12-05 17:00 }",
			Doc: "units add to dossiers; they may as long as dossiers are handed in, too"},
		{Name: "checking", Value: object(phaseGrammar), Example: "{ until: 2024-12-08 }",
			Doc: "evidence is checked and facts are corrected"},
		{Name: "scoring", Value: object(phaseGrammar), Example: "{ until: 2024-12-10 }", Doc: "panels score"},
		{Name: "meeting", Value: object(phaseGrammar), Example: "{ from: 2024-12-12 }",
			Doc: "the committee meets, votes and recognises; returning and deferring is not bound to it"},
		{Name: "publication", Value: object(phaseGrammar), Example: "{ from: 2024-12-20 }", Doc: "lists are closed"},
		{Name: "feed", Value: oneWord("closed", "open"), Default: "closed", Example: "open",
			Doc: "whether calendars may read these dates, and nothing else, without signing in"},
	}}

// phaseGrammar is one phase.
var phaseGrammar = &grammar.Group{Name: "phase", A: "phases", The: "phases",
	Doc: "Days, or days with a time, in the timezone of the campaign",
	Keys: []grammar.Key{
		{Name: "from", Value: textValue, Example: "2024-10-01", Doc: "the first day, or the moment from which on"},
		{Name: "until", Value: textValue, Example: "2024-11-30 17:00", Doc: "the last day, or the moment until which"},
	}}

// votingGrammar is one entry of review: lists:.
var votingGrammar = &grammar.Group{Name: "voting", A: "lists", The: "lists",
	Doc: "How votes on one list are counted", Keys: votingKeys()}

// votingKeys returns the keys that review: and each of its lists: have in common. It makes new ones each time,
// because reviewGrammar appends to them.
func votingKeys() []grammar.Key {
	return []grammar.Key{
		{Name: "quorum", Value: textValue, Default: "2/3", Example: "1/2",
			Doc: "the share of the members with a vote on an entry, without those recused, that must have voted, or a " +
				"sentence: more than 1/2 present, 7 members, at least 2/3 present with the chair"},
		{Name: "majority", Value: textValue, Default: "50%", Example: "at least 80% of all members",
			Doc: "the votes for that are needed: more than this share, or a sentence with at least or more than, and " +
				"of votes cast, of those present, of all members or of the whole committee (those recused included); " +
				"or a number: at least 7 votes"},
		{Name: "tie", Value: oneWord(TieRules...), Default: "chair", Example: "deferred",
			Doc: "what decides if the votes are equal; chairs-vote: the side for which the chair has voted"},
		{Name: "abstentions", Value: oneWord("not-counted", "counted"), Default: "not-counted", Example: "counted",
			Doc: "whether abstentions count as votes cast"},
		{Name: "ballot", Value: oneWord(BallotRules...), Default: BallotRules[0], Example: BallotRules[1],
			Doc: "whether the records tell who has voted how; with secret, ballots are counted apart from who has voted"},
		{Name: "absent", Value: oneWord(AbsentRules...), Default: AbsentRules[0], Example: AbsentInWriting,
			Doc: "what members may do who are not present at the recorded meeting"},
		{Name: "written_until", Value: textValue, Example: "2024-12-10",
			Doc: "with absent: in-writing, the last day of votes in writing, or a day and a time, in the timezone of " +
				"the " +
				"campaign; until then nothing is decided on which an absent member has not voted"},
		{Name: "objections", Value: grammar.Value{Form: grammar.Scalar}, Example: "10 days",
			Doc: "for how many days after the closing of a list units may object to the decisions on their dossiers; " +
				"if it is " +
				"missing, they may not"},
		{Name: "public", Value: oneWord(PublicRules...), Default: PublicRules[0], Example: PublicRules[1],
			Doc: "whether everybody sees at /results, without signing in, who was recognised on closed lists, and " +
				"what they get"},
	}
}

// papersGrammar is papers:.
var papersGrammar = &grammar.Group{Name: "papers", A: "papers", The: "papers",
	Doc: "Who issues the papers of the committee, and how they look",
	Keys: []grammar.Key{
		{Name: "layout", Value: oneWord(paper.Layouts...), Default: "plain", Example: "plain", Doc: "the layout " +
			"of the heading"},
		{Name: "superior", Value: titleValue, Example: "{ en: The district }",
			Doc: "the superior of the issuing body"},
		{Name: "body", Value: titleValue, Example: "{ en: The committee }",
			Doc: "the issuing body; the campaign's title if it is missing"},
		{Name: "state", Value: titleValue, Example: "{ vi: CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM }",
			Doc: "the name of the state, printed above the motto"},
		{Name: "motto", Value: titleValue, Example: "{ vi: Độc lập - Tự do - Hạnh phúc }", Doc: "the motto"},
		{Name: "place", Value: textValue, Example: "Ái Nghĩa", Doc: "the place in the date line"},
		{Name: "symbol", Value: textValue, Example: "TTr-BDV", Doc: "the symbol after the number of a paper"},
		{Name: "to", Value: titleValue, Example: "{ en: The council }", Doc: "who decides on the submission"},
		{Name: "signs", Value: titleValue, Example: "{ en: The chair }", Doc: "the office of the person who signs"},
		{Name: "decides", Value: titleValue, Example: "{ en: The council }",
			Doc: "who decides, as the text of the decision names them"},
		{Name: "tasks", Value: grammar.Value{Form: grammar.Title, List: true, Single: true},
			Example: "[ { en: Visit every model } ]",
			Doc:     "next year's tasks, for the report"},
		{Name: "names", Value: named(titleValue), Example: "{ commune: { en: communes } }",
			Doc: "names of kinds and attributes of units"},
		{Name: "certificates", Value: object(certificatesGrammar), Example: `{ number: "{n}/GCN-2024" }`,
			Doc: "what the certificates of those who were recognised bear"},
	}}

// certificatesGrammar is papers: certificates:.
var certificatesGrammar = &grammar.Group{Name: "certificates", A: "certificates", The: "certificates",
	Doc: "What certificates bear; what is missing stays blank on them",
	Keys: []grammar.Key{
		{Name: "number", Value: textValue, Example: `"{n}/GCN-2024"`,
			Doc: "their number, with {n} for the count of all " +
				"who were recognised in the campaign, in the order in which lists were closed"},
		{Name: "decisions", Value: named(object(decisionGrammar)),
			Example: "{ models: { number: 123/QĐ-UBND, on: 2024-12-20 } }",
			Doc:     "by ruleset, the decision by which the entries of its list were recognised"},
		{Name: "to_title", Value: textsValue, Default: "[collective, individual]", Example: "[choir, teacher]",
			Doc: "the kinds of dossiers whose title says who is recognised, and gets the certificate if there is no " +
				"nominee; of others the unit gets it"},
	}}

// decisionGrammar is one entry of papers: certificates: decisions:.
var decisionGrammar = &grammar.Group{Name: "decision", A: "a decision", The: "the decision",
	Doc: "A decision that was issued", Keys: []grammar.Key{
		{Name: "number", Value: textValue, Example: "123/QĐ-UBND", Doc: "its number"},
		{Name: "on", Value: textValue, Example: "2024-12-20", Doc: "its date"},
	}}

// registerGrammar is register:.
var registerGrammar = &grammar.Group{Name: "register", A: "register", The: "register",
	Doc: "The register of recognised models",
	Keys: []grammar.Key{
		{Name: "kinds", Value: textsValue, Default: "[model]", Example: "[model]",
			Doc: "the kinds of dossiers that are models"},
		{Name: "form", Value: textValue, Default: "form", Example: "form",
			Doc: "the name, in rulesets, of the paper that registers a model"},
		{Name: "inspect_after", Value: whole(1, 120), Default: "6", Example: "6",
			Doc: "months from recognition to the first inspection"},
		{Name: "inspect_every", Value: whole(1, 120), Default: "12", Example: "12", Doc: "months between inspections"},
	}}

// signInGrammar is sign_in:.
var signInGrammar = &grammar.Group{Name: "sign_in", A: "sign_in", The: "sign_in",
	Doc: "How people sign in to the pages",
	Keys: []grammar.Key{
		{Name: "passwords", Value: boolValue, Default: "true", Example: "false", Doc: "passwords may be used"},
		{Name: "second_factor", Value: oneWord("optional", "required"), Default: "optional", Example: "required",
			Doc: "whether everybody who signs in with a password must also give a code of an app"},
		{Name: "oidc", Value: object(oidcGrammar), Example: "{ issuer: … }", Doc: "an OpenID Connect provider"},
	},
	Rules: []grammar.Rule{{Key: "passwords", Is: "false", AnyOf: []string{"oidc"},
		Doc: "`passwords: false` needs `oidc`"}}}

// oidcGrammar is sign_in: oidc:.
var oidcGrammar = &grammar.Group{Name: "oidc", A: "oidc", The: "oidc", Doc: "Sign-in by OpenID Connect",
	Keys: []grammar.Key{
		{Name: "issuer", Value: textValue, Required: true, Example: "https://login.example.org",
			Doc: "the provider's URL"},
		{Name: "client_id", Value: textValue, Required: true, Example: "kheo", Doc: "the id of kheo at the provider"},
		{Name: "secret_file", Value: textValue, Example: "oidc-secret.txt",
			Doc: "a file with the client's secret; missing for a public client"},
		{Name: "claim", Value: oneWord("email", "preferred_username", "sub"), Default: "email", Example: "sub",
			Doc: "the claim that must equal a person's sign-in name"},
		{Name: "address", Value: textValue, Required: true, Example: "https://kheo.example.org",
			Doc: "the URL of the pages"},
		{Name: "name", Value: textValue, Example: "the county's sign-in", Doc: "the name of the provider on the " +
			"sign-in page"},
	}}

// mailGrammar is mail:.
var mailGrammar = &grammar.Group{Name: "mail", A: "mail", The: "mail", Doc: "How mail is sent",
	Keys: []grammar.Key{
		{Name: "server", Value: textValue, Required: true, Example: "smtp.example.org:587",
			Doc: "host and port of an SMTP server"},
		{Name: "from", Value: textValue, Required: true, Example: "kheo <kheo@example.org>", Doc: "the sender"},
		{Name: "user", Value: textValue, Example: "kheo", Doc: "the user at the server; needs password_file"},
		{Name: "password_file", Value: textValue, Example: "mail-password.txt", Doc: "a file with the user's password"},
		{Name: "tls", Value: oneWord("starttls", "tls", "none"), Default: "starttls", Example: "tls",
			Doc: "how the connection is encrypted"},
		{Name: "address", Value: textValue, Example: "https://kheo.example.org",
			Doc: "the URL of the pages, for links"},
		{Name: "operator", Value: textValue, Example: "operator@example.org",
			Doc: "the address that is informed of failed nights and backups"},
	},
	Rules: []grammar.Rule{{Key: "user", AnyOf: []string{"password_file"}, Doc: "`user` needs `password_file`"}}}

// mailboxGrammar is mailbox:.
var mailboxGrammar = &grammar.Group{Name: "mailbox", A: "mailbox", The: "mailbox",
	Doc: "A mailbox (IMAP) to which units send dossiers; see [by mail](by-mail.md)",
	Keys: []grammar.Key{
		{Name: "host", Value: textValue, Required: true, Example: "imap.example.org", Doc: "the server"},
		{Name: "port", Value: whole(1, 65535), Default: "993", Example: "143", Doc: "its port"},
		{Name: "tls", Value: oneWord("tls", "starttls", "none"), Default: "tls", Example: "starttls",
			Doc: "how the connection is encrypted; none only for a server on this machine"},
		{Name: "user", Value: textValue, Required: true, Example: "dossiers@example.org",
			Doc: "the user at the server"},
		{Name: "password_file", Value: textValue, Required: true, Example: "mailbox-password.txt",
			Doc: "a file with the user's password"},
		{Name: "ca_file", Value: textValue, Example: "office-ca.pem",
			Doc: "a file with the certificates that are trusted, in place of those of the system"},
		{Name: "folder", Value: textValue, Default: "INBOX", Example: "INBOX", Doc: "the folder that is read"},
		{Name: "taken", Value: textValue, Default: "kheo-taken", Example: "Archive",
			Doc: "the folder to which letters are moved that became dossiers"},
		{Name: "left", Value: textValue, Default: "kheo-left", Example: "For people",
			Doc: "the folder to which letters are moved that are left to people"},
		{Name: "every", Value: textValue, Default: `"*/5 * * * *"`, Example: `"0 * * * *"`,
			Doc: "when kheo serve looks into it, as in cron, in the timezone of the campaign"},
		{Name: "require", Value: oneWord("none", "dmarc"), Default: "none", Example: "dmarc",
			Doc: "what must prove the sender beside the address, which can be forged"},
		{Name: "trust", Value: textValue, Example: "mx.example.org",
			Doc: "with require: dmarc, the server whose Authentication-Results count"},
	},
	Rules: []grammar.Rule{{Key: "require", Is: "dmarc", AnyOf: []string{"trust"},
		Doc: "`require: dmarc` needs `trust`"}}}

// webhookGrammar is one entry of webhooks:.
var webhookGrammar = &grammar.Group{Name: "webhook", A: "a webhook", The: "the webhook",
	Doc: "A webhook is a program elsewhere that is told by a signed message what has happened",
	Keys: []grammar.Key{
		{Name: "id", Value: textValue, Required: true, Example: "website", Doc: "its name in the list of deliveries"},
		{Name: "url", Value: textValue, Required: true, Example: "https://results.example.org/kheo",
			Doc: "where messages are sent"},
		{Name: "events", Required: true, Example: "[list.closed]",
			Value: grammar.Value{Form: grammar.Word, Words: HookEvents, List: true, Single: true},
			Doc:   "what it is told"},
		{Name: "secret_file", Value: textValue, Required: true, Example: "website-secret.txt",
			Doc: "a file with the secret by which messages are signed, as `kheo webhooks secret` prints it; " +
				"of two lines both are used, so that a secret can be changed"},
		{Name: "allow", Value: textsValue, Example: "[10.1.0.0/16]",
			Doc: "networks of the office, or this machine, that may be called; without it only public addresses are"},
	}}

// handoverGrammar is handover:.
var handoverGrammar = &grammar.Group{Name: "handover", A: "handover", The: "handover",
	Doc: "The offices with which closed lists are exchanged: those whose lists are taken in, and those that answer",
	Keys: []grammar.Key{
		{Name: "from", Value: listOf(lowerOfficeGrammar), Example: "[ { id: dai-loc, key: " + exampleKey +
			", unit: dai-loc } ]", Doc: "lower tiers whose closed lists are taken in"},
		{Name: "to", Value: listOf(nextOfficeGrammar), Example: "[ { id: province, key: " + exampleKey + " } ]",
			Doc: "next tiers whose answers are taken in"},
	}}

// exampleKey is the public key of examples.
const exampleKey = "\"ed25519:G9+YdJDEwgRzzJ7gQ26e4HzJFH9u0Ee2hZ4WPJ1YCWo=\""

// officeKeys are the keys that each office has.
var officeKeys = []grammar.Key{
	{Name: "id", Value: textValue, Required: true, Example: "dai-loc", Doc: "the id of the office here"},
	{Name: "name", Value: textValue, Example: "Đại Lộc district",
		Doc: "what pages call the office; if it is missing, its id"},
	{Name: "key", Value: textValue, Required: true, Example: exampleKey,
		Doc: "by which it signs, as `kheo handover key` prints it there"},
}

// lowerOfficeGrammar is one entry of handover: from:.
var lowerOfficeGrammar = &grammar.Group{Name: "lower-office", A: "a lower tier", The: "the lower tier",
	Doc: "An office whose closed lists are taken in",
	Keys: append(slices.Clone(officeKeys),
		grammar.Key{Name: "unit", Value: textValue, Example: "dai-loc",
			Doc: "the unit that its dossiers belong to here; if it is missing, the unit that they had"},
		grammar.Key{Name: "level", Value: textValue, Example: "district",
			Doc: "the level at which they compete here; if it is missing, the level that they had"})}

// nextOfficeGrammar is one entry of handover: to:.
var nextOfficeGrammar = &grammar.Group{Name: "next-office", A: "a next tier", The: "the next tier",
	Doc: "An office that answers the lists that were handed over to it", Keys: officeKeys}

// auditGrammar is audit:.
var auditGrammar = &grammar.Group{Name: "audit", A: "audit", The: "audit",
	Doc: "Where anchors of the audit trail are kept outside the records, so that a change of the records is detected",
	Keys: []grammar.Key{
		{Name: "anchor", Value: textValue, Example: "/mnt/office/kheo-anchors.jsonl",
			Doc: "a file outside var/, best on another machine"},
		{Name: "mail", Value: textValue, Example: "audit@example.org", Doc: "an address that receives an anchor " +
			"once a day"},
	}}

// keepGrammar is keep:.
var keepGrammar = &grammar.Group{Name: "keep", A: "keep", The: "keep",
	Doc: "The number of days for which data is kept that can be made again or has been replaced; without a number, " +
		"it is kept for ever. Dossiers, votes, decisions and closed lists are never removed automatically",
	Keys: []grammar.Key{
		{Name: "runs", Value: days, Example: "365",
			Doc: "lists of runs that no closed list and no decision depends on"},
		{Name: "versions", Value: days, Example: "365",
			Doc: "files of versions of a dossier that a newer one has replaced"},
		{Name: "letters", Value: days, Example: "365",
			Doc: "records of letters that were taken or set aside, and of links of applicants that have ended"},
	}}

// days is a number of days: a month at least, so that nothing disappears before it is missed, and a century at most.
var days = grammar.Value{Form: grammar.Number, Min: grammar.Bound(30), Max: grammar.Bound(36500)}

// readersGrammar is readers:.
var readersGrammar = &grammar.Group{Name: "readers", A: "readers", The: "readers", Doc: "How documents are read",
	Keys: []grammar.Key{{Name: "confinement", Value: oneWord(confinementFull, confinementReduced),
		Default: confinementFull, Example: confinementReduced,
		Doc: "reduced also reads on machines that cannot confine reading processes fully; full reads nothing there"}}}

// publishGrammar is publish:.
var publishGrammar = &grammar.Group{Name: "publish", A: "publish", The: "publish",
	Doc: "What a run may publish without confirmation",
	Keys: []grammar.Key{{Name: "at_most_lost",
		Value:   grammar.Value{Form: grammar.Number, Min: grammar.Bound(0), Max: grammar.Bound(100)},
		Default: "33.3", Example: "33",
		Doc: "the percentage of its dossiers that a list may lose in one run"}}}

// backupsGrammar is backups:.
var backupsGrammar = &grammar.Group{Name: "backups", A: "backups", The: "backups", Doc: "Scheduled backups",
	Keys: []grammar.Key{
		{Name: "to", Value: textValue, Default: "backups", Example: "/srv/backups/kheo",
			Doc: "the folder of the backups, best on another disk"},
		{Name: "keep", Value: whole(1, 1000), Default: "7", Example: "7", Doc: "the number of backups that are kept"},
	}}

// campaignGrammar is the whole file.
var campaignGrammar = &grammar.Group{Name: "kheo.yaml", A: "kheo.yaml", The: "kheo.yaml",
	Doc: "kheo.yaml describes one campaign and makes a folder a workspace",
	Keys: []grammar.Key{
		{Name: "campaign", Value: textValue, Required: true, Example: "my-district-2024",
			Doc: "the id of the campaign, and the folder of its lists"},
		{Name: "title", Value: titleValue, Example: "{ en: The 2026 campaign }", Doc: "the title"},
		{Name: "timezone", Value: textValue, Required: true, Example: "Asia/Ho_Chi_Minh",
			Doc: "the timezone of the schedule and of all times shown"},
		{Name: "languages", Default: "[en]", Example: "[vi, nb, en]",
			Value: grammar.Value{Form: grammar.Word, Words: language.Codes(), List: true, Single: true},
			Doc:   "the languages of the campaign; lists are in the first"},
		{Name: "opens", Value: textValue, Example: "2023-12-01",
			Doc: "the first day of the campaign; figures of an earlier year are not read as values"},
		{Name: "closes", Value: textValue, Required: true, Example: "2024-11-30",
			Doc: "the last day; conditions read it as campaign.closes"},
		{Name: "units", Value: listOf(unitGrammar), Required: true,
			Example: "[ { id: north, name: North commune } ]", Doc: "the units that submit dossiers"},
		{Name: "levels", Value: listOf(titledGrammar), Example: "[district, grassroots]", Doc: "the levels"},
		{Name: "fields", Value: listOf(titledGrammar), Example: "[ { id: economy, title: { en: Economy } } ]",
			Doc: "the fields of work"},
		{Name: "kinds", Value: listOf(kindGrammar), Default: "[model, collective, individual]",
			Example: "[ { id: model, title: { en: Model } } ]", Doc: "the kinds of dossiers"},
		{Name: "labels", Value: object(labelsGrammar), Example: "{ title: { en: [Name of the model] } }",
			Doc: "the labels that forms print for the identity of a dossier"},
		{Name: "tables", Value: named(object(rules.TableGrammar)),
			Example: "{ punctuality: { file: punctuality.csv, key: unit } }",
			Doc:     "tables of the office, in rules/, from which every ruleset may take facts"},
		{Name: "exchange", Value: object(exchangeGrammar),
			Example: "{ on: 2026-06-30, to: NOK, rates: { EUR: 11.45 } }",
			Doc:     "rates by which amounts in other currencies are converted; without a rate they are not compared"},
		{Name: "rules", Value: textsValue, Required: true, Example: "[rules/models.yaml]",
			Doc: "the rulesets, as files beneath rules/"},
		{Name: "schedule", Value: object(scheduleGrammar), Example: `{ nightly: "0 2 * * *" }`,
			Doc: "when kheo serve runs its jobs"},
		{Name: "store", Value: textValue, Default: "var/kheo.db", Example: "postgres://user@host/database",
			Doc: "the record store: a file, or PostgreSQL for several machines"},
		{Name: "blobs", Value: textValue, Example: "s3://bucket?region=eu-north-1",
			Doc: "the place of the dossiers' files: a folder or an S3 bucket; if it is missing, beside the records"},
		{Name: "past", Value: textsValue, Example: "[../2023]",
			Doc: "workspaces of past campaigns; new dossiers are compared with theirs, and rulesets with history " +
				"count whom their closed lists recognised"},
		{Name: "phases", Value: object(phasesGrammar), Example: "{ submission: { until: 2024-11-30 } }",
			Doc: "the dates of the season, and what they close"},
		{Name: "review", Value: object(reviewGrammar), Example: "{ quorum: 2/3 }", Doc: "how the committee decides"},
		{Name: "papers", Value: object(papersGrammar), Example: "{ layout: plain }",
			Doc: "the heading and the texts of the committee's papers"},
		{Name: "register", Value: object(registerGrammar), Example: "{ inspect_every: 12 }",
			Doc: "the register of models"},
		{Name: "sign_in", Value: object(signInGrammar), Example: "{ passwords: true }", Doc: "how people sign in"},
		{Name: "trusted_proxies", Value: textsValue, Example: "[127.0.0.1, 10.1.0.0/16]",
			Doc: "reverse proxies whose X-Forwarded-For header is trusted"},
		{Name: "mail", Value: object(mailGrammar),
			Example: "{ server: smtp.example.org:587, from: kheo <kheo@example.org> }", Doc: "how mail is sent"},
		{Name: "reminders", Value: grammar.Value{Form: grammar.Number, Min: grammar.Bound(0), Max: grammar.Bound(90),
			Whole: true, List: true, Single: true}, Example: "[7, 1]",
			Doc: "how many days before the end of each phase those who are behind are reminded by mail"},
		{Name: "applicants", Value: oneWord("invited", "open"), Default: "invited", Example: "open",
			Doc: "whether people without an account may ask for a link by which they hand in a dossier, or only " +
				"those whom the office invites"},
		{Name: "mailbox", Value: object(mailboxGrammar),
			Example: "{ host: imap.example.org, user: dossiers, password_file: mailbox-password.txt }",
			Doc:     "a mailbox to which units send dossiers"},
		{Name: "webhooks", Value: listOf(webhookGrammar),
			Example: "[ { id: website, url: https://results.example.org/kheo, events: [list.closed], secret_file: " +
				"website-secret.txt } ]", Doc: "programs elsewhere that are told what has happened"},
		{Name: "handover", Value: object(handoverGrammar), Example: "{ to: [ { id: province, key: " + exampleKey +
			" } ] }", Doc: "the offices with which closed lists are exchanged"},
		{Name: "audit", Value: object(auditGrammar), Example: "{ mail: audit@example.org }",
			Doc: "where anchors of the audit trail are kept"},
		{Name: "keep", Value: object(keepGrammar), Example: "{ runs: 365 }", Doc: "how long data is kept"},
		{Name: "readers", Value: object(readersGrammar), Example: "{ confinement: reduced }",
			Doc: "how documents are read"},
		{Name: "publish", Value: object(publishGrammar), Example: "{ at_most_lost: 33 }",
			Doc: "what a run may publish without confirmation"},
		{Name: "backups", Value: object(backupsGrammar), Example: "{ to: /srv/backups/kheo, keep: 7 }",
			Doc: "scheduled backups"},
		{Name: "heartbeat", Value: textValue, Example: "https://hc.example.org/ping/…",
			Doc: "a URL that is called after every successful nightly run"},
	}}

// Jobs are the keys of schedule: that name a job, in the order of the grammar; the deadline is not one.
var Jobs = slices.DeleteFunc(scheduleGrammar.Names(), func(k string) bool { return k == "deadline" })

// Reference returns the reference page of kheo.yaml in Markdown, as it is in docs/campaign-reference.md.
func Reference() []byte {
	const head = "# Reference of kheo.yaml\n\nThis page is generated from pipeline/campaign/grammar.go by " +
		"\"go generate ./pipeline/campaign\" and is not edited by hand.\n\n" +
		"Every key of kheo.yaml. `kheo check` reports every mistake with its line and column. " +
		"Texts for readers may be written once\nfor all languages, or once for each: `{ vi: …, nb: …, en: … }`. " +
		"Paths are relative to the workspace.\n\n"
	return []byte(head + campaignGrammar.Reference(2))
}

// Grammar returns the keys of kheo.yaml, by which pages make forms. The caller must not change it.
func Grammar() *grammar.Group { return campaignGrammar }
