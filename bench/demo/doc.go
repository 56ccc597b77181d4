// Package demo makes a shop's two weeks of events, with one experiment whose true lifts are known and one A/A experiment whose
// true lifts are zero, and sends them through the same HTTP routes that Segment and a Statsig SDK use.
//
// # The model
//
// Every unit visits on some days. A visit has page views; with probability p (different for each unit) it also has one order,
// sometimes two; an order has a value. A unit is exposed at the first page view of its exposure day, and from then on the test
// group's probability of ordering is 10 % higher and its order values are 5 % higher. Everything else is equal, so the true
// lifts follow from the definitions of the metrics:
//
//	orders, buyers per day, orders per page view   +10 %
//	order value                                     +5 %
//	revenue                                         1.10 · 1.05 − 1 = +15.5 %
//	page views                                       0 %
//
// Events before the exposure, on earlier days and on the exposure day itself, are sent too. They must not count.
//
// The same seed makes the same events, whoever calls and however they are batched.
package demo
