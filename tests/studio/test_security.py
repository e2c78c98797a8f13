import asyncio

import httpx
import pytest
from fastapi import FastAPI, WebSocket

from affectlab.studio.security import COOKIE, Guard, same, seal

TOKEN = "correct-horse-battery"
HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
HERE = "127.0.0.1:8765"


def app(token):
    inner = FastAPI()

    @inner.get("/")
    @inner.post("/")
    def page():
        return "in"

    @inner.websocket("/audio")
    async def audio(socket: WebSocket):
        await socket.accept()
        await socket.close()

    inner.add_middleware(Guard, token=token, hosts=HOSTS)
    return inner


def ask(*requests, token=None, host=HERE):
    """Send requests (method, path, headers) with one cookie jar; return the answers."""

    async def scene():
        transport = httpx.ASGITransport(app(token))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as browser:
            return [
                await browser.request(method, path, headers=headers) for method, path, headers in requests
            ]

    return asyncio.run(scene())


def get(path="/", token=None, host=HERE, **headers):
    return ask(("GET", path, headers), token=token, host=host)[0]


def enters(token=None, query="", **headers):
    """Say whether a WebSocket with these headers is accepted."""
    scope = {
        "type": "websocket",
        "path": "/audio",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in {"host": HERE, **headers}.items()],
        "subprotocols": [],
    }
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message["type"])

    asyncio.run(app(token)(scope, receive, send))
    return sent[0] == "websocket.accept"


def test_loopback_needs_no_token():
    assert get().status_code == 200
    assert enters()


@pytest.mark.parametrize("offered", ["", "?token=", "?token=wrong-horse", f"?token={TOKEN}x"])
def test_without_the_token_nothing_is_served(offered):
    answer = get(f"/{offered}", token=TOKEN)
    assert answer.status_code == 401
    assert "?token=" in answer.text
    assert COOKIE not in answer.cookies


def test_the_token_becomes_a_cookie_and_leaves_the_address():
    welcome, page = ask(("GET", f"/?token={TOKEN}&a=1", {}), ("GET", "/", {}), token=TOKEN)
    assert (welcome.status_code, welcome.headers["location"]) == (303, "/?a=1")
    assert "HttpOnly" in welcome.headers["set-cookie"]
    assert TOKEN not in welcome.headers["set-cookie"]
    assert page.status_code == 200
    assert enters(TOKEN, cookie=f"{COOKIE}={welcome.cookies[COOKIE]}")


def test_a_program_may_send_the_token_as_bearer():
    assert get(token=TOKEN, Authorization=f"Bearer {TOKEN}").status_code == 200


def test_a_websocket_needs_the_token_too():
    assert not enters(TOKEN)
    assert not enters(TOKEN, cookie=f"{COOKIE}=guess")
    assert enters(TOKEN, query=f"token={TOKEN}")


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:9999", "null"])
def test_other_origins_can_neither_connect_nor_post(origin):
    assert not enters(origin=origin)
    assert ask(("POST", "/", {"origin": origin}))[0].status_code == 403


def test_the_own_origin_connects_and_posts():
    assert enters(origin=f"http://{HERE}")
    assert ask(("POST", "/", {"origin": f"http://{HERE}"}))[0].status_code == 200


def test_a_foreign_name_for_this_machine_is_refused_on_loopback():
    answer = get(host="rebound.example:8765")
    assert answer.status_code == 403
    assert "rebound.example" in answer.text


@pytest.mark.parametrize("host", ["localhost:8765", "[::1]:8765"])
def test_every_loopback_name_is_served(host):
    assert get(host=host).status_code == 200


@pytest.mark.parametrize("token", [None, TOKEN])
def test_every_answer_carries_the_headers_even_a_refusal(token):
    headers = get(token=token).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http:" not in policy
    assert "https:" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_broken_cookie_is_just_no_token():
    assert get(token=TOKEN, cookie='affectlab="\\x01; =;;').status_code == 401


def test_the_seal_depends_on_the_token_and_does_not_show_it():
    assert seal("one") != seal("two")
    assert "one" not in seal("one")
    assert same(seal("one"), seal("one"))
    assert not same("", "secret")
