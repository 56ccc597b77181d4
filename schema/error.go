package schema

import (
	"errors"
	"fmt"
)

// Error is a refusal that may be shown to whoever asked: it names what was wrong, where, and the remedy. Anything that is not
// an *Error is internal, and its text belongs in the log.
type Error struct {
	// Status is the HTTP status it maps to.
	Status int
	// Code is stable and made for programs: "bad_json", "unknown_source", "experiment_not_found".
	Code    string
	Message string
	// Field names the offending field, "" when there is none.
	Field string
}

func (e *Error) Error() string { return e.Message }

// Errorf makes a refusal.
func Errorf(status int, code, format string, args ...any) *Error {
	return &Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Invalid is the refusal of one field of a definition or a request.
func Invalid(field, format string, args ...any) *Error {
	return &Error{Status: 400, Code: "invalid_field", Field: field, Message: field + ": " + fmt.Sprintf(format, args...)}
}

// NotFound is the refusal for a thing that does not exist.
func NotFound(noun, id string) *Error {
	return Errorf(404, noun+"_not_found", "%s %q does not exist", noun, id)
}

// AsError returns the refusal inside err, if there is one.
func AsError(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}
