package audience

import "testing"

// The shapes are those of Segment's own documentation and of the tests of its destinations (facts/segment.md §3, §7).
func TestRead(t *testing.T) {
	f := func(personas, fields, want string) {
		t.Helper()
		if got := Read([]byte(personas), []byte(fields)); string(got) != want {
			t.Errorf("personas %s with %s is %q, want %q", personas, fields, got, want)
		}
	}
	const vip = `{"computation_class":"audience","computation_id":"aud_1","computation_key":"vip","namespace":"spa_1","space_id":"spa_1"}`
	// identify: the trait is named by the audience
	f(vip, `{"vip":true,"email":"a@example.org"}`, "+vip")
	f(vip, `{"vip":false}`, "-vip")
	// track: so is the property
	f(vip, `{"audience_key":"vip","vip":true}`, "+vip")
	f(vip, `{"audience_key":"vip","vip":false}`, "-vip")
	// text for a boolean, as journeys send it
	f(vip, `{"vip":"true"}`, "+vip")
	f(vip, `{"vip":"False"}`, "-vip")
	// neither
	f(vip, `{"vip":1}`, "?vip")
	f(vip, `{"vip":null}`, "?vip")
	f(vip, `{"other":true}`, "?vip")
	f(vip, ``, "?vip")
	f(vip, `[true]`, "?vip")
	// the key is what counts, not the id; some samples print an id in its place
	f(`{"computation_class":"audience","computation_key":"aud_1"}`, `{"audience_key":"vip","vip":false}`, "-vip")
	f(`{"computation_class":"audience"}`, `{"audience_key":"vip","vip":true}`, "+vip")
	f(`{"computation_class":"audience"}`, `{"vip":true}`, "")
	f(`{"computation_class":"audience","computation_key":""}`, `{"vip":true}`, "")
	f(`{"computation_class":"audience","computation_key":"a.b"}`, `{"a.b":true,"a":{"b":false}}`, "+a.b")
	// the last of two keys, as everywhere
	f(vip, `{"vip":true,"vip":false}`, "-vip")
	// steps of journeys: those of the old kind say nothing, and nobody leaves them
	f(`{"computation_class":"journey_step","computation_key":"j_o_1"}`, `{"j_o_1":"true"}`, "+j_o_1")
	f(`{"computation_class":"journey_step","computation_key":"j_o_1"}`, `{"j_o_1":false}`, "-j_o_1")
	f(`{"computation_class":"journey_step","computation_key":"j_o_1"}`, `{"step":"x"}`, "+j_o_1")
	// computed traits look the same but have no members
	f(`{"computation_class":"trait","computation_key":"total"}`, `{"trait_key":"total","total":true}`, "")
	f(`{"computation_class":"computed_trait","computation_key":"total"}`, `{"total":true}`, "")
	// no audience at all
	f(`{"computation_key":"vip"}`, `{"vip":true}`, "")
	f(``, `{"vip":true}`, "")
	f(`null`, `{"vip":true}`, "")
	f(`"audience"`, `{"vip":true}`, "")
	f(`{"computation_class":7,"computation_key":"vip"}`, `{"vip":true}`, "")
}
