"""A page in headless Chromium, driven through the DevTools protocol (https://chromedevtools.github.io/devtools-protocol).

Chromium speaks it over a websocket, and tornado, on which Jupyter's kernels run, has a client for one.
"""

import asyncio
import base64
import itertools
import json
import shutil
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tornado.websocket import WebSocketClientConnection, websocket_connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # there is no other machine
)
SECONDS = 90.0  # that anything may take


class NavigatedError(Exception):
    """The page went elsewhere, or loaded itself again, while it was asked."""


class Page:
    """The page of a browser. ``requests`` are the addresses that it, its workers included, has asked for."""

    def __init__(self, loop: asyncio.AbstractEventLoop, socket: WebSocketClientConnection):
        self._loop, self._socket, self._numbers = loop, socket, itertools.count(1)
        self.requests: list[str] = []
        self.console: list[str] = []

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of a command of the protocol."""
        return self._loop.run_until_complete(asyncio.wait_for(self._call(method, parameters), SECONDS))

    async def _call(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.write_message(json.dumps({"id": number, "method": method, "params": parameters}))
        while message := await self._socket.read_message():
            told = json.loads(message)
            if told.get("id") == number:
                if "error" in told:
                    raise NavigatedError(told["error"]["message"])
                return dict(told["result"])
            self._note(told)
        raise ConnectionError("Chromium has ended")

    def _note(self, told: dict[str, Any]) -> None:
        if told.get("method") == "Target.attachedToTarget":  # a worker
            session, number = told["params"]["sessionId"], next(self._numbers)
            self._socket.write_message(json.dumps({"id": number, "method": "Network.enable", "sessionId": session}))
        elif told.get("method") == "Network.requestWillBeSent":
            self.requests.append(told["params"]["request"]["url"])
        elif told.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            self.console.append(json.dumps(told["params"])[:1000])

    def open(self, url: str, condition: str) -> None:
        """Goes to a page and waits until an expression of JavaScript holds there."""
        self.call("Page.navigate", url=url)
        self.until(f"document.readyState === 'complete' && {condition}")

    def run(self, expression: str) -> Any:
        """The value of an expression of JavaScript, awaited."""
        told = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def until(self, condition: str) -> None:
        """Waits until an expression holds."""
        try:
            self.run(f"""new Promise((resolve) => {{
                const look = () => {{ let held = false; try {{ held = {condition}; }} catch {{}}
                                      held ? resolve() : setTimeout(look, 20); }}; look(); }})""")
        except NavigatedError:
            self.until(condition)

    def screenshot(self, file: Path, width: int, height: int, dark: bool = False) -> None:
        """Writes a picture of the page in a window of that size, in pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.run("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))


@contextmanager
def chromium(profile: Path) -> Iterator[Page]:
    """A new page of a browser that keeps its files in the folder ``profile``."""
    command = [str(CHROMIUM), *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
    loop = asyncio.new_event_loop()
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as browser:
        try:
            assert browser.stderr is not None
            line = next(line for line in browser.stderr if "DevTools listening on" in line)
            threading.Thread(target=browser.stderr.read, daemon=True).start()  # else it would wait for a reader
            port = line.split("127.0.0.1:")[1].split("/")[0]
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"http://127.0.0.1:{port}/json/list") as reply:
                target = next(one for one in json.load(reply) if one["type"] == "page")
            connect = partial(websocket_connect, target["webSocketDebuggerUrl"], max_message_size=2**28)
            page = Page(loop, loop.run_until_complete(_connected(connect)))
            for domain in ("Page", "Runtime", "Network", "Log"):
                page.call(f"{domain}.enable")
            page.call("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=False, flatten=True)
            yield page
        finally:
            browser.terminate()
            browser.wait(20)
            loop.close()


async def _connected(connect: Any) -> WebSocketClientConnection:
    return await connect()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(folder: Path, port: int = 0) -> Iterator[str]:
    """The address at which ``python -m http.server`` would serve a folder."""
    with ThreadingHTTPServer(("127.0.0.1", port), partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
