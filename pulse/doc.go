// Package pulse is what it means: from the moments of an experiment's groups to a report of effects, intervals and checks.
//
// It knows no database and no HTTP. What comes in are [Arm]s, one a group and metric; what goes out is a [Report], in the
// words of Statsig's Console API. A number that does not exist is nil, never zero or NaN: the status says why.
//
// [Text] and [CSV] write a report for a terminal and for spreadsheets.
package pulse
