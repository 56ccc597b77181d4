// Package gate decides who gets what: it evaluates Statsig config specs for a user exactly as the official SDKs do, and builds
// such specs from definitions.
//
//	definitions ──Build──► File ──JSON──► SDKs
//	                        │
//	           JSON ──Parse─┴─► Specs ──Gate, Config, Layer, Initialize──► Result
//
// It is pure: ID lists, time and user agents come in as arguments. A spec that cannot be read is left out and named in
// [Specs.Broken]; it never takes the others down. An evaluation that goes too deep or visits too much, which only hostile specs do,
// ends as unsupported.
//
// Sources: the evaluators of the public Go, Node and Rust SDKs, which agree on testdata/vectors.json. Where they do not, this
// package does as Go's does, but for time, which is in milliseconds here as in the others.
package gate
