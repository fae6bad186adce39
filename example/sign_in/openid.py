"""Sign-in at an OpenID provider: authorization code with PKCE, by the standard library alone."""

import base64
import hashlib
import json
import secrets
import time
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_):  # it would take the secret along
        return None


def fetch(url, form=None, headers=None):
    """JSON over TLS, with certificate and host name checked; RFC 8252 lets this machine be."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1"):
        raise ValueError(f"{url} is not https")
    body = None if form is None else urlencode(form).encode()
    with build_opener(NoRedirect).open(Request(url, body, headers or {}), timeout=10) as answer:
        return json.loads(answer.read(1024 * 1024))


class OpenID:
    def __init__(self, issuer, client_id, client_secret, redirect_uri):
        self.about = fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if self.about["issuer"] != issuer:
            raise ValueError(f"{issuer} says it is {self.about['issuer']}")
        self.issuer, self.client_id, self.redirect_uri = issuer, client_id, redirect_uri
        pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"  # RFC 6749, 2.3.1
        self.secret = "Basic " + base64.b64encode(pair.encode()).decode()

    def begin(self):
        """Where to send the browser, and what its session keeps until it is back."""
        kept = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        digest = hashlib.sha256(kept["verifier"].encode()).digest()  # RFC 7636, 4.2
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        asked = {"response_type": "code", "scope": "openid profile"}
        asked |= {"client_id": self.client_id, "redirect_uri": self.redirect_uri}
        asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        asked |= {"state": kept["state"], "nonce": kept["nonce"]}
        return f"{self.about['authorization_endpoint']}?{urlencode(asked)}", kept

    def finish(self, query, kept):
        """What the provider says of who came back with ``query``; ValueError: do not believe it."""
        names_itself = self.about.get("authorization_response_iss_parameter_supported")
        if query.get("iss", None if names_itself else self.issuer) != self.issuer:  # RFC 9207
            raise ValueError("the answer comes from another provider")
        form = {"grant_type": "authorization_code", "code": query.get("code", "")}
        form |= {"redirect_uri": self.redirect_uri, "code_verifier": kept["verifier"]}
        tokens = fetch(self.about["token_endpoint"], form, {"Authorization": self.secret})
        payload = tokens["id_token"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return self.checked(claims, kept["nonce"])

    def checked(self, claims, nonce):
        """As OpenID Connect Core 3.1.3.7 has it, without the signature: the token came straight
        from the provider over TLS, which its item 6 takes instead."""
        now, audience = time.time(), claims["aud"]
        if claims["iss"] != self.issuer or audience not in (self.client_id, [self.client_id]):
            raise ValueError("the ID token is of or for somebody else")
        if claims.get("azp", self.client_id) != self.client_id or not claims["sub"]:
            raise ValueError("the ID token is about nobody, or was given to somebody else")
        if claims["exp"] < now - 60 or abs(claims["iat"] - now) > 600:
            raise ValueError("the ID token is too old, or of the future")
        if not secrets.compare_digest(claims["nonce"], nonce):
            raise ValueError("the ID token belongs to another sign-in")
        return claims
