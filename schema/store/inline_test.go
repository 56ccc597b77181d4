package store_test

import (
	"testing"

	"github.com/pulsehouse/pulsehouse/schema/store"
	"github.com/pulsehouse/pulsehouse/schema/store/storetest"
)

// TestInline: a statement with its values inside gives what it gives with them apart.
func TestInline(t *testing.T) {
	db := storetest.Open(t)
	const sql = "SELECT concat({text:String}, '|', arrayStringConcat({list:Array(String)}, '+'), '|', toString({n:UInt16} + 1), '|', toString({yes:Bool}))"
	p := store.Params{"text": "it's \\ a\n{n:UInt16}", "list": []string{"a'b", "c\\d"}, "n": 41, "yes": true}
	inline, err := store.Inline(sql, p)
	if err != nil {
		t.Fatal(err)
	}
	var apart, inside string
	if err := db.Row(t.Context(), sql, p).Scan(&apart); err != nil {
		t.Fatal(err)
	}
	if err := db.Row(t.Context(), inline, nil).Scan(&inside); err != nil {
		t.Fatalf("%v\n%s", err, inline)
	}
	if want := "it's \\ a\n{n:UInt16}|a'b+c\\d|42|true"; apart != want || inside != want {
		t.Errorf("apart %q, inside %q, want %q", apart, inside, want)
	}
	if _, err := store.Inline("SELECT {gone:String}", p); err == nil {
		t.Error("a parameter without a value is not refused")
	}
}
