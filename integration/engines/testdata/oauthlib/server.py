"""An OAuth 1.0a provider on oauthlib's server endpoints (python3-oauthlib)."""

import hmac
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))

from oauthlib.common import urlencode
from oauthlib.oauth1 import RequestValidator, WebApplicationServer
from oauthlib.oauth1.rfc5849.errors import OAuth1Error

from xserver import Engine, Refused, Store, serve, token


def printable(text, shortest, longest):
    return shortest <= len(text) <= longest and text.isprintable()


class Validator(RequestValidator):
    """Everything not overridden keeps oauthlib's defaults: its timestamp
    window, its form of nonces and consumer keys, its duplicate checks."""

    dummy_client = "dummy client"
    dummy_request_token = "dummy request token"
    dummy_access_token = "dummy access token"

    def __init__(self, store):
        super().__init__()
        self.store = store

    # The programs serve loopback without TLS.
    @property
    def enforce_ssl(self):
        return False

    # X documents HMAC-SHA1 alone; oauthlib allows more.
    @property
    def allowed_signature_methods(self):
        return ("HMAC-SHA1",)

    # oauthlib wants tokens of 20 to 30 letters and digits. X's request tokens
    # have 27 or 43, its access tokens 50 with a hyphen, its verifiers 32 or 42;
    # with ODD set they have characters that must be encoded.
    def check_request_token(self, text):
        return printable(text, 20, 64)

    check_access_token = check_verifier = check_request_token

    def validate_timestamp_and_nonce(self, client_key, timestamp, nonce, request,
                                     request_token=None, access_token=None):
        return self.store.fresh_nonce(client_key, timestamp, nonce, request_token or access_token)

    def validate_client_key(self, client_key, request):
        return client_key == self.store.consumer_key

    def get_client_secret(self, client_key, request):
        return self.store.consumer_secret if client_key == self.store.consumer_key else "dummy"

    def get_default_realms(self, client_key, request):
        return []

    def validate_requested_realms(self, client_key, realms, request):
        return True

    def validate_realms(self, client_key, token, request, uri=None, realms=None):
        return True

    def get_realms(self, token, request):
        return []

    def validate_redirect_uri(self, client_key, redirect_uri, request):
        return redirect_uri == "oob" or redirect_uri.startswith(("http://", "https://"))

    def get_redirect_uri(self, token, request):
        return self.store.requests[token]["callback"]

    def save_request_token(self, token, request):
        self.store.requests[token["oauth_token"]] = {
            "secret": token["oauth_token_secret"], "callback": request.redirect_uri,
        }

    def verify_request_token(self, token, request):
        return token in self.store.requests

    def validate_request_token(self, client_key, token, request):
        return token in self.store.requests

    def get_request_token_secret(self, client_key, token, request):
        return self.store.requests.get(token, {}).get("secret", "dummy")

    def invalidate_request_token(self, client_key, request_token, request):
        self.store.requests.pop(request_token, None)

    def save_verifier(self, token, verifier, request):
        self.store.requests[token].update(verifier=verifier["oauth_verifier"], person=self.approving)

    def validate_verifier(self, client_key, token, verifier, request):
        known = self.store.requests.get(token, {}).get("verifier")
        return known is not None and hmac.compare_digest(known.encode(), verifier.encode())

    def save_access_token(self, token, request):
        self.store.accesses[token["oauth_token"]] = {
            "secret": token["oauth_token_secret"],
            "person": self.store.requests[request.resource_owner_key]["person"],
        }

    def validate_access_token(self, client_key, token, request):
        return token in self.store.accesses

    def get_access_token_secret(self, client_key, token, request):
        return self.store.accesses.get(token, {}).get("secret", "dummy")


class Server(WebApplicationServer):
    def create_access_token(self, request, credentials):
        # X names the person in the token's first part and in two more members.
        person = self.request_validator.store.requests[request.resource_owner_key]["person"]
        issued = {
            "oauth_token": f"{person.id}-{token(30)}", "oauth_token_secret": token(40),
            "user_id": person.id, "screen_name": person.screen_name,
        }
        self.request_validator.save_access_token(issued, request)
        return urlencode(issued.items())


class Oauthlib(Engine):
    def __init__(self, store):
        super().__init__(store)
        self.validator = Validator(store)
        self.server = Server(self.validator)
        self.server.token_generator = lambda: token(40)

    def request_token(self, request):
        return self.checked(self.server.create_request_token_response, request)

    def authorize(self, request, person):
        self.validator.approving = person
        headers, _, status = self.server.create_authorization_response(request.url, "GET")
        if status != 302:
            raise Refused(f"authorization answered {status}")
        return headers["Location"]

    def access_token(self, request):
        return self.checked(self.server.create_access_token_response, request)

    def verify(self, request):
        valid, processed = self.server.validate_protected_resource_request(
            request.url, request.method, request.body, dict(request.headers), [])
        if not valid:
            log = dict(processed.validator_log) if processed else {}
            refusal = Refused(f"resource request refused: {log}")
            refusal.dead_token = log.get("resource_owner") is False
            raise refusal
        return processed.resource_owner_key

    def checked(self, respond, request):
        try:
            _, body, status = respond(request.url, request.method, request.body, dict(request.headers))
        except OAuth1Error as error:
            raise Refused(str(error)) from error
        if status != 200:
            raise Refused(f"{status} {body}")
        return body


serve(Oauthlib(Store()))
