package rules

import (
	"testing"

	"kheo/internal/text"
)

// In English, 3/4/2024 may be a day of March or of April: the document decides, or else the office.
func TestTheDocumentOrTheOfficeDecidesTheOrderOfDates(t *testing.T) {
	const fact = "x: { type: date, labels: [Opened on] }"
	for _, c := range []struct {
		name   string
		office text.DateOrder
		papers []string
		want   string
	}{
		{"nothing decides", text.UnknownOrder, []string{"Opened on: 03/04/2024"}, "2024-04-03 or [2024-03-04]"},
		{"the office decides", text.DayFirst, []string{"Opened on: 03/04/2024"}, "2024-04-03"},
		{"an American office decides", text.MonthFirst, []string{"Opened on: 03/04/2024"}, "2024-03-04"},
		{"another date decides against the office", text.DayFirst, []string{"Opened on: 03/04/2024\nClosed on: 12/31/2024"}, "2024-03-04"},
		{"another date decides", text.UnknownOrder, []string{"Opened on: 03/04/2024\nClosed on: 31/12/2024"}, "2024-04-03"},
		{"dates of both orders", text.DayFirst, []string{"Opened on: 03/04/2024\n31/12/2024 and 12/31/2024"}, "2024-04-03 or [2024-03-04]"},
		{"the stated format decides", text.UnknownOrder, []string{"Dates are mm/dd/yyyy.\nOpened on: 03/04/2024"}, "2024-03-04"},
		{"the letterhead decides", text.UnknownOrder, []string{"Leeds, United Kingdom\nOpened on: 03/04/2024"}, "2024-04-03"},
		{"an American letterhead", text.UnknownOrder, []string{"Portland, Oregon 97201\nOpened on: 03/04/2024"}, "2024-03-04"},
		{"a country in a sentence does not decide", text.UnknownOrder, []string{"Opened on: 03/04/2024\n" +
			"We later visited many friends of our own in several cities of France and they liked it."}, "2024-04-03 or [2024-03-04]"},
		{"another document does not decide", text.UnknownOrder, []string{"Opened on: 03/04/2024", "Closed on: 12/31/2024"},
			"2024-04-03 or [2024-03-04]"},
		{"a month in words needs no decision", text.UnknownOrder, []string{"Opened on: 3 April 2024"}, "2024-04-03"},
		{"a quarter is no day", text.DayFirst, []string{"Opened on: Q3 2024"}, "2024-07-01 or [2024-09-30]"},
		{"a month is no day", text.DayFirst, []string{"Opened on: July 2024"}, "2024-07-01 or [2024-07-31]"},
	} {
		env := testEnv()
		env.DateOrder = c.office
		if got := factOf(assessed(typed(t, fact, nil, env), Given{}, c.papers...), "x"); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
