package idlist

import (
	"bytes"
	"context"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/pulsehouse/pulsehouse/schema"
)

// Change says that a unit is in a list, or out, from an instant on.
type Change struct {
	List   string
	Unit   string
	Member bool
	Time   schema.Millis
}

// changeColumns are what is staged, named as in sql/010_lists.sql.
var changeColumns = arrow.NewSchema([]arrow.Field{
	{Name: "version", Type: arrow.PrimitiveTypes.Uint64},
	{Name: "list", Type: arrow.BinaryTypes.String},
	{Name: "unit_id", Type: arrow.BinaryTypes.String},
	{Name: "hash", Type: &arrow.FixedSizeBinaryType{ByteWidth: hashBytes}},
	{Name: "member", Type: arrow.FixedWidthTypes.Boolean},
	{Name: "time", Type: &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: "UTC"}},
}, nil)

// stage writes down what is asked.
func (l *Lists) stage(ctx context.Context, version uint64, changes []Change) error {
	b := array.NewRecordBuilder(memory.DefaultAllocator, changeColumns)
	defer b.Release()
	b.Reserve(len(changes))
	var room [hashBytes]byte
	for _, c := range changes {
		b.Field(0).(*array.Uint64Builder).Append(version)
		b.Field(1).(*array.StringBuilder).Append(c.List)
		b.Field(2).(*array.StringBuilder).Append(c.Unit)
		b.Field(3).(*array.FixedSizeBinaryBuilder).Append(HashOf(c.Unit).text(room[:0]))
		b.Field(4).(*array.BooleanBuilder).Append(c.Member)
		b.Field(5).(*array.TimestampBuilder).Append(arrow.Timestamp(c.Time.Storable()))
	}
	record := b.NewRecord()
	defer record.Release()
	var body bytes.Buffer
	stream := ipc.NewWriter(&body, ipc.WithSchema(changeColumns))
	if err := stream.Write(record); err != nil {
		return fmt.Errorf("write changes of ID lists: %w", err)
	}
	if err := stream.Close(); err != nil {
		return fmt.Errorf("write changes of ID lists: %w", err)
	}
	names := make([]string, changeColumns.NumFields())
	for i := range names {
		names[i] = changeColumns.Field(i).Name
	}
	if err := l.db.InsertArrow(ctx, "idlist_changes", names, &body); err != nil {
		return fmt.Errorf("stage changes of ID lists: %w", err)
	}
	return nil
}
