"""A real OpenID provider for tests: strict, small, over TLS.

It enforces PKCE with S256 (RFC 7636), codes that are good once and for one client and address,
exact redirect addresses, client authentication by HTTP Basic, and signs ID tokens with RS256. Its
user has signed in already: whoever asks for a code gets one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from quick_htag import QuickServer, Response

CLIENT = "notes"
SECRET = "s-cr_t"
CODE_TIME = 60.0  # seconds


def encoded(data: bytes) -> str:
    """Base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@cache
def _key() -> rsa.RSAPrivateKey:
    """To make one takes a while."""
    return rsa.generate_private_key(65537, 2048)


class Provider:
    """Of one issuer, whose server is ``server``.

    Attributes:
        redirect_uris: where browsers may be sent back to; compared as text.
        claims: what ID tokens say in place of the truth.
        key: signs ID tokens; another one than ``jwks`` has makes them worthless.
        refused: why requests of the client were refused, in order.

    """

    def __init__(self, server: QuickServer) -> None:
        self.issuer = server.url.rstrip("/")
        self.redirect_uris: list[str] = []
        self.claims: dict[str, Any] = {}
        self.key = self._published = _key()
        self.refused: list[str] = []
        self._codes: dict[str, dict[str, Any]] = {}
        server.json_get("/.well-known/openid-configuration", 0)(self._about)
        server.json_get("/keys", 0)(self._keys)
        server.text_get("/authorize", 0)(self._authorize)
        server.json_post("/token", 0)(self._token)

    def _about(self, req: Any, args: Any) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "authorization_response_iss_parameter_supported": True,
        }

    def _keys(self, req: Any, args: Any) -> dict[str, Any]:
        public = self._published.public_key().public_numbers()
        numbers = {"n": public.n.to_bytes(256, "big"), "e": public.e.to_bytes(3, "big")}
        key = {name: encoded(value) for name, value in numbers.items()}
        return {"keys": [{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", **key}]}

    def _authorize(self, req: Any, args: Any) -> Response:
        asked = dict(args["query"])
        if asked.get("client_id") != CLIENT or asked.get("redirect_uri") not in self.redirect_uris:
            return Response("unknown client or redirect_uri", 400)  # never a redirect to there
        wanted = {"response_type": "code", "code_challenge_method": "S256"}
        if any(asked.get(name) != value for name, value in wanted.items()):
            return Response("invalid_request", 400)
        if len(asked.get("code_challenge", "")) != 43 or "openid" not in asked["scope"].split():
            return Response("invalid_request", 400)
        code = secrets.token_urlsafe(16)
        self._codes[code] = {**asked, "until": time.monotonic() + CODE_TIME}
        answer = {"code": code, "state": asked["state"], "iss": self.issuer}
        req.send_header("Location", f"{asked['redirect_uri']}?{urlencode(answer)}")
        return Response("", 302)

    def _token(self, req: Any, args: Any) -> Any:
        problem, asked = self._problem(req, args["post"])
        if problem:
            self.refused.append(problem)
            return Response({"error": problem}, 401 if problem == "invalid_client" else 400)
        return {
            "access_token": secrets.token_urlsafe(16),
            "token_type": "Bearer",
            "id_token": self._id_token(asked["nonce"]),
        }

    def _problem(self, req: Any, post: Any) -> tuple[str, dict[str, Any]]:
        pair = f"{quote(CLIENT, safe='')}:{quote(SECRET, safe='')}".encode()
        allowed = f"Basic {base64.b64encode(pair).decode()}"
        if req.headers.get("authorization") != allowed:
            return "invalid_client", {}
        if post.get("grant_type") != "authorization_code":
            return "unsupported_grant_type", {}
        asked = self._codes.pop(post.get("code"), None)  # good once
        if asked is None or asked["until"] < time.monotonic():
            return "invalid_grant", {}
        verifier = str(post.get("code_verifier", "")).encode()
        if encoded(hashlib.sha256(verifier).digest()) != asked["code_challenge"]:
            return "invalid_grant", {}
        if post.get("redirect_uri") != asked["redirect_uri"]:
            return "invalid_grant", {}
        return "", asked

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": "u-1", "aud": CLIENT, "exp": now + 300, "iat": now}
        claims |= {"nonce": nonce, "name": "Ann <b>", **self.claims}
        parts = ({"alg": "RS256", "kid": "1", "typ": "JWT"}, claims)
        signed = ".".join(encoded(json.dumps(part).encode()) for part in parts)
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{encoded(signature)}"
