package query

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/idlist"
)

// uploadChunk is how many IDs of a file are changed at once: about 50 MB of memory here, and the more at once the less often the
// engine reads what it has.
const uploadChunk = 500_000

// uploadIDs takes a CSV file of any length as the body: with mode=add (the default), remove, or replace. The ID is in the first column, or in
// the one whose heading is named by column=.
func (a *API) uploadIDs(c *call) (any, error) {
	s, err := a.idList(c)
	if err != nil {
		return nil, err
	}
	f := &idFile{c: c, segment: s, column: c.query("column")}
	f.open()
	switch mode := c.query("mode"); mode {
	case "", "add", "remove":
		return a.uploadChanges(c, f, mode != "remove")
	case "replace":
		return a.Lists.Replace(c, c.author, s.ID, f.chunks)
	default:
		return nil, schema.Invalid("mode", "%q is not one of add, remove, replace", mode)
	}
}

// uploadChanges applies a file chunk by chunk; when it is cut short, the chunks before stay, and sending it again does no harm.
func (a *API) uploadChanges(c *call, f *idFile, member bool) (any, error) {
	var total idlist.Summary
	for ids, err := range f.chunks {
		if err != nil {
			return nil, err
		}
		done, err := a.applyIDs(c, f.segment.ID, ids, member)
		if err != nil {
			return nil, err
		}
		total.Asked, total.Entered, total.Left, total.Count = total.Asked+done.Asked, total.Entered+done.Entered, total.Left+done.Left, done.Count
	}
	return total, nil
}

// idFile is a CSV file on its way in.
type idFile struct {
	c       *call
	segment *schema.Segment
	column  string
	rows    *csv.Reader
	text    *rowLimit
	place   int
	line    int // of the last row
}

// rowLimit bounds what is read for one row: a quote that is never closed would otherwise take in the rest of the file.
type rowLimit struct {
	io.Reader
	left int
}

const rowMost = 1 << 20

var errLongRow = errors.New("it is longer than a megabyte; is a quote never closed?")

func (l *rowLimit) Read(p []byte) (n int, err error) {
	if l.left <= 0 {
		return 0, errLongRow
	}
	n, err = l.Reader.Read(p)
	l.left -= n
	return n, err
}

func (f *idFile) open() {
	var body io.Reader = f.c.RequestBodyStream()
	if f.c.RequestBodyStream() == nil {
		body = bytes.NewReader(f.c.PostBody())
	}
	text := bufio.NewReaderSize(body, 1<<16)
	if mark, err := text.Peek(3); err == nil && bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = text.Discard(3)
	}
	f.text = &rowLimit{Reader: text}
	f.rows = csv.NewReader(f.text)
	f.rows.FieldsPerRecord, f.rows.LazyQuotes, f.rows.ReuseRecord, f.rows.TrimLeadingSpace = -1, true, true, true
}

// chunks yields the file's IDs, many at a time.
func (f *idFile) chunks(yield func([]string, error) bool) {
	for more := true; more; {
		var ids []string
		var err error
		if ids, more, err = f.chunk(); err != nil || len(ids) > 0 {
			more = yield(ids, err) && more && err == nil
		}
	}
}

// chunk reads some rows. The connection's deadline is moved on: a long file may take longer to come than a request usually may.
func (f *idFile) chunk() (ids []string, more bool, err error) {
	if err := f.c.Conn().SetReadDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		return nil, false, err
	}
	for len(ids) < uploadChunk {
		f.text.left = rowMost
		row, err := f.rows.Read()
		if errors.Is(err, io.EOF) {
			return ids, false, nil
		}
		if err != nil {
			return nil, false, schema.Errorf(400, "invalid_csv", "the file cannot be read as CSV from line %d on: %v", f.line+1, err)
		}
		line, _ := f.rows.FieldPos(0)
		f.line = line
		if line == 1 {
			if heading, err := f.heading(row); err != nil || heading {
				if err != nil {
					return nil, false, err
				}
				continue
			}
		}
		if f.place >= len(row) || row[f.place] == "" {
			continue // a row without an ID
		}
		if wrong := checkUnitID(row[f.place]); wrong != "" {
			return nil, false, schema.Errorf(400, "invalid_csv", "line %d: the ID %s", line, wrong)
		}
		ids = append(ids, strings.Clone(row[f.place]))
	}
	return ids, true, nil
}

// heading says whether the first line is a heading, and finds the column in it that was named.
func (f *idFile) heading(row []string) (bool, error) {
	if f.column == "" {
		usual := []string{"id", "ids", "unit_id", "unitid", "user_id", "userid", f.segment.IDType.Key()}
		return slices.Contains(usual, strings.ToLower(row[0])), nil
	}
	f.place = slices.IndexFunc(row, func(cell string) bool { return strings.EqualFold(cell, f.column) })
	if f.place < 0 {
		return false, schema.Invalid("column", "%q is not in the file's first line: %s", f.column, strings.Join(row, ", "))
	}
	return true, nil
}
