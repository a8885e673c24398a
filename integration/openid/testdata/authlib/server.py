"""An OpenID Connect provider on Authlib's framework-free server classes
(python3-authlib)."""

import os
import sys
import time
from base64 import urlsafe_b64decode
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# The program serves loopback without TLS; Authlib reads this for each request.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.common.security import generate_token
from authlib.jose import JsonWebKey
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import (
    AuthorizationCodeMixin, AuthorizationServer, ClientMixin, OAuth2Request, ResourceProtector, TokenMixin, grants)
from authlib.oauth2.rfc6750 import BearerTokenGenerator, BearerTokenValidator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode

from web import claims, serve, settings

JSON = {"Content-Type": "application/json"}


def make_key():
    """Makes a key that Authlib publishes as RFC 7518 section 6.2.1.2 says. Of one
    in 128 it writes a coordinate without its leading zero, which no client reads;
    what comes of those is a test of package oidcflow."""
    while True:
        key = JsonWebKey.generate_key("EC", "P-256", options={"kid": "ec"}, is_private=True)
        if all(len(urlsafe_b64decode(key.as_dict()[name] + "==")) == 32 for name in ("x", "y")):
            return key


KEY = make_key()


class Client(ClientMixin):
    def __init__(self, member):
        self.id, self.secret, self.callbacks = member["id"], member["secret"], member["callbacks"]

    def get_client_id(self):
        return self.id

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return scope

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri in self.callbacks

    def check_client_secret(self, client_secret):
        return client_secret == self.secret

    def check_endpoint_auth_method(self, method, endpoint):
        return method == ("client_secret_basic" if self.secret else "none")

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type in ("authorization_code", "refresh_token")


class Code(AuthorizationCodeMixin):
    def __init__(self, code, request):
        self.code, self.client, self.user = code, request.client, request.user
        self.redirect_uri, self.scope = request.redirect_uri, request.scope
        self.nonce, self.auth_time = request.data.get("nonce"), int(time.time())
        self.code_challenge = request.data.get("code_challenge")
        self.code_challenge_method = request.data.get("code_challenge_method")

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return self.auth_time


class Token(TokenMixin):
    def __init__(self, token, request):
        self.access, self.refresh = token["access_token"], token.get("refresh_token")
        self.scope, self.expires_in, self.client, self.user = token["scope"], token["expires_in"], request.client, request.user
        self.dead = False

    def check_client(self, client):
        return self.client.id == client.id

    def get_scope(self):
        return self.scope

    def get_expires_in(self):
        return self.expires_in

    def is_expired(self):
        return False

    def is_revoked(self):
        return self.dead


clients = {member["id"]: Client(member) for member in settings["clients"]}
codes = {}
tokens = []


class Provider(AuthorizationServer):
    def query_client(self, client_id):
        return clients.get(client_id)

    def save_token(self, token, request):
        tokens.append(Token(token, request))

    def create_oauth2_request(self, request):
        if isinstance(request, OAuth2Request):
            return request
        return OAuth2Request(request.method, request.uri, request.form, request.headers)

    def handle_response(self, status, body, headers):
        return status, body, dict(headers)

    def send_signal(self, name, *args, **kwargs):
        pass


class CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "none"]

    def save_authorization_code(self, code, request):
        codes[code] = Code(code, request)

    def query_authorization_code(self, code, client):
        found = codes.get(code)
        return found if found and found.client.id == client.id else None

    def delete_authorization_code(self, authorization_code):
        codes.pop(authorization_code.code, None)

    def authenticate_user(self, authorization_code):
        return authorization_code.user


class RefreshGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "none"]
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token):
        return next((t for t in tokens if t.refresh == refresh_token and not t.dead), None)

    def authenticate_user(self, credential):
        return credential.user

    def revoke_old_credential(self, credential):
        credential.dead = True


class Revocation(RevocationEndpoint):
    def query_token(self, token_string, token_type_hint):
        return next((t for t in tokens if token_string in (t.access, t.refresh)), None)

    def revoke_token(self, token, request):
        token.dead = True


class Validator(BearerTokenValidator):
    def authenticate_token(self, token_string):
        return next((t for t in tokens if t.access == token_string), None)


class OpenID(OpenIDCode):
    def __init__(self, issuer):
        super().__init__(require_nonce=True)
        self.issuer = issuer

    def exists_nonce(self, nonce, request):
        return any(code.nonce == nonce for code in codes.values())

    def get_jwt_config(self, grant):
        return {"key": KEY, "alg": "ES256", "iss": self.issuer, "exp": 3600}

    def generate_user_info(self, user, scope):
        return {"sub": user["id"]}


def make(issuer):
    provider = Provider()
    provider.register_token_generator("default", BearerTokenGenerator(
        lambda **_: generate_token(42), lambda **_: generate_token(48), lambda *_: 3600))
    provider.register_grant(CodeGrant, [OpenID(issuer), CodeChallenge(required=True)])
    provider.register_grant(RefreshGrant)
    provider.register_endpoint(Revocation)
    protector = ResourceProtector()
    protector.register_token_validator(Validator())

    metadata = {
        "issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token",
        "userinfo_endpoint": issuer + "/userinfo", "revocation_endpoint": issuer + "/revoke", "jwks_uri": issuer + "/keys",
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"], "code_challenge_methods_supported": ["plain", "S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "none"],
    }

    def userinfo(request):
        try:
            protected = OAuth2Request(request.method, request.uri, request.form, request.headers)
            validator, text = protector.parse_request_authorization(protected)
            token = validator.authenticate_token(text)
            validator.validate_token(token, None, protected)
        except OAuth2Error as error:
            return error()
        return 200, claims(token.user, token.scope), JSON

    def dispatch(request):
        match request.path:
            case "/.well-known/openid-configuration":
                return 200, metadata, JSON
            case "/keys":
                return 200, {"keys": [KEY.as_dict(is_private=False)]}, JSON
            case "/authorize":
                return provider.create_authorization_response(request, request.person)
            case "/token":
                return provider.create_token_response(request)
            case "/revoke":
                return provider.create_endpoint_response("revocation", request)
            case "/userinfo":
                return userinfo(request)
        return 404, "", {}

    return dispatch


serve(make)
