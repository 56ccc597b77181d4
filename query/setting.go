package query

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"

	"github.com/pulsehouse/pulsehouse/schema"
)

func (a *API) settingRoutes() []route {
	return []route{
		{"GET", "settings", a.getSettings},
		{"PATCH", "settings", a.patchSettings},
	}
}

// getSettings shows every setting by name: {"valuePath": "order.total", …}. Of a secret one it tells only whether there is one.
func (a *API) getSettings(c *call) (any, error) {
	shown := make(map[string]json.RawMessage, len(schema.Settings))
	for _, s := range schema.Settings {
		text, ok, err := a.Catalog.Setting(c, s.Name)
		if err != nil {
			return nil, err
		}
		shown[s.Name] = showSetting(s, text, ok)
	}
	return shown, nil
}

func showSetting(s schema.Setting, text string, ok bool) json.RawMessage {
	var value any = json.RawMessage(text)
	switch {
	case s.Secret:
		value = map[string]bool{"set": ok && text != ""}
	case !ok:
		value = json.RawMessage(s.Default)
	case s.Fixed:
		value = text // kept as it is, not as JSON
	}
	shown, err := json.Marshal(value)
	if err != nil {
		panic("BUG: setting " + s.Name + " does not marshal: " + err.Error())
	}
	return shown
}

// patchSettings changes the settings that the body names, and leaves the others: all of them, or none when one is not possible. null
// sets a setting back to its default.
func (a *API) patchSettings(c *call) (any, error) {
	var changes map[string]json.RawMessage
	if err := c.body(&changes); err != nil {
		return nil, err
	}
	kept := make(map[string]string, len(changes))
	for name, value := range changes {
		if same, err := a.sameSetting(c, name, value); same || err != nil {
			if err != nil {
				return nil, err
			}
			continue
		}
		text, err := a.checkSetting(name, value)
		if err != nil {
			return nil, err
		}
		kept[name] = text
	}
	for name, text := range kept {
		if err := a.saveSetting(c, c.author, name, text); err != nil {
			return nil, err
		}
	}
	if err := a.Intakes.Reload(c); err != nil {
		return nil, err
	}
	return a.getSettings(c)
}

// sameSetting says that a value is what getSettings shows: who sends back what was read changes nothing.
func (a *API) sameSetting(ctx context.Context, name string, value json.RawMessage) (bool, error) {
	s, err := schema.FindSetting(name)
	if err != nil {
		return false, err
	}
	text, ok, err := a.Catalog.Setting(ctx, name)
	if err != nil {
		return false, err
	}
	var asked, shown any
	if json.Unmarshal(value, &asked) != nil || json.Unmarshal(showSetting(s, text, ok), &shown) != nil {
		return false, nil
	}
	return reflect.DeepEqual(asked, shown), nil
}

// checkSetting is the value as it is kept.
func (a *API) checkSetting(name string, value json.RawMessage) (string, error) {
	s, err := schema.FindSetting(name)
	switch {
	case err != nil:
		return "", err
	case s.Fixed:
		return "", schema.Invalid(name, "it was chosen at the first start and is part of every number since; start anew with another --data to choose again")
	case bytes.Equal(bytes.TrimSpace(value), []byte("null")):
		value = json.RawMessage(s.Default)
	}
	text, err := s.Check(value)
	if err != nil || !s.Secret {
		return text, err
	}
	var plain string
	if err := json.Unmarshal([]byte(text), &plain); err != nil || plain == "" {
		return "", err
	}
	return a.Outbound.Sealer.Seal(name, plain), nil
}

// saveSetting writes a setting that differs from what is kept: the history has only changes.
func (a *API) saveSetting(ctx context.Context, author, name, text string) error {
	before, ok, err := a.Catalog.Setting(ctx, name)
	if err != nil || ok && before == text {
		return err
	}
	return a.Catalog.SaveSetting(ctx, author, name, text)
}
