// Package query is the way out: the Console API, with the paths, names and shapes of Statsig's.
//
// There is one file for each noun. Answers are {message, data}; lists add pagination; refusals are problem+json (RFC 9457)
// with Statsig's status and message as further members. What is not a refusal is logged under a request id and answered
// with that id alone.
package query
