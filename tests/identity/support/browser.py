"""What a browser does without a script: follows redirections, keeps cookies, fills forms in and sends them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx


@dataclass
class Form:
    action: str = ""
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
        elif not self.forms:
            return
        elif tag == "input" and given.get("name") and given.get("type") not in ("submit", "button"):
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif tag == "button" or (tag == "input" and given.get("type") == "submit"):
            self.forms[-1].buttons.append((given.get("name", ""), given.get("value", "")))


class Browser:
    """One person's browser. It never leaves the origins that `http` reaches: it stops where it is sent elsewhere."""

    def __init__(self, http: httpx.AsyncClient, home: str) -> None:
        self.http = http
        self.home = urlsplit(home).netloc
        self.at = home
        self.response: httpx.Response | None = None
        self.seen: list[str] = []

    @property
    def text(self) -> str:
        assert self.response is not None
        return self.response.text

    @property
    def status(self) -> int:
        assert self.response is not None
        return self.response.status_code

    @property
    def forms(self) -> list[Form]:
        reader = _Forms()
        reader.feed(self.text)
        return reader.forms

    async def go(self, url: str, method: str = "GET", data: dict[str, str] | None = None) -> str:
        """Where it ends up: an address of ours, or the first one of somebody else."""
        headers = {} if method == "GET" else {"origin": "{0.scheme}://{0.netloc}".format(urlsplit(url))}
        for _ in range(20):
            self.at = url
            self.seen.append(url)
            if urlsplit(url).netloc != self.home:
                return url
            self.response = await self.http.request(method, url, data=data, headers=headers, follow_redirects=False)
            if not self.response.is_redirect:
                return url
            url, method, data, headers = urljoin(url, self.response.headers["location"]), "GET", None, {}
        raise AssertionError("sent round in circles")

    async def send(self, button: str | None = None, form: int = 0, **values: str) -> str:
        """Fills a form in and presses a button: the first one, or that of this value."""
        found = self.forms[form]
        fields = found.fields | values
        pressed = next((b for b in found.buttons if button in (None, b[1])), ("", ""))
        if pressed[0]:
            fields[pressed[0]] = pressed[1]
        return await self.go(urljoin(self.at, found.action or self.at), found.method.upper(), fields)

    async def allow(self, url: str, login: str, password: str) -> dict[str, str]:
        """Signs in and allows whatever is asked; answers what the client is told in the address."""
        at = await self.go(url)
        for _ in range(5):
            if urlsplit(at).netloc != self.home:
                return dict(parse_qsl(urlsplit(at).query))
            fields = self.forms[0].fields if self.forms else {}
            at = await (self.send(login=login, password=password) if "password" in fields else self.send())
        raise AssertionError(self.text)
