package gate

import (
	"fmt"
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

// ParseUser reads a user object. A field of the wrong type is refused by name.
func ParseUser(v *fastjson.Value) (*User, error) {
	u := new(User)
	if v == nil || v.Type() == fastjson.TypeNull {
		return u, nil
	}
	o, err := v.Object()
	if err != nil {
		return nil, schema.Invalid("user", "a JSON %s is not possible here; an object is expected", v.Type())
	}
	o.Visit(func(key []byte, v *fastjson.Value) {
		if err == nil && v.Type() != fastjson.TypeNull {
			err = u.set(string(key), v)
		}
	})
	return u, err
}

func (u *User) set(field string, v *fastjson.Value) (err error) {
	switch field {
	case "userID", "email", "ip", "userAgent", "country", "locale", "appVersion":
		return setText(u.own(ownFields[strings.ToLower(field)]), field, v)
	case "custom":
		u.custom, err = attributes(field, v)
	case "privateAttributes":
		u.private, err = attributes(field, v)
	case "statsigEnvironment":
		u.environment, err = attributes(field, v)
	case "customIDs":
		return u.setIDs(v)
	}
	return err
}

// setText takes strings, and numbers as their text: ids are often numbers.
func setText(to *string, field string, v *fastjson.Value) error {
	switch v.Type() {
	case fastjson.TypeString:
		*to = string(v.GetStringBytes())
	case fastjson.TypeNumber:
		*to = v.String()
	default:
		return schema.Invalid("user."+field, "a JSON %s is not possible here; a string is expected", v.Type())
	}
	return nil
}

func attributes(field string, v *fastjson.Value) ([]attribute, error) {
	o, err := v.Object()
	if err != nil {
		return nil, schema.Invalid("user."+field, "a JSON %s is not possible here; an object is expected", v.Type())
	}
	list := make([]attribute, 0, o.Len())
	o.Visit(func(key []byte, v *fastjson.Value) { list = append(list, attribute{string(key), valueOf(v)}) })
	return list, nil
}

func (u *User) setIDs(v *fastjson.Value) error {
	o, err := v.Object()
	if err != nil {
		return schema.Invalid("user.customIDs", "a JSON %s is not possible here; an object is expected", v.Type())
	}
	u.CustomIDs = make(schema.UnitIDs, 0, o.Len())
	o.Visit(func(key []byte, v *fastjson.Value) {
		if err != nil || v.Type() == fastjson.TypeNull {
			return
		}
		id := schema.UnitID{Type: schema.UnitType(key)}
		err = setText(&id.Value, fmt.Sprintf("customIDs.%s", key), v)
		u.CustomIDs = append(u.CustomIDs, id)
	})
	return err
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
