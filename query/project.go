package query

func (a *API) projectRoutes() []route {
	return []route{{"GET", "project", a.getProject}}
}

// project is what every number depends on.
type project struct {
	Name          string `json:"name"`
	Timezone      string `json:"timezone"`
	EngineVersion string `json:"engineVersion"`
}

// getProject tells what the project is.
func (a *API) getProject(c *call) (any, error) {
	version, err := a.DB.Version(c)
	if err != nil {
		return nil, err
	}
	return project{"PulseHouse", a.Zone(), version}, nil
}
