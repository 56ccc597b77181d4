package main

import "context"

// floor is a part that runs on when ctx ends, until what stands on it has stopped.
type floor struct {
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // once ended is closed
}

func start(ctx context.Context, run func(context.Context) error) *floor {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &floor{cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(f.ended)
		f.err = run(ctx)
	}()
	return f
}

// fails waits until the part ends by itself and returns why, which stop does not repeat, or until ctx ends.
func (f *floor) fails(ctx context.Context) (err error) {
	select {
	case <-f.ended:
		err, f.err = f.err, nil
		return err
	case <-ctx.Done():
		return nil
	}
}

// stop stops the part and returns how it ended. It may be called again.
func (f *floor) stop() error {
	f.cancel()
	<-f.ended
	return f.err
}
