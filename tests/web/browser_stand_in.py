"""What a browser does with cookies and forms, without a browser and without sockets."""

import re
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from tests.support.asgi import AsgiReply, call


@dataclass
class Visitor:
    """Keeps cookies between requests; sends forms with the token of the page it has seen."""

    app: Any
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    async def get(self, path: str, **headers: str) -> AsgiReply:
        reply = await self._call("GET", path, b"", headers)
        found = re.search(rb'name="form_token" value="([0-9a-f]+)"', reply.body)
        if found:
            self.token = found.group(1).decode()
        return reply

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> AsgiReply:
        body = urlencode({"form_token": self.token, **fields}).encode()
        headers.setdefault("content-type", "application/x-www-form-urlencoded")
        headers.setdefault("content-length", str(len(body)))
        return await self._call("POST", path, body, headers)

    async def upload(
        self, path: str, field_name: str, file: str, content: bytes, **fields: str
    ) -> AsgiReply:
        boundary = "stayon-boundary"
        parts = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
            for field, value in {"form_token": self.token, **fields}.items()
        ) + (
            f"--{boundary}\r\nContent-Disposition: form-data; "
            f'name="{field_name}"; filename="{file}"\r\nContent-Type: text/csv\r\n\r\n'
        )
        body = parts.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        headers = {
            "content-type": f"multipart/form-data; boundary={boundary}",
            "content-length": str(len(body)),
        }
        return await self._call("POST", path, body, headers)

    async def _call(self, method: str, path: str, body: bytes, more: dict[str, str]) -> AsgiReply:
        headers = {"host": "stayon.test", **{k.replace("_", "-"): v for k, v in more.items()}}
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        reply = await call(self.app, method, path, body, headers)
        for cookie in reply.cookies:
            for name, morsel in SimpleCookie(cookie).items():
                if morsel.value and morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
        return reply
