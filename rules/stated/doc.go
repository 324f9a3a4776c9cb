// Package stated finds the places at which pages state a fact: in the cells of tables, behind labels of forms, in
// sentences with its label or a sentence pattern, and in sentences that say it in other words.
//
// It reads the words of a page, what a ruleset finds on it (PageText), and what is looked for (Fact); it finds each Place
// with its value, or with the values that it may state and why that is in doubt. Which of several places counts is
// package rules' to decide.
//
// # Reading the code
//
//	labels     labels.go (each label of a page, and what follows it), forms.go (behind a colon, in the next cell or
//	           line), tables.go (row and column headers), lines.go (labels and answers on lines of their own)
//	sentences  patterns.go (the ruleset's own), ahead.go (a number before its label), counts.go, units.go (a number and
//	           its unit alone), loose.go (labels in other forms), answers.go and options.go (yes, no and choices),
//	           dates.go
//	doubt      amounts.go (several numbers of a sentence, and what is said of each), whole.go (parts, shares and other
//	           years), claims.go (plans, wishes, denials, corrections)
package stated
