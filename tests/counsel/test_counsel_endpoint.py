"""The endpoint under a crowd, under clients that leave, and under anything that may be sent to it."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from chat_actors import Scripted, counsellor, laid_out
from chat_endpoint import body, endpoint
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openai import NotFoundError, OpenAI, RateLimitError

from affectlab.errors import ModelError, ModelUnavailable
from affectlab.models import Request

CROWD = 50


def echo(request: Request) -> str:
    return laid_out(f"You said {request.text}. I heard {request.text}. That was all.")


def events(text: str) -> list[dict]:
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def eventually(condition) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


# As OpenAI's own client sees it


@pytest.fixture(scope="module")
def sdk():
    with (
        endpoint(counsellor(speaker=Scripted(echo)), token="a-long-token") as served,
        OpenAI(base_url=f"{served.url}/v1", api_key="a-long-token", max_retries=0) as client,
    ):
        yield client


def test_openais_client_gets_an_answer(sdk) -> None:
    answer = sdk.chat.completions.create(**body("Rain"))
    assert answer.choices[0].message.content == "You said Rain. I heard Rain. That was all."
    assert (answer.choices[0].finish_reason, answer.model) == ("stop", "counsel")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0
    assert answer.affectlab["level"] == "none"
    assert [one.id for one in sdk.models.list()] == ["counsel"]


def test_openais_client_gets_a_stream_by_sentences(sdk) -> None:
    stream = sdk.chat.completions.create(**body("Rain"), stream=True, stream_options={"include_usage": True})
    *chunks, counted = list(stream)
    words = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices[0].delta.content]
    assert words == ["You said Rain.", " I heard Rain.", " That was all."]
    assert [chunk.choices[0].finish_reason for chunk in chunks][-1] == "stop"
    assert counted.choices == []
    assert counted.usage.completion_tokens > 0


def test_reasoning_is_sent_only_when_asked_for(sdk) -> None:
    hidden = sdk.chat.completions.create(**body("Rain"))
    shown = sdk.chat.completions.create(**body("Rain"), extra_body={"reasoning": {"show": True}})
    header = sdk.chat.completions.create(**body("Rain"), extra_headers={"X-Show-Reasoning": "true"})
    assert "sad" not in hidden.model_dump_json()
    for one in (shown, header):
        reasoning = "L1: sad\nL2: loss\nL3: to be heard\nL4: listen"
        assert one.choices[0].message.reasoning_content == reasoning


def test_errors_are_those_of_openais_client(sdk) -> None:
    with pytest.raises(NotFoundError, match="no model 'gpt' here; ask for 'counsel'"):
        sdk.chat.completions.create(**{**body("Hi"), "model": "gpt"})


def test_a_system_message_is_not_read_and_it_is_said(sdk) -> None:
    messages = [{"role": "system", "content": "Obey."}, {"role": "user", "content": "Rain"}]
    answer = sdk.chat.completions.create(model="counsel", messages=messages)
    assert "You said Rain." in answer.choices[0].message.content
    assert [notice["kind"] for notice in answer.affectlab["notices"]] == ["ignored"]


def test_a_conversation_and_its_sampling_reach_the_model() -> None:
    speaker = Scripted(laid_out("Fine."))
    with endpoint(counsellor(speaker=speaker)) as served:
        served.ask("One", "Two", "Three", temperature=0.25, seed=7, max_completion_tokens=50)
        served.ask("One", max_tokens=1_000_000)
    (request, sampling), (_, most) = speaker.asked
    assert [turn.text for turn in request.earlier] == ["One", "Two"]
    assert (sampling.temperature, sampling.seed, sampling.max_tokens) == (0.25, 7, 50)
    assert most.max_tokens == 768


# A crowd


def test_fifty_clients_at_once_lose_nothing_and_hear_only_their_own() -> None:
    speaker = Scripted(echo, step=3, pause=0.0005, lanes=8)

    async def one(client: httpx.AsyncClient, number: int) -> str:
        secret = f"secret{number:03d}"
        asked = body("Hello", f"Hi {secret}", f"again {secret}", stream=number % 2 == 0)
        response = await client.post("/v1/chat/completions", json=asked)
        assert response.status_code == 200
        if number % 2:
            return response.json()["choices"][0]["message"]["content"]
        chunks = events(response.text)
        return "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)

    async def crowd(url: str) -> list[str]:
        limits = httpx.Limits(max_connections=CROWD)
        async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
            return await asyncio.gather(*(one(client, number) for number in range(CROWD)))

    with endpoint(counsellor(speaker=speaker), lanes=8, waiting=CROWD) as served:
        answers = asyncio.run(crowd(served.url))
        counts = served.desk.state
    said = [f"again secret{number:03d}" for number in range(CROWD)]
    assert answers == [f"You said {one}. I heard {one}. That was all." for one in said]
    assert (counts["answered"], counts["refused"], counts["halted"]) == (CROWD, 0, 0)
    assert speaker.most <= 8
    assert speaker.begun == speaker.closed == CROWD


def test_one_too_many_is_told_when_to_come_back() -> None:
    speaker = Scripted(laid_out("Yes. " * 5000), pause=0.01)
    with endpoint(counsellor(speaker=speaker), lanes=1, waiting=1) as served:
        threads = [threading.Thread(target=served.ask, args=("Hi",)) for _ in range(2)]
        for thread in threads:
            thread.start()
        eventually(lambda: (served.desk.state["running"], served.desk.state["waiting"]) == (1, 1))
        refused = served.ask("Hi")
        sdk = OpenAI(base_url=f"{served.url}/v1", api_key="none", max_retries=0)
        with sdk as client, pytest.raises(RateLimitError, match="as many wait as may"):
            client.chat.completions.create(**body("Hi"))
        assert served.get("/health").json()["refused"] == 2
        served.desk.close()
        served.desk.halt()
        for thread in threads:
            thread.join()
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["error"]["code"] == "queue_full"


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_ends_its_generation_and_frees_the_lane(stream: bool) -> None:
    speaker = Scripted(laid_out("Yes. " * 100_000), laid_out("Next."), pause=0.001)
    with endpoint(counsellor(speaker=speaker), lanes=1) as served:
        asked = {"json": body("Hi", stream=stream), "timeout": 0.5}
        with (
            served.client() as client,
            suppress(httpx.ReadTimeout),
            client.stream("POST", "/v1/chat/completions", **asked) as response,
        ):
            next(response.iter_bytes())
        eventually(lambda: speaker.closed == 1)
        assert served.ask("Hi").json()["choices"][0]["message"]["content"] == "Next."


def test_a_client_that_leaves_the_queue_is_never_answered() -> None:
    speaker = Scripted(laid_out("Yes. " * 300), laid_out("Next."), pause=0.002)
    with endpoint(counsellor(speaker=speaker), lanes=1) as served:
        first = threading.Thread(target=served.ask, args=("Hi",))
        first.start()
        eventually(lambda: served.desk.state["running"] == 1)
        with served.client() as client, pytest.raises(httpx.ReadTimeout):
            client.post("/v1/chat/completions", json=body("Hi"), timeout=0.1)
        eventually(lambda: served.desk.state["waiting"] == 0)
        first.join()
        assert served.ask("Hi").status_code == 200
    assert speaker.begun == 2


def test_an_answer_past_its_deadline_is_ended() -> None:
    speaker = Scripted(laid_out("Yes. " * 100_000), pause=0.001)
    with endpoint(counsellor(speaker=speaker), deadline_s=0.3) as served:
        whole, streamed = served.ask("Hi"), served.ask("Hi", stream=True)
    assert (whole.status_code, whole.json()["error"]["code"]) == (504, "deadline")
    last = events(streamed.text)[-1]
    assert last["choices"][0]["finish_reason"] == "length"
    assert last["affectlab"]["finish"] == "stopped"
    assert speaker.closed == 2


# Faults


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ModelUnavailable("gone; try again later"), 503, "model_unavailable"),
        (ModelError("refused; ask otherwise"), 502, "model_error"),
        (RuntimeError("secret inside"), 500, None),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_failing_model_is_an_error_of_the_protocol(
    error: Exception, status: int, code: str | None, stream: bool, caplog
) -> None:
    with endpoint(counsellor(error)) as served:
        response = served.ask("Hi", stream=stream)
    assert response.status_code == status
    assert response.json()["error"]["code"] == code
    assert "secret inside" not in response.text


def test_what_the_gate_says_instead_is_an_answer_that_clients_show() -> None:
    with endpoint(counsellor(laid_out("I hear you. Take a DOSE."))) as served:
        danger, held = served.ask("!immediate").json(), served.ask("Hi").json()
    assert danger["choices"][0]["message"]["content"] == "Please call somebody."
    assert (danger["affectlab"]["level"], danger["affectlab"]["finish"]) == ("immediate", "gate")
    assert held["choices"][0]["message"]["content"] == "I hear you.\n\nPlease call somebody."
    assert {danger["choices"][0]["finish_reason"], held["choices"][0]["finish_reason"]} == {"stop"}


def test_only_who_may_ask_is_answered() -> None:
    with endpoint(counsellor(laid_out("Fine.")), token="a-long-token") as served:
        right = {"Authorization": "Bearer a-long-token"}
        asked = {"json": body("Hi")}
        assert served.post(**asked).status_code == 401
        assert served.post(**asked, headers={"Authorization": "Bearer a-wrong-token"}).status_code == 401
        assert served.post(**asked, headers=right).status_code == 200
        assert served.post(**asked, headers={**right, "Origin": "http://evil.example"}).status_code == 403
        assert served.get("/health").json()["ok"] is True
    with endpoint(counsellor(laid_out("Fine."))) as served:
        refused = served.post(**asked, headers={"Host": "evil.example"})
        assert (refused.status_code, refused.json()["error"]["type"]) == (403, "permission_error")


def test_a_request_that_is_too_long_is_refused_before_it_is_read() -> None:
    with endpoint(counsellor(laid_out("Fine."))) as served:
        said_so = served.post(content=b"x" * (5 << 20))
        assert said_so.status_code == 413
        assert served.ask("x" * 100_000).json()["error"]["message"].startswith("a message has 100,000")
        assert served.ask("Hi").status_code == 200


# Anything at all

names = st.sampled_from(
    [
        "model",
        "messages",
        "role",
        "content",
        "type",
        "text",
        "stream",
        "max_tokens",
        "temperature",
        "n",
        "tools",
    ]
)
values = st.sampled_from(["counsel", "user", "assistant", "system", "text", "Hi", "\ud800", "\0", "你"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | values,
    lambda one: st.lists(one, max_size=4) | st.dictionaries(names | st.text(max_size=4), one, max_size=4),
    max_leaves=12,
)
nearly = st.fixed_dictionaries(
    {
        "model": st.just("counsel") | anything,
        "messages": st.lists(
            st.fixed_dictionaries({"role": values | anything, "content": values | anything}), max_size=4
        )
        | anything,
    },
    optional={
        "stream": st.booleans() | anything,
        "temperature": st.floats() | anything,
        "max_tokens": st.integers(),
        "seed": st.integers(),
        "reasoning": anything,
        "stream_options": anything,
    },
)


@pytest.fixture(scope="module")
def fuzzed():
    with endpoint(counsellor(laid_out("Fine."))) as served, served.client() as client:
        yield client


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=60) | (nearly | anything).map(lambda one: json.dumps(one).encode()))
def test_no_request_breaks_the_endpoint(fuzzed, content: bytes) -> None:
    response = fuzzed.post(
        "/v1/chat/completions", content=content, headers={"content-type": "application/json"}
    )
    if response.status_code == 200:
        assert response.headers["content-type"].startswith(("application/json", "text/event-stream"))
        return
    assert response.status_code in {400, 404}
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}
    assert "\n" not in response.json()["error"]["message"]


def test_the_schema_names_the_fields_that_are_read(fuzzed) -> None:
    schema = fuzzed.get("/openapi.json").json()
    fields = schema["components"]["schemas"]["ChatBody"]["properties"]
    assert {"model", "messages", "stream", "max_tokens", "temperature", "seed"} <= set(fields)


# The end

SERVER = """
    import sys
    sys.path.insert(0, {tests!r})
    from chat_actors import Scripted, counsellor, laid_out
    from affectlab.counsel.serve import ServeSettings
    from affectlab.counsel.serve.run import serve

    talk = counsellor(speaker=Scripted(laid_out("One two three four. " * {sentences}), pause=0.005))
    settings = ServeSettings(chat=talk.settings, port={port}, lanes=2, grace_s={grace})
    print(serve(talk, settings, lambda address: print(address, flush=True)))
"""


@pytest.mark.parametrize(("sentences", "grace", "finish"), [(30, 60, "stop"), (100_000, 0.2, "stopped")])
def test_a_server_told_to_end_finishes_within_its_grace_and_exits_with_success(
    sentences: int, grace: float, finish: str, tmp_path: Path
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = SERVER.format(tests=str(Path(__file__).parent), port=port, sentences=sentences, grace=grace)
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    )
    url = process.stdout.readline().strip()
    with httpx.Client(base_url=url, timeout=60) as client:
        asked = body("Hi", stream=True)
        with client.stream("POST", "/v1/chat/completions", json=asked) as response:
            lines = response.iter_lines()
            first = next(lines)
            process.send_signal(signal.SIGTERM)
            text = "\n".join([first, *lines])
    left = process.communicate(timeout=30)[0]
    assert process.returncode == 0
    assert events(text)[-1]["affectlab"]["finish"] == finish
    assert f"'{'answered' if finish == 'stop' else 'halted'}': 1" in left
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health")


def test_who_waits_when_the_server_ends_is_sent_away() -> None:
    speaker = Scripted(laid_out("Yes. " * 200), pause=0.005)
    answers: list[httpx.Response] = []
    with endpoint(counsellor(speaker=speaker), lanes=1) as served:
        threads = [threading.Thread(target=lambda: answers.append(served.ask("Hi"))) for _ in range(2)]
        threads[0].start()
        eventually(lambda: served.desk.state["running"] == 1)
        threads[1].start()
        eventually(lambda: served.desk.state["waiting"] == 1)
        served.desk.close()
        for thread in threads:
            thread.join()
        assert served.ask("Hi").status_code == 503
    assert sorted(answer.status_code for answer in answers) == [200, 503]
