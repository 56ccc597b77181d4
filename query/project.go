package query

func (a *API) projectRoutes() []route {
	return []route{{"GET", "project", a.getProject}}
}

// getProject tells what the project is.
func (a *API) getProject(c *call) (any, error) {
	version, err := a.DB.Version(c)
	if err != nil {
		return nil, err
	}
	return map[string]any{"name": "PulseHouse", "timezone": a.Zone(), "engineVersion": version}, nil
}
