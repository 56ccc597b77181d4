package query

import (
	"slices"

	"github.com/pulsehouse/pulsehouse/schema"
)

// shownKey is a key as the Console API shows it; the secret only when it is public by nature, or has just been made.
type shownKey struct {
	ID          string  `json:"id"`
	Key         *string `json:"key"`
	Type        string  `json:"type"`
	Description string  `json:"description"`
	Status      string  `json:"status"`
	// LastUsed is null when no request ever came with the key.
	LastUsed *schema.Millis `json:"lastUsed"`
}

func showKey(k schema.Key, secret string) shownKey {
	s := shownKey{ID: k.ID, Type: string(k.Kind), Description: k.Name, Status: "active"}
	if !k.Active {
		s.Status = "deactivated"
	}
	if secret == "" {
		secret = k.Public
	}
	if secret != "" {
		s.Key = &secret
	}
	return s
}

func (a *API) keyRoutes() []route {
	return []route{
		{"GET", "keys", a.listKeys},
		{"POST", "keys", a.createKey},
		{"PATCH", "keys/*/rotate", a.rotateKey},
		{"PATCH", "keys/*/deactivate", a.deactivateKey},
	}
}

func (a *API) listKeys(c *call) (any, error) {
	keys, err := a.Keys.All(c)
	if err != nil {
		return nil, err
	}
	uses, err := a.Keys.Uses(c)
	if err != nil {
		return nil, err
	}
	all := make([]shownKey, len(keys))
	for i, k := range keys {
		all[i] = showKey(k, "")
		if used, ok := uses[k.ID]; ok {
			all[i].LastUsed = &used
		}
	}
	return page(c, all)
}

// createKey makes a key; its secret is in this answer and in no other.
func (a *API) createKey(c *call) (any, error) {
	var body struct {
		Type        schema.KeyKind `json:"type"`
		Description string         `json:"description"`
	}
	if err := c.body(&body); err != nil {
		return nil, err
	}
	if !slices.Contains(schema.KeyKinds, body.Type) {
		return nil, schema.Invalid("type", "%q is not one of %v", body.Type, schema.KeyKinds)
	}
	k, secret, err := a.Keys.Make(c, c.author, body.Type, body.Description)
	if err != nil {
		return nil, err
	}
	c.SetStatusCode(201)
	return showKey(k, secret), nil
}

// rotateKey gives a key another secret; the old one is refused from now on.
func (a *API) rotateKey(c *call) (any, error) {
	k, err := a.Keys.Key(c, c.id)
	if err != nil {
		return nil, err
	}
	secret := schema.NewSecret(k.Kind)
	fresh := schema.NewKey(k.ID, k.Kind, k.Name, secret)
	return showKey(fresh, secret), a.Keys.Save(c, c.author, fresh)
}

func (a *API) deactivateKey(c *call) (any, error) {
	k, err := a.Keys.Key(c, c.id)
	if err != nil {
		return nil, err
	}
	k.Active = false
	return showKey(*k, ""), a.Keys.Save(c, c.author, *k)
}
