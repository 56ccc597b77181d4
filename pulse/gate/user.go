package gate

import (
	"strings"

	"github.com/valyala/fastjson"

	"github.com/pulsehouse/pulsehouse/schema"
)

// User is who is asked about, in the shape of the SDKs' user object. It may be read by many goroutines, not changed meanwhile.
type User struct {
	UserID, Email, IP, UserAgent, Country, Locale, AppVersion string
	// CustomIDs are the units other than userID.
	CustomIDs schema.UnitIDs

	environment, custom, private []attribute
}

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
		v.GetObject().Visit(func(key []byte, v *fastjson.Value) { visit(string(key), v) })
	}
}

func (r *userReader) set(field string, v *fastjson.Value) {
	switch field {
	case "userID", "email", "ip", "userAgent", "country", "locale", "appVersion":
		r.text(r.own(ownFields[strings.ToLower(field)]), "user."+field, v)
	case "custom":
		r.custom = r.attributes("user.custom", v)
	case "privateAttributes":
		r.private = r.attributes("user.privateAttributes", v)
	case "statsigEnvironment":
		r.environment = r.attributes("user.statsigEnvironment", v)
	case "customIDs":
		r.fields("user.customIDs", v, func(key string, v *fastjson.Value) {
			id := schema.UnitID{Type: schema.UnitType(key)}
			if r.text(&id.Value, "user.customIDs."+key, v); id.Value != "" {
				r.CustomIDs = append(r.CustomIDs, id)
			}
		})
	}
}

// text takes strings, and numbers and booleans as their text, as ingest does when it stores the exposure.
func (r *userReader) text(to *string, field string, v *fastjson.Value) {
	switch v.Type() {
	case fastjson.TypeString:
		*to = string(v.GetStringBytes())
	case fastjson.TypeNumber, fastjson.TypeTrue, fastjson.TypeFalse:
		*to = v.String()
	case fastjson.TypeNull:
	default:
		r.problem(field, v, "a string")
	}
}

func (r *userReader) attributes(field string, v *fastjson.Value) (list []attribute) {
	r.fields(field, v, func(key string, v *fastjson.Value) { list = append(list, attribute{key, valueOf(v)}) })
	return list
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
	if v, ok := lookup(u.custom, f); ok {
		return v
	}
	v, _ := lookup(u.private, f)
	return v
}

func lookup(list []attribute, f fieldName) (value, bool) {
	for _, name := range [...]string{f.exact, f.lower} {
		for i := range list {
			if list[i].name == name {
				return list[i].value, true
			}
		}
	}
	return value{}, false
}
