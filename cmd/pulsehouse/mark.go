package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"
)

// mark sends events until one has been received clearly after an instant: receipt times are trusted to a second, see
// dataCompleteTo.
func (r *remote) mark(ctx context.Context, after time.Time) error {
	key, err := r.secret("", "PULSEHOUSE_WRITE_KEY", writeKeyFile)
	if err != nil {
		return err
	}
	select {
	case <-time.After(time.Until(after.Add(1200 * time.Millisecond))):
	case <-ctx.Done():
		return ctx.Err()
	}
	body := fmt.Sprintf(`{"userId":"demo","event":"Demo Sent","writeKey":%q}`, key)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL+"/v1/track", bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("send the last event: status %d", res.StatusCode)
	}
	return nil
}
