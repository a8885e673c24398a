"""What X's endpoints look like from outside, without the OAuth in them.

The two Python engines bring the OAuth: an Engine verifies requests and
issues tokens by its library's own code, and this module puts that behind
X's paths, answer forms and error forms.
"""

import json
import os
import secrets
import string
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlsplit

# "%" is followed by a blank, never by what could be two hex digits: Authlib
# decodes oauth_ parameters once more for the base string, and "%41" would
# not survive that.
ODD = '+/=&% ~"é' if os.environ.get("ODD") == "1" else ""
ALPHABET = string.ascii_letters + string.digits


def token(length):
    """Random text; odd characters, if wanted, stand in its middle, where no
    trimming anywhere can hide a mistake."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(length))
    return text[: length // 2] + ODD + text[length // 2:]


def form(pairs):
    return "&".join(f"{quote(k, safe='')}={quote(str(v), safe='')}" for k, v in pairs)


class Refused(Exception):
    """The engine did not accept a request. The text is for /_stats."""


class Person:
    def __init__(self, member):
        self.id = str(member["id"])
        self.screen_name = member["screen_name"]
        self.name = member["name"]
        self.email = member.get("email")
        self.picture = f"https://pbs.twimg.com/profile_images/{self.id}/picture_normal.jpg"

    def v1(self, include_email):
        profile = {
            "id": int(self.id),
            "id_str": self.id,
            "name": self.name,
            "screen_name": self.screen_name,
            "location": "",
            "description": None,
            "url": None,
            "protected": False,
            "verified": False,
            "created_at": "Wed Oct 21 23:53:04 +0000 2015",
            "profile_image_url": self.picture.replace("https:", "http:"),
            "profile_image_url_https": self.picture,
        }
        if include_email:
            profile["email"] = self.email
        return profile

    def v2(self, fields):
        profile = {"id": self.id, "name": self.name, "username": self.screen_name}
        if "profile_image_url" in fields:
            profile["profile_image_url"] = self.picture
        return {"data": profile}


class Store:
    """The provider's tables, for one consumer."""

    def __init__(self):
        self.consumer_key = os.environ["CONSUMER_KEY"]
        self.consumer_secret = os.environ["CONSUMER_SECRET"]
        with open(os.environ["PEOPLE"], encoding="utf-8") as file:
            self.people = [Person(member) for member in json.load(file)]
        self.requests = {}  # request token -> dict(secret, callback, verifier, person)
        self.accesses = {}  # access token -> dict(secret, person)
        self.nonces = set()

    def person(self, id_):
        if id_ is None:
            return self.people[0]
        return next((p for p in self.people if p.id == id_), None)

    def fresh_nonce(self, *key):
        """True once for each key."""
        if key in self.nonces:
            return False
        self.nonces.add(key)
        return True


class Request:
    def __init__(self, method, base, target, headers, body):
        self.method = method
        self.url = base + target
        self.path = urlsplit(target).path
        self.headers = headers
        self.query = parse_qsl(urlsplit(target).query, keep_blank_values=True)
        kind = headers.get("Content-Type", "").split(";")[0].strip().lower()
        self.is_form = kind == "application/x-www-form-urlencoded"
        self.body = body if self.is_form else ""
        self.form = parse_qsl(self.body, keep_blank_values=True)

    def get(self, name, default=None):
        return next((v for k, v in self.query if k == name), default)


class Engine:
    """What a library has to bring. Each method raises Refused.

    request_token(request) -> form-encoded answer
    authorize(request, person) -> URL to send the browser to
    access_token(request) -> form-encoded answer
    verify(request) -> the access token that signed the request
    """

    def __init__(self, store):
        self.store = store


def serve(engine):
    store = engine.store
    lock = threading.Lock()
    stats = {"requests": {}, "refused": 0, "reasons": []}

    def dispatch(request):
        path = (request.method, request.path)
        if path == ("GET", "/_stats"):
            return as_json(200, stats)
        stats["requests"][request.path] = stats["requests"].get(request.path, 0) + 1
        try:
            return answer(path, request)
        except Refused as refusal:
            stats["refused"] += 1
            stats["reasons"].append(f"{request.path}: {refusal}")
            return refused(request, refusal)

    def answer(path, request):
        match path:
            case ("POST", "/oauth/request_token"):
                return 200, HTML, engine.request_token(request)
            case ("GET", "/oauth/authenticate" | "/oauth/authorize"):
                return authorize(request)
            case ("POST", "/oauth/access_token"):
                return 200, HTML, engine.access_token(request)
            case ("GET", "/1.1/account/verify_credentials.json"):
                person = store.accesses[engine.verify(request)]["person"]
                return as_json(200, person.v1(request.get("include_email") == "true"))
            case ("GET", "/2/users/me"):
                person = store.accesses[engine.verify(request)]["person"]
                return as_json(200, person.v2(request.get("user.fields", "").split(",")))
            case ("POST", "/1.1/oauth/invalidate_token.json"):
                key = engine.verify(request)
                del store.accesses[key]
                return as_json(200, {"access_token": key})
            case ("GET" | "POST", "/1.1/echo.json"):
                engine.verify(request)
                return as_json(200, {"method": request.method, "query": request.query, "form": request.form})
        return as_json(404, {"errors": [{"code": 34, "message": "Sorry, that page does not exist."}]})

    def authorize(request):
        key = request.get("oauth_token")
        entry = store.requests.get(key)
        person = store.person(request.get("person"))
        if entry is None or entry.get("verifier") or person is None:
            return 403, HTML, "<p>Whoa there! The request token for this page is invalid.</p>"
        if request.get("deny") == "1":
            del store.requests[key]
            callback = entry["callback"]
            location = callback + ("&" if "?" in callback else "?") + form([("denied", key)])
        else:
            location = engine.authorize(request, person)
        return 302, {"Location": location}, ""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8")
            base = "http://" + self.headers["Host"]
            request = Request(self.command, base, self.path, self.headers, body)
            with lock:
                status, headers, text = dispatch(request)
            data = text.encode("utf-8")
            self.send_response(status)
            for name, value in headers.items():
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

    if os.environ.get("LIFELINE") == "1":
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    server = Server(("127.0.0.1", 0), Handler)
    print(f"listening http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


HTML = {"Content-Type": "text/html; charset=utf-8"}


def as_json(status, value):
    return status, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(value, ensure_ascii=False)


def refused(request, refusal):
    if request.path.startswith("/2/"):
        return as_json(401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"})
    code, message = 32, "Could not authenticate you."
    if getattr(refusal, "dead_token", False):
        code, message = 89, "Invalid or expired token."
    return as_json(401, {"errors": [{"code": code, "message": message}]})
