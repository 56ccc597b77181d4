package store

import (
	"regexp"
	"slices"
	"strconv"
)

// dataErrors are ClickHouse's error codes that say that rows themselves cannot be taken, so that sending them again is in vain: their
// types, values or sizes, or a constraint of the table. Of everything else (no memory, no disk, too many parts, a column that is
// missing) it is the engine, or who runs it, that can change its mind.
var dataErrors = []int{
	6,   // CANNOT_PARSE_TEXT
	26,  // CANNOT_PARSE_QUOTED_STRING
	27,  // CANNOT_PARSE_INPUT_ASSERTION_FAILED
	38,  // CANNOT_PARSE_DATE
	41,  // CANNOT_PARSE_DATETIME
	53,  // TYPE_MISMATCH
	69,  // ARGUMENT_OUT_OF_BOUND
	70,  // CANNOT_CONVERT_TYPE
	72,  // CANNOT_PARSE_NUMBER
	117, // INCORRECT_DATA
	131, // TOO_LARGE_STRING_SIZE
	321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
	349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
	407, // DECIMAL_OVERFLOW
	469, // VIOLATED_CONSTRAINT
}

var codePattern = regexp.MustCompile(`(?i)\bcode: (\d+)`)

// RefusesRows says that the engine was reached, and that it will not take these rows however often they are sent.
func RefusesRows(err error) bool {
	if err == nil {
		return false
	}
	found := codePattern.FindStringSubmatch(err.Error())
	if found == nil {
		return false
	}
	code, err := strconv.Atoi(found[1])
	return err == nil && slices.Contains(dataErrors, code)
}
