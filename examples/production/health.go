package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"
)

// health answers the load balancer. Its answers say which service does not
// answer and no more: the log has the rest.
type health struct {
	db       *sql.DB
	redis    *redis.Client
	stopping atomic.Bool
	last     atomic.Value // the last answer of ready, a string
	log      *slog.Logger
}

// readyTimeout is what each service has to answer /readyz.
const readyTimeout = time.Second

// alive says that the process answers. It asks nobody: what restarts a process
// that is not alive must not do so because the database is away.
func (h *health) alive(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") }

// ready says whether requests are welcome. Only a change is logged.
func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	status, text := http.StatusServiceUnavailable, "stopping"
	var err error
	if !h.stopping.Load() {
		if text, err = h.check(r.Context()); text == "" {
			status, text = http.StatusOK, "ok"
		}
	}
	if h.last.Swap(text) != text {
		if err != nil {
			h.log.Warn("not ready", "because", text, "error", err)
		} else {
			h.log.Info("readiness", "is", text)
		}
	}
	plain(w, status, text)
}

// check returns which services do not answer, "" if all do.
func (h *health) check(ctx context.Context) (text string, err error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	var dbErr, redisErr error
	var wg sync.WaitGroup
	wg.Go(func() { dbErr = h.db.PingContext(ctx) })
	wg.Go(func() { redisErr = h.redis.Ping(ctx).Err() })
	wg.Wait()
	var away []string
	if dbErr != nil {
		away = append(away, "PostgreSQL does not answer")
	}
	if redisErr != nil {
		away = append(away, "Redis does not answer")
	}
	return strings.Join(away, "; "), errors.Join(dbErr, redisErr)
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}

// away reports whether err says that PostgreSQL or Redis cannot be used right
// now, rather than that there is a mistake in this program.
func away(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		// Classes of SQLSTATE: connection, resources, operator intervention (such as
		// a shutdown), system error; and writing on a replica.
		switch e.Code[:min(2, len(e.Code))] {
		case "08", "53", "57", "58":
			return true
		}
		return e.Code == "25006"
	}
	if e, ok := errors.AsType[redis.Error](err); ok {
		kind, _, _ := strings.Cut(e.Error(), " ")
		switch kind {
		case "LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "OOM", "MISCONF":
			return true
		}
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	for _, kind := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, sql.ErrConnDone, driver.ErrBadConn, redis.ErrPoolTimeout, context.DeadlineExceeded} {
		if errors.Is(err, kind) {
			return true
		}
	}
	// What the driver says of a connection that broke before the query was sent.
	return pgconn.SafeToRetry(err)
}
