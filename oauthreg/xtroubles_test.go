package oauthreg_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"
)

// The ways for X to be in trouble.

func says(status int, contentType, body string, header ...string) trouble {
	return trouble{serve: func(x *troubledX, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], strings.ReplaceAll(header[i+1], "ELSEWHERE", x.elsewhere))
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}}
}

// alters changes the real answer.
func alters(change func(rec *httptest.ResponseRecorder)) trouble {
	return trouble{serve: func(_ *troubledX, w http.ResponseWriter, _ *http.Request, answer func() *httptest.ResponseRecorder) {
		rec := answer()
		change(rec)
		rec.Header().Del("Content-Length")
		send(w, rec)
	}}
}

func rewrites(change func(body string) string) trouble {
	return alters(func(rec *httptest.ResponseRecorder) {
		rec.Body = bytes.NewBufferString(change(rec.Body.String()))
	})
}

// profile is the real one with other members for its ID.
func profile(members string) trouble {
	return trouble{serve: func(_ *troubledX, w http.ResponseWriter, r *http.Request, answer func() *httptest.ResponseRecorder) {
		rec := answer()
		body := "{" + members + `,"screen_name":"` + upstreamWords + `"}`
		if r.URL.Path == me {
			body = `{"data":` + body + "}"
		}
		rec.Body = bytes.NewBufferString(body)
		rec.Header().Del("Content-Length")
		send(w, rec)
	}}
}

// never answers, not even in part.
func never() trouble {
	return trouble{hasty: true, serve: func(_ *troubledX, _ http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder) {
		_, _ = io.Copy(io.Discard, r.Body) // or net/http does not tell that the client left
		<-r.Context().Done()
	}}
}

// drips sends a byte now and then.
func drips() trouble {
	return trouble{hasty: true, serve: func(_ *troubledX, w http.ResponseWriter, r *http.Request, answer func() *httptest.ResponseRecorder) {
		for _, c := range answer().Body.Bytes() {
			_, _ = w.Write([]byte{c})
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}}
}

// resets the connection in the middle of the body.
func resets() trouble {
	return trouble{serve: func(_ *troubledX, w http.ResponseWriter, _ *http.Request, answer func() *httptest.ResponseRecorder) {
		body := answer().Body.String()
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body[:len(body)/2]))
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}}
}

// floods sends 100 MB, or as much as is taken.
func floods(status int) trouble {
	return trouble{serve: func(x *troubledX, w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) {
		w.WriteHeader(status)
		chunk := bytes.Repeat([]byte(upstreamWords), 1<<20/len(upstreamWords))
		for range 100 {
			n, err := w.Write(chunk)
			x.sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	}}
}

func zipped(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data) // a bytes.Buffer does not fail
	_ = z.Close()
	return b.Bytes()
}

// unaskedGzip is for a client that did not say that it can.
func unaskedGzip() trouble {
	tr := alters(func(rec *httptest.ResponseRecorder) {
		rec.Body = bytes.NewBuffer(zipped(rec.Body.Bytes()))
		rec.Header().Set("Content-Encoding", "gzip")
	})
	tr.noGzip = true
	return tr
}

// bomb unpacks to 100 MB.
func bomb() trouble {
	return alters(func(rec *httptest.ResponseRecorder) {
		rec.Body = bytes.NewBuffer(bytes.Repeat(zipped(make([]byte, 1<<20)), 100))
		rec.Header().Set("Content-Encoding", "gzip")
	})
}
