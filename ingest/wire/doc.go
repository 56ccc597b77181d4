// Package wire holds what the wire formats share: a walker over JSON that is known to be valid, and lenient readers for times,
// numbers and identities.
//
// A request's body is validated once, as a whole, by go-json; after that its parts are found by walking over the bytes,
// without building maps. Strings that need no unescaping share the body's memory, so a body must not be reused.
package wire
