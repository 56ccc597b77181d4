// Package statsig reads what Statsig SDKs log: custom events and exposures, by /v1/log_event and /v1/rgstr.
//
// SDKs number nothing, so an item's identity is a hash of its bytes with the session that logged it and its place in the
// request: a request sent again has the same identities, two equal events of one session in one request do not.
package statsig
