"""A stand-in Bot API on loopback: starts one bot, plays people against it, and prints its figures as JSON.

    rig.py --people 64 --seconds 4 -- python peers/ptb_conv.py

The bot runs pinned to one core and the people on another. Closed loop: each of `--people` sends the next
message only after the reply to the last one has reached this server; whoever is through the three steps
makes room for somebody new. Latency counts from the moment an update waits here for `getUpdates` until the
`sendMessage` for its chat arrives. Every reply is compared with the words the step must be answered with.

Written on raw asyncio protocols, with uvloop where there is one: a server from a library would be slower than
the faster bots. It speaks no TLS and answers in microseconds; `--api-delay-ms` holds every answer back, those
of `getUpdates` too, as a data centre far away would. With `--people 0` one person has been waiting since
before the start, and how long they wait is measured. Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote_plus

TOKEN = "123456:TEST-TOKEN"  # noqa: S105  opens nothing
MOST_UPDATES = 100
LONGEST_POLL = 20
START_SECONDS = 30
STOP_SECONDS = 12
SETTLE_SECONDS = 0.5
STUCK_SECONDS = 3
CORES = sorted(os.sched_getaffinity(0))

# A parameter's value, as JSON, as a form, and as a part of a multipart body.
_VALUE = rb'(?:=|"\s*:\s*"?|"\r\n(?:[^\r\n]+\r\n)*\r\n)'
CHAT = re.compile(rb"chat_id" + _VALUE + rb"(-?\d+)")
OFFSET = re.compile(rb"offset" + _VALUE + rb"(-?\d+)")
TIMEOUT = re.compile(rb"timeout" + _VALUE + rb"(\d+)")
CALLBACK = re.compile(r'"callback_data"\s*:\s*"((?:[^"\\]|\\.)*)"')

ME = b'{"id":123456,"is_bot":true,"first_name":"Bench","username":"bench_bot"}'
PERSON = (
    b'{"id":%d,"is_bot":false,"first_name":"User","last_name":"N%d","username":"user%d","language_code":"en"}'
)
CHAT_OF = b'{"id":%d,"first_name":"User","last_name":"N%d","username":"user%d","type":"private"}'
SENT = (
    b'{"ok":true,"result":{"message_id":%d,"from":%b,"chat":{"id":%d,"first_name":"User","type":"private"},'
    b'"date":%d,"text":"noted, thank you"}}'
)
TYPED = b'{"update_id":%d,"message":{"message_id":%d,"from":%b,"chat":%b,"date":%d,"text":"%b"%b}}'
PRESSED = (
    b'{"update_id":%d,"callback_query":{"id":"%d","from":%b,"message":{"message_id":%d,"from":%b,"chat":%b,'
    b'"date":%d,"text":"How do you feel today?","reply_markup":{"inline_keyboard":[%b]}},'
    b'"chat_instance":"%d","data":"%b"}}'
)
COMMAND = b',"entities":[{"offset":0,"length":6,"type":"bot_command"}]'
NOTE = b"I slept well and the morning run helped, work was busy but fine"

STEPS = ("start", "press", "text")
EXPECTED = (b"today", b"words", b"saved")
"""A word of the reply to each step: whoever answers something else is not having this dialogue."""


def http_ok(body: bytes) -> bytes:
    """Return a whole HTTP response."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
    return head % (len(body), body)


OK_TRUE = http_ok(b'{"ok":true,"result":true}')
OK_NONE = http_ok(b'{"ok":true,"result":[]}')
OK_ME = http_ok(b'{"ok":true,"result":%b}' % ME)
OK_HOOK = http_ok(b'{"ok":true,"result":{"url":"","has_custom_certificate":false,"pending_update_count":0}}')


def split_http(data: bytes, start: int) -> tuple[bytes, bytes, int] | None:
    """Return (head, body, end) of the request at `start`, or None while it is incomplete."""
    split = data.find(b"\r\n\r\n", start)
    if split < 0:
        return None
    head = data[start:split]
    low = head.lower()
    at = low.find(b"content-length:")
    if at >= 0:
        line = low.find(b"\r\n", at)
        end = split + 4 + int(low[at + 15 : line if line >= 0 else len(low)])
        return (head, data[split + 4 : end], end) if len(data) >= end else None
    if b"transfer-encoding: chunked" in low:
        return _split_chunks(data, head, split + 4)
    return head, b"", split + 4


def _split_chunks(data: bytes, head: bytes, at: int) -> tuple[bytes, bytes, int] | None:
    parts = []
    while True:
        line = data.find(b"\r\n", at)
        if line < 0:
            return None
        size = int(data[at:line].split(b";")[0], 16)
        end = line + 4 + size
        if len(data) < end:
            return None
        if size == 0:
            return head, b"".join(parts), end
        parts.append(data[line + 2 : line + 2 + size])
        at = end


@dataclass(slots=True)
class Person:
    """Somebody in the middle of the dialogue."""

    id: int
    step: int = 0
    asked_at: float = 0.0
    waiting: bool = False
    buttons: list[str] = field(default_factory=list)
    message_id: int = 1


@dataclass(slots=True)
class Queued:
    """An update that was not confirmed yet."""

    number: int
    raw: bytes


class Connection(asyncio.Protocol):
    """One connection of the bot to its Bot API."""

    def __init__(self, api: Api) -> None:
        """Hand what arrives to `api`."""
        self._api = api
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        # uvloop's transports do not inherit from asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        """Forget a poll that nobody waits for any more."""
        self._api.forget_poll(self)

    def data_received(self, data: bytes) -> None:
        """Deal with every whole request."""
        data, at = (self._rest + data if self._rest else data), 0
        while found := split_http(data, at):
            head, body, at = found
            begin = head.find(b" ") + 1
            path, _, query = head[begin : head.find(b" ", begin)].partition(b"?")
            self._api.call(self, path[path.rfind(b"/") + 1 :].lower(), body or query)
        self._rest = data[at:]

    def write(self, data: bytes) -> None:
        """Answer, if somebody still listens."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)


class Api:
    """The Bot API and the people who use it."""

    def __init__(self, delay: float) -> None:
        """Answer `delay` seconds late."""
        self.loop = asyncio.get_running_loop()
        self.delay = delay
        self.calls: Counter[str] = Counter()
        self.replies = self.wrong = 0
        self.latencies: list[float] = []
        self.measuring = self.stopping = False
        self.polled = asyncio.Event()
        self.replied = asyncio.Event()
        self.polled_at = self.replied_at = 0.0
        self.people: dict[int, Person] = {}
        self._queue: deque[Queued] = deque()
        self._poll: tuple[Connection, asyncio.TimerHandle] | None = None
        self._people_made = self._last_update = self._last_message = 0
        self._date = int(time.time())

    # The Bot API

    def call(self, connection: Connection, method: bytes, body: bytes) -> None:
        """Deal with one call of the bot."""
        self.calls[method.decode("latin1")] += 1
        if method == b"getupdates":
            self._get_updates(connection, body)
            return
        chat = CHAT.search(body) if method in {b"sendmessage", b"editmessagereplymarkup"} else None
        if chat:
            self._last_message += 1
            self._answer(connection, http_ok(SENT % (self._last_message, ME, int(chat.group(1)), self._date)))
        else:
            self._answer(connection, {b"getme": OK_ME, b"getwebhookinfo": OK_HOOK}.get(method, OK_TRUE))
        if chat and method == b"sendmessage":
            self._replied(int(chat.group(1)), body)

    def _answer(self, connection: Connection, data: bytes) -> None:
        if self.delay:
            self.loop.call_later(self.delay, connection.write, data)
        else:
            connection.write(data)

    def _get_updates(self, connection: Connection, body: bytes) -> None:
        if not self.polled.is_set():
            self.polled_at = time.perf_counter()
            self.polled.set()
        offset, wait = OFFSET.search(body), TIMEOUT.search(body)
        confirmed = int(offset.group(1)) if offset else 0
        while self._queue and self._queue[0].number < confirmed:
            self._queue.popleft()
        seconds = min(int(wait.group(1)), LONGEST_POLL) if wait else 0
        if self._queue or not seconds:
            self._hand_out(connection)
        else:
            self._poll = (connection, self.loop.call_later(seconds, self._poll_ran_out, connection))

    def _poll_ran_out(self, connection: Connection) -> None:
        self.forget_poll(connection)
        self._answer(connection, OK_NONE)

    def forget_poll(self, connection: Connection) -> None:
        """Stop holding an answer back for this connection."""
        if self._poll and self._poll[0] is connection:
            self._poll[1].cancel()
            self._poll = None

    def _hand_out(self, connection: Connection) -> None:
        batch = [one.raw for one, _ in zip(self._queue, range(MOST_UPDATES), strict=False)]
        self._answer(connection, http_ok(b'{"ok":true,"result":[%b]}' % b",".join(batch)))

    # People

    def arrive(self) -> None:
        """Let somebody new begin the dialogue."""
        if not self.stopping:
            self._people_made += 1
            person = Person(1000 + self._people_made)
            self.people[person.id] = person
            self._act(person)

    def _replied(self, chat_id: int, body: bytes) -> None:
        person = self.people.get(chat_id)
        if person is None or not person.waiting:
            return
        if not self.replies:
            self.replied_at = time.perf_counter()
            self.replied.set()
        person.waiting = False
        self.replies += 1
        if self.measuring:
            self.latencies.append(time.perf_counter() - person.asked_at)
        if EXPECTED[person.step] not in body:
            self.wrong += 1
        if b"callback_data" in body:
            text = unquote_plus(body.decode("utf-8", "replace")).replace('\\"', '"')
            person.buttons, person.message_id = CALLBACK.findall(text), self._last_message
        person.step += 1
        if person.step < len(STEPS):
            self._act(person)
        else:
            del self.people[chat_id]
            self.arrive()

    def _act(self, person: Person) -> None:
        if self.stopping:
            return
        self._last_update += 1
        self._last_message += 1
        person.waiting, person.asked_at = True, time.perf_counter()
        self._queue.append(Queued(self._last_update, self._update(person)))
        if self._poll:
            connection, timer = self._poll
            self._poll = None
            timer.cancel()
            # Let the others of this moment join the batch.
            self.loop.call_soon(self._hand_out, connection)

    def _update(self, person: Person) -> bytes:
        number, by = self._last_update, person.id
        who, chat = PERSON % (by, by, by), CHAT_OF % (by, by, by)
        step = STEPS[person.step]
        if step != "press":
            text, extra = (b"/start", COMMAND) if step == "start" else (NOTE, b"")
            return TYPED % (number, self._last_message, who, chat, self._date, text, extra)
        buttons = person.buttons or ["none"]
        drawn = ",".join(f'[{{"text":"{at}","callback_data":"{one}"}}]' for at, one in enumerate(buttons, 1))
        pressed = buttons[len(buttons) // 2].encode()
        rest = (self._date, drawn.encode(), by, pressed)
        return PRESSED % (number, number, who, person.message_id, ME, chat, *rest)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has used so far, itself alone."""

    cpu: float
    rss: float
    peak: float


def usage(pid: int) -> Usage:
    """Read seconds of CPU and MiB of memory from /proc."""
    folder = Path("/proc") / str(pid)
    times = (folder / "stat").read_text().rsplit(")", 1)[1].split()
    lines = (line.split(":", 1) for line in (folder / "status").read_text().splitlines() if ":" in line)
    status = dict(lines)
    cpu = (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
    return Usage(cpu, int(status["VmRSS"].split()[0]) / 1024, int(status["VmHWM"].split()[0]) / 1024)


def percentile(sorted_values: list[float], part: float) -> float | None:
    """Return a percentile in milliseconds."""
    if not sorted_values:
        return None
    return round(1000 * sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * part))], 3)


async def measure(
    arguments: argparse.Namespace, server: socket.socket, pid: int, began: float
) -> dict[str, Any]:
    """Wait until the bot asks for updates, then load it, or leave it alone with `--idle`."""
    loop = asyncio.get_running_loop()
    api = Api(arguments.api_delay_ms / 1000)
    if not arguments.people:
        api.arrive()
        api.stopping = True
    await loop.create_server(lambda: Connection(api), sock=server)
    await asyncio.wait_for(api.polled.wait(), START_SECONDS)
    figures: dict[str, Any] = {"start_ms": round(1000 * (api.polled_at - began), 1)}
    figures["start_cpu_s"] = round(usage(pid).cpu, 3)
    if not arguments.people:
        await asyncio.wait_for(api.replied.wait(), START_SECONDS)
        figures["reply_ms"] = round(1000 * (api.replied_at - began), 1)
    await asyncio.sleep(SETTLE_SECONDS + arguments.idle)
    if not arguments.people:
        now = usage(pid)
        figures.update(rss=round(now.rss, 1), peak=round(now.peak, 1))
        return figures
    for _ in range(arguments.people):
        api.arrive()
    await asyncio.sleep(arguments.warmup)
    calls, replies, before, own = api.calls.copy(), api.replies, usage(pid), time.process_time()
    api.measuring, since = True, time.perf_counter()
    await asyncio.sleep(arguments.seconds)
    took, after = time.perf_counter() - since, usage(pid)
    api.measuring, api.stopping = False, True
    answered, values = api.replies - replies, sorted(api.latencies)
    late = time.perf_counter() - STUCK_SECONDS
    figures.update(
        ups=round(answered / took, 1),
        p50=percentile(values, 0.5),
        p99=percentile(values, 0.99),
        cpu_ms=round(1000 * (after.cpu - before.cpu) / max(answered, 1), 4),
        bot_cpu=round((after.cpu - before.cpu) / took, 2),
        rig_cpu=round((time.process_time() - own) / took, 2),
        rss=round(after.rss, 1),
        peak=round(after.peak, 1),
        answered=answered,
        wrong=api.wrong,
        stuck=sum(1 for one in api.people.values() if one.waiting and one.asked_at < late),
        calls={name: count - calls[name] for name, count in sorted(api.calls.items()) if count > calls[name]},
    )
    return figures


def pin(core: int) -> None:
    """Stay on one core from now on, as does a child that is started meanwhile."""
    os.sched_setaffinity(0, {core})


def main() -> None:
    """Start the bot, measure it, stop it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=64, help="how many talk at once; 0: only start it")
    parser.add_argument("--seconds", type=float, default=4, help="how long to measure")
    parser.add_argument("--warmup", type=float, default=1, help="how long to load it before that")
    parser.add_argument("--idle", type=float, default=0, help="how long to leave it alone first")
    parser.add_argument("--api-delay-ms", type=float, default=0, help="how much later the API answers")
    parser.add_argument("--log", default=os.devnull, help="where the bot's own output goes")
    parser.add_argument("command", nargs="+", help="the bot; gets BOT_TOKEN and BOT_API_URL")
    arguments = parser.parse_args()
    with contextlib.suppress(ImportError):
        import uvloop  # noqa: PLC0415  quicker where it is, not needed

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    server = socket.create_server(("127.0.0.1", 0), backlog=1024)
    address = f"http://127.0.0.1:{server.getsockname()[1]}"
    environment = {**os.environ, "BOT_TOKEN": TOKEN, "BOT_API_URL": address}
    pin(CORES[-1])
    began = time.perf_counter()
    with Path(arguments.log).open("ab") as log:
        bot = subprocess.Popen(arguments.command, env=environment, stdout=log, stderr=log)
    pin(CORES[0])
    try:
        figures = asyncio.run(measure(arguments, server, bot.pid, began))
    finally:
        asked = time.perf_counter()
        bot.send_signal(signal.SIGTERM)
        try:
            bot.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            bot.kill()
            bot.wait()
    figures.update(exit=bot.returncode, stop_ms=round(1000 * (time.perf_counter() - asked)))
    json.dump(figures, sys.stdout)
    print()


if __name__ == "__main__":
    main()
