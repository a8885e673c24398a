"""An OAuth 2.0 provider on oauthlib's server endpoints (python3-oauthlib)."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# The program serves loopback without TLS; oauthlib reads this for each request.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

from base64 import b64decode
from urllib.parse import unquote_plus

from oauthlib.oauth2 import AccessDeniedError, RequestValidator, WebApplicationServer
from oauthlib.oauth2.rfc6749.errors import FatalClientError, OAuth2Error

from web import claims, serve, settings

JSON = {"Content-Type": "application/json"}
clients = {member["id"]: member for member in settings["clients"]}
codes = {}
tokens = []


class Validator(RequestValidator):
    def client(self, request, client_id):
        request.client = SimpleNamespace(client_id=client_id)
        return True

    def validate_client_id(self, client_id, request):
        return client_id in clients

    def client_authentication_required(self, request):
        return True

    def authenticate_client(self, request):
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        if kind != "Basic":
            return False
        client_id, _, secret = (unquote_plus(part) for part in b64decode(text).decode("utf-8").partition(":"))
        known = clients.get(client_id)
        return bool(known and known["secret"] == secret != "") and self.client(request, client_id)

    def validate_redirect_uri(self, client_id, redirect_uri, request):
        return redirect_uri in clients[client_id]["callbacks"]

    def validate_response_type(self, client_id, response_type, client, request):
        return response_type == "code"

    def validate_grant_type(self, client_id, grant_type, client, request):
        return grant_type in ("authorization_code", "refresh_token")

    def validate_scopes(self, client_id, scopes, client, request):
        return set(scopes) <= {"profile", "email"}

    def get_default_scopes(self, client_id, request):
        return ["profile"]

    def is_pkce_required(self, client_id, request):
        return True

    def save_authorization_code(self, client_id, code, request):
        codes[code["code"]] = SimpleNamespace(
            client_id=client_id, redirect_uri=request.redirect_uri, scopes=request.scopes, user=request.user,
            challenge=request.code_challenge, method=request.code_challenge_method)

    def validate_code(self, client_id, code, client, request):
        found = codes.get(code)
        if not found or found.client_id != client_id:
            return False
        request.user, request.scopes = found.user, found.scopes
        return True

    def get_code_challenge(self, code, request):
        return codes[code].challenge

    def get_code_challenge_method(self, code, request):
        return codes[code].method

    def confirm_redirect_uri(self, client_id, code, redirect_uri, client, request):
        return codes[code].redirect_uri == redirect_uri

    def invalidate_authorization_code(self, client_id, code, request):
        del codes[code]

    def save_bearer_token(self, token, request):
        tokens.append(SimpleNamespace(
            access=token["access_token"], refresh=token.get("refresh_token"), scopes=token["scope"].split(),
            user=request.user, client_id=request.client.client_id))

    def validate_refresh_token(self, refresh_token, client, request):
        found = next((t for t in tokens if t.refresh == refresh_token and t.client_id == client.client_id), None)
        if found:
            request.user = found.user
        return bool(found)

    def rotate_refresh_token(self, request):
        tokens[:] = [t for t in tokens if t.refresh != request.refresh_token]
        return True

    def get_original_scopes(self, refresh_token, request):
        return ["profile", "email"]

    def validate_bearer_token(self, token, scopes, request):
        found = next((t for t in tokens if t.access == token), None)
        if found:
            request.user, request.scopes = found.user, found.scopes
        return bool(found)

    def revoke_token(self, token, token_type_hint, request):
        tokens[:] = [t for t in tokens if token not in (t.access, t.refresh)]


def make(issuer):
    provider = WebApplicationServer(Validator())

    def ask(method, request, *more):
        headers, body, status = method(request.uri, request.method, request.body, request.headers, *more)
        return status, body, headers

    def authorize(request):
        try:
            scopes, credentials = provider.validate_authorization_request(
                request.uri, request.method, request.body, request.headers)
            if request.person is None:
                denied = AccessDeniedError(state=credentials["state"])
                return 302, "", {"Location": denied.in_uri(credentials["redirect_uri"])}
            credentials["user"] = request.person
            headers, body, status = provider.create_authorization_response(
                request.uri, request.method, request.body, request.headers, scopes, credentials)
            return status, body, headers
        except FatalClientError as error:
            return 400, str(error), {}
        except OAuth2Error as error:
            return 302, "", {"Location": error.in_uri(error.redirect_uri)}

    def userinfo(request):
        valid, found = provider.verify_request(request.uri, request.method, request.body, request.headers, [])
        if not valid:
            return 401, {"error": "invalid_token"}, JSON
        return 200, claims(found.user, found.scopes), JSON

    def dispatch(request):
        match request.path:
            case "/authorize":
                return authorize(request)
            case "/token":
                return ask(provider.create_token_response, request)
            case "/revoke":
                return ask(provider.create_revocation_response, request)
            case "/userinfo":
                return userinfo(request)
        return 404, "", {}

    return dispatch


serve(make)
