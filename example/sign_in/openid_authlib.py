"""Sign-in at an OpenID provider by authlib: pip install authlib requests"""

import secrets

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet


class OpenID:
    def __init__(self, issuer, client_id, client_secret, redirect_uri):
        well_known = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        self.about = requests.get(well_known, timeout=10).json()
        if self.about["issuer"] != issuer:
            raise ValueError(f"{issuer} says it is {self.about['issuer']}")
        self.client_id, self.client_secret = client_id, client_secret
        self.redirect_uri = redirect_uri

    def _session(self, state=None):
        return OAuth2Session(
            self.client_id,
            self.client_secret,
            state=state,
            scope="openid profile",
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            default_timeout=10,
        )

    def begin(self):
        """Where to send the browser, and what its session keeps until it is back."""
        kept = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        with self._session() as session:
            address, _ = session.create_authorization_url(
                self.about["authorization_endpoint"],
                state=kept["state"],
                nonce=kept["nonce"],
                code_verifier=kept["verifier"],
            )
        return address, kept

    def finish(self, query, kept):
        """What the provider says of who came back with ``query``; ValueError: do not believe it."""
        try:
            with self._session(kept["state"]) as session:
                tokens = session.fetch_token(
                    self.about["token_endpoint"],
                    code=query["code"],
                    code_verifier=kept["verifier"],
                )
            keys = requests.get(self.about["jwks_uri"], timeout=10).json()
            token = jwt.decode(tokens["id_token"], KeySet.import_key_set(keys), ["RS256", "ES256"])
            self._rules(kept["nonce"]).validate(token.claims)
        except (AuthlibBaseError, JoseError) as error:
            raise ValueError(f"the ID token cannot be trusted: {error}") from error
        return token.claims

    def _rules(self, nonce):
        wanted = {"iss": self.about["issuer"], "aud": self.client_id, "nonce": nonce}
        rules = {name: {"essential": True, "value": value} for name, value in wanted.items()}
        rules |= {name: {"essential": True} for name in ("sub", "exp", "iat")}
        return jwt.JWTClaimsRegistry(leeway=60, **rules)
