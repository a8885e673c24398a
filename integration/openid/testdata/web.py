"""Around the Python providers: settings, cookies, a web server on loopback."""

import json
import os
import sys
import threading
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

settings = json.loads(os.environ["SETTINGS"])


class Request:
    def __init__(self, method, base, target, headers, body):
        self.method = method
        self.uri = base + target
        self.path = urlsplit(target).path
        self.headers = dict(headers.items())
        self.body = body
        self.form = dict(parse_qsl(body, keep_blank_values=True))
        self.query = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
        cookies = SimpleCookie(headers.get("Cookie", ""))
        username = cookies["person"].value if "person" in cookies else None
        self.person = next((p for p in settings["people"] if p["username"] == username), None)
        if "deny" in cookies:
            self.person = None


def claims(person, scope):
    """The members of userinfo that scope asks for."""
    found = {"sub": person["id"]}
    if "profile" in scope:
        found.update(
            name=f"{person['given_name']} {person['family_name']}", given_name=person["given_name"],
            family_name=person["family_name"], preferred_username=person["username"],
        )
    if "email" in scope:
        found.update(email=person["email"], email_verified=person["email_verified"])
    return found


def serve(make):
    """make(issuer) returns a function from Request to (status, body, headers)."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8")
            with lock:
                status, text, headers = dispatch(Request(self.command, issuer, self.path, self.headers, body))
            if isinstance(text, (dict, list)):
                text = json.dumps(text)
            data = (text or "").encode("utf-8")
            self.send_response(status)
            for name, value in dict(headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = answer

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            # A client that drops an idle connection is nothing to report.
            if not isinstance(sys.exc_info()[1], ConnectionError):
                super().handle_error(request, client_address)

    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    server = Server(("127.0.0.1", 0), Handler)
    issuer = f"http://127.0.0.1:{server.server_address[1]}"
    dispatch = make(issuer)
    print(f"listening {issuer}", flush=True)
    server.serve_forever()
