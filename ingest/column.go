package ingest

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/pulsehouse/pulsehouse/schema"
)

// The columns below fill Arrow's buffers directly. Arrow's own builders cost 2.5-2.9 µs an event of our width, one call a
// value; these cost a fifth (facts/perf.md §0.5). Buffers are ordinary Go memory: nothing has to be released.

// fixed is a column of fixed-width values without nulls.
type fixed[T arrow.FixedWidthType] struct{ values []T }

func (c *fixed[T]) append(v T) { c.values = append(c.values, v) }
func (c *fixed[T]) reset()     { c.values = c.values[:0] }

func (c *fixed[T]) data(t arrow.DataType) arrow.ArrayData {
	return array.NewData(t, len(c.values), []*memory.Buffer{nil, bytesOf(arrow.GetBytes(c.values))}, nil, 0, 0)
}

// optional is a column of fixed-width values with nulls.
type optional[T arrow.FixedWidthType] struct {
	values []T
	valid  bits
	nulls  int
}

func (c *optional[T]) append(v T, ok bool) {
	c.values = append(c.values, v)
	c.valid.append(ok)
	if !ok {
		c.nulls++
	}
}

func (c *optional[T]) reset() { c.values, c.nulls = c.values[:0], 0; c.valid.reset() }

func (c *optional[T]) data(t arrow.DataType) arrow.ArrayData {
	return array.NewData(t, len(c.values), []*memory.Buffer{c.valid.buffer(), bytesOf(arrow.GetBytes(c.values))}, nil, c.nulls, 0)
}

// bits is a bitmap: Arrow's booleans, and its validity.
type bits struct {
	set []byte
	n   int
}

func (c *bits) append(v bool) {
	if c.n%8 == 0 {
		c.set = append(c.set, 0)
	}
	if v {
		bitutil.SetBit(c.set, c.n)
	}
	c.n++
}

func (c *bits) at(row int) bool { return bitutil.BitIsSet(c.set, row) }

func (c *bits) reset()                 { c.set, c.n = c.set[:0], 0 }
func (c *bits) buffer() *memory.Buffer { return bytesOf(c.set) }

func (c *bits) data(t arrow.DataType) arrow.ArrayData {
	return array.NewData(t, c.n, []*memory.Buffer{nil, c.buffer()}, nil, 0, 0)
}

// text is a column of strings.
type text struct {
	offsets []int32
	bytes   []byte
}

func (c *text) append(s string) {
	if len(c.offsets) == 0 {
		c.offsets = append(c.offsets, 0)
	}
	c.bytes = append(c.bytes, s...)
	c.offsets = append(c.offsets, int32(len(c.bytes)))
}

func (c *text) reset() { c.offsets, c.bytes = c.offsets[:0], c.bytes[:0] }

func (c *text) data(t arrow.DataType) arrow.ArrayData {
	n := max(len(c.offsets)-1, 0)
	return array.NewData(t, n, []*memory.Buffer{nil, bytesOf(arrow.Int32Traits.CastToBytes(c.offsets)), bytesOf(c.bytes)}, nil, 0, 0)
}

// category is a column of strings with few distinct values, sent as a dictionary.
type category struct {
	index   fixed[int32]
	words   text
	numbers map[string]int32
	last    string
	lastNo  int32
}

func (c *category) append(s string) {
	if s != c.last || len(c.numbers) == 0 {
		c.last, c.lastNo = s, c.number(s)
	}
	c.index.append(c.lastNo)
}

func (c *category) number(s string) int32 {
	if n, ok := c.numbers[s]; ok {
		return n
	}
	if c.numbers == nil {
		c.numbers = make(map[string]int32)
	}
	n := int32(len(c.numbers))
	c.numbers[s] = n
	c.words.append(s)
	return n
}

func (c *category) at(row int) string {
	n := c.index.values[row]
	return string(c.words.bytes[c.words.offsets[n]:c.words.offsets[n+1]])
}

func (c *category) reset() {
	c.index.reset()
	c.words.reset()
	clear(c.numbers)
}

func (c *category) data(t arrow.DataType) arrow.ArrayData {
	index := c.index.data(t.(*arrow.DictionaryType).IndexType).(*array.Data)
	words := c.words.data(t.(*arrow.DictionaryType).ValueType).(*array.Data)
	return array.NewDataWithDictionary(t, len(c.index.values), index.Buffers(), 0, 0, words)
}

// units is the map column of custom unit IDs.
type units struct {
	offsets     []int32
	types, keys text
}

func (c *units) append(ids schema.UnitIDs) {
	if len(c.offsets) == 0 {
		c.offsets = append(c.offsets, 0)
	}
	for _, id := range ids {
		c.types.append(id.Type.Key())
		c.keys.append(id.Value)
	}
	c.offsets = append(c.offsets, int32(max(len(c.types.offsets)-1, 0)))
}

func (c *units) reset() { c.offsets = c.offsets[:0]; c.types.reset(); c.keys.reset() }

func (c *units) data(t arrow.DataType) arrow.ArrayData {
	entry := t.(*arrow.MapType).Elem()
	n := max(len(c.types.offsets)-1, 0)
	pairs := array.NewData(entry, n, []*memory.Buffer{nil},
		[]arrow.ArrayData{c.types.data(arrow.BinaryTypes.String), c.keys.data(arrow.BinaryTypes.String)}, 0, 0)
	return array.NewData(t, len(c.offsets)-1, []*memory.Buffer{nil, bytesOf(arrow.Int32Traits.CastToBytes(c.offsets))},
		[]arrow.ArrayData{pairs}, 0, 0)
}

func bytesOf(b []byte) *memory.Buffer { return memory.NewBufferBytes(b) }
