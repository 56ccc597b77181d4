package schema

import (
	"crypto/sha256"

	"github.com/apache/arrow/go/v17/arrow"
)

// Low-cardinality strings travel as Arrow dictionaries, which ClickHouse reads into LowCardinality(String) without looking at
// each value again: that made the insert of such rows several times cheaper than plain strings (facts/engine.md).
var (
	lowCardinality = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
	instant        = &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: "UTC"}
	unitMap        = arrow.MapOf(arrow.BinaryTypes.String, arrow.BinaryTypes.String)
)

func field(name string, t arrow.DataType) arrow.Field { return arrow.Field{Name: name, Type: t} }

// EventColumns are the columns of an Arrow batch of events, named and ordered as in sql/001_raw.sql.
var EventColumns = arrow.NewSchema([]arrow.Field{
	field("spool_id", arrow.PrimitiveTypes.Uint64),
	field("batch_seq", arrow.PrimitiveTypes.Uint64),
	field("position", arrow.PrimitiveTypes.Uint64),
	field("day", arrow.FixedWidthTypes.Date32),
	field("time", instant),
	{Name: "original_time", Type: instant, Nullable: true},
	{Name: "sent_time", Type: instant, Nullable: true},
	field("received_time", instant),
	field("time_guessed", arrow.FixedWidthTypes.Boolean),
	field("source", lowCardinality),
	field("source_kind", lowCardinality),
	field("kind", lowCardinality),
	field("name", lowCardinality),
	field("event", lowCardinality),
	field("message_id", arrow.BinaryTypes.String),
	field("user_id", arrow.BinaryTypes.String),
	field("anonymous_id", arrow.BinaryTypes.String),
	field("unit_ids", unitMap),
	field("group_id", arrow.BinaryTypes.String),
	field("previous_id", arrow.BinaryTypes.String),
	{Name: "value", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
	field("environment", lowCardinality),
	field("properties", arrow.BinaryTypes.String),
	field("traits", arrow.BinaryTypes.String),
	field("user_properties", arrow.BinaryTypes.String),
	field("context", arrow.BinaryTypes.String),
	field("integrations", arrow.BinaryTypes.String),
	field("extra", arrow.BinaryTypes.String),
	field("library", lowCardinality),
	field("audience", lowCardinality),
}, nil)

// ExposureColumns are the columns of an Arrow batch of exposures, named and ordered as in sql/001_raw.sql.
var ExposureColumns = arrow.NewSchema([]arrow.Field{
	field("spool_id", arrow.PrimitiveTypes.Uint64),
	field("batch_seq", arrow.PrimitiveTypes.Uint64),
	field("position", arrow.PrimitiveTypes.Uint64),
	field("day", arrow.FixedWidthTypes.Date32),
	field("time", instant),
	field("received_time", instant),
	field("source", lowCardinality),
	field("source_kind", lowCardinality),
	field("kind", lowCardinality),
	field("name", lowCardinality),
	field("layer", lowCardinality),
	field("rule", lowCardinality),
	field("rule_name", lowCardinality),
	field("value", lowCardinality),
	field("reason", lowCardinality),
	field("secondary", arrow.FixedWidthTypes.Boolean),
	field("message_id", arrow.BinaryTypes.String),
	field("user_id", arrow.BinaryTypes.String),
	field("anonymous_id", arrow.BinaryTypes.String),
	field("unit_ids", unitMap),
	field("environment", lowCardinality),
	field("user_properties", arrow.BinaryTypes.String),
	field("library", lowCardinality),
}, nil)

// LedgerColumns are the columns of an Arrow batch of ledger lines, named and ordered as in sql/006_ledger.sql.
var LedgerColumns = arrow.NewSchema([]arrow.Field{
	field("spool_id", arrow.PrimitiveTypes.Uint64),
	field("cut", arrow.PrimitiveTypes.Uint64),
	field("minute", arrow.FixedWidthTypes.Timestamp_s),
	field("source", lowCardinality),
	field("name", lowCardinality),
	field("fate", lowCardinality),
	field("reason", lowCardinality),
	field("items", arrow.PrimitiveTypes.Uint64),
}, nil)

// RejectionColumns are the columns of an Arrow batch of samples of rejected items, named and ordered as in sql/006_ledger.sql.
var RejectionColumns = arrow.NewSchema([]arrow.Field{
	field("spool_id", arrow.PrimitiveTypes.Uint64),
	field("cut", arrow.PrimitiveTypes.Uint64),
	field("position", arrow.PrimitiveTypes.Uint64),
	field("received_time", instant),
	field("source", lowCardinality),
	field("name", arrow.BinaryTypes.String),
	field("reason", lowCardinality),
	field("message", arrow.BinaryTypes.String),
	field("offset", arrow.PrimitiveTypes.Uint64),
	field("body", arrow.BinaryTypes.String),
}, nil)

// ErasureColumns are the columns of an Arrow batch of erasures, named and ordered as in sql/005_erasures.sql.
var ErasureColumns = arrow.NewSchema([]arrow.Field{
	field("spool_id", arrow.PrimitiveTypes.Uint64),
	field("batch_seq", arrow.PrimitiveTypes.Uint64),
	field("position", arrow.PrimitiveTypes.Uint64),
	field("received_time", instant),
	field("erased_before", instant),
	field("unit_type", lowCardinality),
	field("id_hash", &arrow.FixedSizeBinaryType{ByteWidth: sha256.Size}),
	field("requested_by", lowCardinality),
	field("message_id", arrow.BinaryTypes.String),
}, nil)
