// Package rules is the criteria and evidence engine: it reads facts and
// passages out of a dossier's text and gives points for them, each with a
// reason in words and, where text earned them, the quote.
//
// A Ruleset is one YAML file. Load checks it as a whole: every mistake at once,
// each with file, line, column and cure. Assess is pure: the same dossier, the
// same ruleset and the same knowledge of copies give the same assessment, on
// any machine.
//
// The order in which to read: load.go (what a ruleset may say), text.go (pages
// as words, sentences, headings, sections), number.go (quantities and dates),
// facts.go (what is stated, where, and who says otherwise), evidence.go (what
// counts, and what a negation, a plan, a wish or a quotation strikes out),
// expr.go (conditions), assess.go (gates, points, bands), say.go (every
// sentence an assessment says, in three languages).
package rules
