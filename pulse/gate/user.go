package gate

import (
	"strings"
	"unsafe"

	"github.com/valyala/fastjson"

	"github.com/pulsehouse/pulsehouse/schema"
)

// User is who is asked about, in the shape of the SDKs' user object. It may be read by many goroutines, not changed meanwhile. Its texts
// share the memory of what it was parsed from.
type User struct {
	UserID, Email, IP, UserAgent, Country, Locale, AppVersion string
	// CustomIDs are the units other than userID.
	CustomIDs schema.UnitIDs

	environment, custom, private attributes
}

// attributes are looked up one by one, or by name where they are so many that every condition of every gate would feel it.
type attributes struct {
	list   []attribute
	byName map[string]int
}

const manyAttributes = 32

type attribute struct {
	name  string
	value value
}

// problemsMost bounds how many problems of one user are told.
const problemsMost = 10

// ParseUser reads a user object, forgiving as the SDKs are: ids may be numbers, and what cannot be used is as if it were not there. What
// that was is told, for people. No user at all is one of whom nothing is known.
func ParseUser(v *fastjson.Value) (*User, []string) {
	r := userReader{User: new(User)}
	r.fields("user", v, r.set)
	return r.User, r.problems
}

type userReader struct {
	*User
	problems []string
}

// inPlace is the text in the parser's memory: copies of it would be most of what reading a user costs.
func inPlace(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// problem notes what is wrong with a field.
func (r *userReader) problem(field string, v *fastjson.Value, expected string) {
	if len(r.problems) < problemsMost {
		r.problems = append(r.problems, field+" is a JSON "+v.Type().String()+"; "+expected+" is expected")
	}
}

// fields visits the fields of an object. Nothing, null and [] are objects without any: the last is how PHP writes one.
func (r *userReader) fields(name string, v *fastjson.Value, visit func(key string, v *fastjson.Value)) {
	switch {
	case v == nil || v.Type() == fastjson.TypeNull || v.Type() == fastjson.TypeArray && len(v.GetArray()) == 0:
	case v.Type() != fastjson.TypeObject:
		r.problem(name, v, "an object")
	default:
		v.GetObject().Visit(func(key []byte, v *fastjson.Value) { visit(inPlace(key), v) })
	}
}

func (r *userReader) set(field string, v *fastjson.Value) {
	switch field {
	case "userID":
		r.text(&r.UserID, v, field)
	case "email":
		r.text(&r.Email, v, field)
	case "ip":
		r.text(&r.IP, v, field)
	case "userAgent":
		r.text(&r.UserAgent, v, field)
	case "country":
		r.text(&r.Country, v, field)
	case "locale":
		r.text(&r.Locale, v, field)
	case "appVersion":
		r.text(&r.AppVersion, v, field)
	case "custom":
		r.custom = r.object("user.custom", v)
	case "privateAttributes":
		r.private = r.object("user.privateAttributes", v)
	case "statsigEnvironment":
		r.environment = r.object("user.statsigEnvironment", v)
	case "customIDs":
		r.fields("user.customIDs", v, func(key string, v *fastjson.Value) {
			id := schema.UnitID{Type: schema.UnitType(key)}
			if r.text(&id.Value, v, "customIDs", key); id.Value != "" {
				r.CustomIDs = append(r.CustomIDs, id)
			}
		})
	}
}

// text takes strings, and numbers and booleans as their text, as ingest does when it stores the exposure. path is where, within the user.
func (r *userReader) text(to *string, v *fastjson.Value, path ...string) {
	switch v.Type() {
	case fastjson.TypeString:
		*to = inPlace(v.GetStringBytes())
	case fastjson.TypeNumber, fastjson.TypeTrue, fastjson.TypeFalse:
		*to = v.String()
	case fastjson.TypeNull:
	default:
		r.problem("user."+strings.Join(path, "."), v, "a string")
	}
}

func (r *userReader) object(field string, v *fastjson.Value) (a attributes) {
	r.fields(field, v, func(key string, v *fastjson.Value) { a.list = append(a.list, attribute{key, valueOf(v)}) })
	if len(a.list) > manyAttributes {
		a.byName = make(map[string]int, len(a.list))
		for i := len(a.list) - 1; i >= 0; i-- { // of a name that comes twice the first counts, as in a list
			a.byName[a.list[i].name] = i
		}
	}
	return a
}

// unit is the ID of a type: "" when the user has none, which still falls into a bucket. The exact name comes before others that
// differ in case.
func (u *User) unit(t unitType) string {
	if t.isUser {
		return u.UserID
	}
	for _, id := range u.CustomIDs {
		if id.Type == t.UnitType {
			return id.Value
		}
	}
	return u.CustomIDs.Get(t.UnitType)
}

// unitType is the ID type of a rule or condition.
type unitType struct {
	schema.UnitType
	isUser bool
}

func unitTypeOf(name string) unitType {
	return unitType{schema.UnitType(name), name == "" || strings.EqualFold(name, string(schema.UserID))}
}

// fieldName is what a condition looks at: one of the user's own fields first, then custom, then private attributes.
type fieldName struct {
	exact, lower string
	own          ownField
}

type ownField uint8

const (
	notOwn ownField = iota
	ownUserID
	ownEmail
	ownIP
	ownUserAgent
	ownCountry
	ownLocale
	ownAppVersion
)

var ownFields = map[string]ownField{
	"userid": ownUserID, "user_id": ownUserID, "email": ownEmail, "ip": ownIP, "ipaddress": ownIP, "ip_address": ownIP,
	"useragent": ownUserAgent, "user_agent": ownUserAgent, "country": ownCountry, "locale": ownLocale,
	"appversion": ownAppVersion, "app_version": ownAppVersion,
}

func fieldOf(name string) fieldName {
	lower := strings.ToLower(name)
	return fieldName{name, lower, ownFields[lower]}
}

// own is where a field of the user's own is kept; nil when f is none.
func (u *User) own(f ownField) *string {
	switch f {
	case ownUserID:
		return &u.UserID
	case ownEmail:
		return &u.Email
	case ownIP:
		return &u.IP
	case ownUserAgent:
		return &u.UserAgent
	case ownCountry:
		return &u.Country
	case ownLocale:
		return &u.Locale
	case ownAppVersion:
		return &u.AppVersion
	default:
		return nil
	}
}

func (u *User) field(f fieldName) value {
	if s := u.own(f.own); s != nil && *s != "" {
		return textValue(*s)
	}
	if v, ok := u.custom.lookup(f); ok {
		return v
	}
	v, _ := u.private.lookup(f)
	return v
}

func (a *attributes) lookup(f fieldName) (value, bool) {
	for _, name := range [...]string{f.exact, f.lower} {
		if a.byName != nil {
			if i, ok := a.byName[name]; ok {
				return a.list[i].value, true
			}
			continue
		}
		for i := range a.list {
			if a.list[i].name == name {
				return a.list[i].value, true
			}
		}
	}
	return value{}, false
}
