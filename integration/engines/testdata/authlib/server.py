"""An OAuth 1.0a provider on Authlib's framework-free server classes
(python3-authlib)."""

import hmac
import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))

# The programs serve loopback without TLS; Authlib reads this for each request.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.common.urls import url_encode
from authlib.oauth1 import AuthorizationServer, ClientMixin, OAuth1Request, ResourceProtector, TemporaryCredential
from authlib.oauth1.rfc5849.errors import InvalidTokenError, OAuth1Error

from xserver import Engine, Refused, Store, serve, token


class Client(ClientMixin):
    def __init__(self, secret):
        self.secret = secret

    def get_client_secret(self):
        return self.secret


class Credential(TemporaryCredential):
    def check_verifier(self, verifier):
        known = self.get("oauth_verifier")
        return known is not None and hmac.compare_digest(known.encode(), verifier.encode())


class Tables:
    """What both of Authlib's servers ask their host for."""

    store = None

    def get_client_by_id(self, client_id):
        return Client(self.store.consumer_secret) if client_id == self.store.consumer_key else None

    def exists_nonce(self, nonce, request):
        return not self.store.fresh_nonce(nonce, request.timestamp, request.client_id, request.token)


class Provider(Tables, AuthorizationServer):
    def __init__(self, store):
        self.store = store

    def create_oauth1_request(self, request):
        if isinstance(request, OAuth1Request):
            return request
        return protocol(request)

    def handle_response(self, status_code, payload, headers):
        if isinstance(payload, list):
            # Authlib confirms the callback with "True"; X and RFC 5849 say "true".
            payload = url_encode([(k, "true" if v is True else v) for k, v in payload])
        elif isinstance(payload, dict):
            payload = url_encode(payload.items())
        return status_code, payload, dict(headers)

    def create_temporary_credential(self, request):
        credential = Credential(
            oauth_token=token(40), oauth_token_secret=token(40),
            client_id=request.client_id, oauth_callback=request.redirect_uri,
        )
        self.store.requests[credential["oauth_token"]] = {"callback": request.redirect_uri, "credential": credential}
        return credential

    def get_temporary_credential(self, request):
        return self.store.requests.get(request.token, {}).get("credential")

    def delete_temporary_credential(self, request):
        self.store.requests.pop(request.token, None)

    def create_authorization_verifier(self, request):
        verifier = token(32)
        request.credential.update(oauth_verifier=verifier, person=request.user)
        self.store.requests[request.token]["verifier"] = verifier
        return verifier

    def create_token_credential(self, request):
        person = request.credential["person"]
        credential = Credential(
            oauth_token=f"{person.id}-{token(30)}", oauth_token_secret=token(40), person=person)
        self.store.accesses[credential["oauth_token"]] = {"person": person, "credential": credential}
        self.issued_to = person
        return credential


class Protector(Tables, ResourceProtector):
    def __init__(self, store):
        self.store = store

    def get_token_credential(self, request):
        return self.store.accesses.get(request.token, {}).get("credential")


def protocol(request):
    # Authlib takes any body it is given for a form.
    try:
        return OAuth1Request(request.method, request.url, request.body or None, request.headers)
    except ValueError as error:
        raise Refused(str(error)) from error


class Authlib(Engine):
    def __init__(self, store):
        super().__init__(store)
        self.provider = Provider(store)
        self.protector = Protector(store)

    def request_token(self, request):
        return self.checked(self.provider.create_temporary_credentials_response(request))

    def authorize(self, request, person):
        try:
            _, _, headers = self.provider.create_authorization_response(request, person)
        except OAuth1Error as error:
            raise Refused(str(error)) from error
        return headers["Location"]

    def access_token(self, request):
        body = self.checked(self.provider.create_token_response(protocol(request)))
        person = self.provider.issued_to
        return body + "&" + url_encode([("user_id", person.id), ("screen_name", person.screen_name)])

    def verify(self, request):
        try:
            return self.protector.validate_request(request.method, request.url, request.body, request.headers).token
        except (OAuth1Error, ValueError) as error:
            refusal = Refused(str(error))
            refusal.dead_token = isinstance(error, InvalidTokenError)
            raise refusal from error

    def checked(self, response):
        status, body, _ = response
        if status != 200:
            raise Refused(f"{status} {body}")
        return body


serve(Authlib(Store()))
