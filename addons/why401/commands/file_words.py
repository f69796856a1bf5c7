"""What is wrong with a file, in the language of the user and with what to do about it.

The core says it in English and shortly (`capture.errors`); the sentences are here.
"""

from __future__ import annotations

import re

from why401.knowledge.rule import Text
from why401.knowledge.words import Language
from why401.language import said
from why401.later import regex

_AS_HAR = Text("请从那个工具里导出 HAR", "export a HAR from there")
_FOREIGN = {
    "is a ZIP archive, as Fiddler's .saz is one": Text(
        "是 ZIP 压缩包（.saz 也是）：先解压；Fiddler 里选 File → Export Sessions → HTTPArchive",
        "{}: unpack it; in Fiddler: File → Export Sessions → HTTPArchive",
    ),
    "is a packet capture (pcap)": Text(
        "是网络层抓包（pcap），里面的 HTTPS 是加密的：用 why401 run 或浏览器重新抓",
        "{}, in which HTTPS is encrypted: record again with `why401 run` or a browser",
    ),
    "is a session file of Proxyman or another macOS program": Text(
        "是 Proxyman 等 macOS 程序的会话文件：在程序里选 File → Export → HAR",
        "{}: choose File → Export → HAR there",
    ),
    "is a session file of Charles": Text(
        "是 Charles 的会话文件：File → Export Session…，格式选 HTTP Archive (.har)",
        "{}: File → Export Session…, format HTTP Archive (.har)",
    ),
    "is Charles' XML": Text(
        "是 Charles 的 XML：File → Export Session…，格式选 HTTP Archive (.har)",
        "{}: File → Export Session…, format HTTP Archive (.har)",
    ),
    "is Burp's XML": Text(
        "是 Burp 导出的 XML：请改为导出 HAR，例如用扩展",
        "{}: export a HAR instead, by an extension, say",
    ),
    "is a report of Newman": Text(
        "是 Newman 的报告，没有完整报文：让它走 why401 exec，再看 mitmweb 或导出 HAR",
        "{}, without whole messages: run it through `why401 exec -- newman …` instead",
    ),
    "is a Postman collection": Text(
        "是 Postman 集合，只有请求没有应答：请在 Postman 里经 why401 run 的代理发送",
        "{}: it holds requests without answers; send them through the proxy of `why401 run`",
    ),
    "is an export of Insomnia's requests": Text(
        "是 Insomnia 的请求导出，没有应答：导出时格式选 HAR",
        "{}, without answers: choose HAR when exporting",
    ),
    "is a description of an API": Text(
        "是接口描述（OpenAPI），不是抓包文件：请给出 HAR", "{}, no capture: a HAR is wanted"
    ),
    "is a performance trace": Text(
        "是性能跟踪文件：在浏览器开发者工具的 Network 面板导出 HAR",
        "{}: export a HAR from the Network panel",
    ),
    "is a NetLog of Chromium": Text(
        "是 Chromium 的 NetLog：在开发者工具的 Network 面板导出 HAR",
        "{}: export a HAR from the Network panel",
    ),
    "is a curl command": Text(
        "是 curl 命令，不是抓包文件：用 why401 exec -- curl … 发送，或用 why401 sign 核对签名",
        "{}, no capture: send it by `why401 exec -- curl …`, or check it by `why401 sign`",
    ),
    "is a web page": Text("是网页，不是抓包文件", "{}, no capture"),
    "is XML": Text(f"是 XML，不是抓包文件：{_AS_HAR.zh}", f"{{}}, no capture: {_AS_HAR.en}"),
    "is a database": Text(f"是数据库文件：{_AS_HAR.zh}", f"{{}}: {_AS_HAR.en}"),
    "is a PDF": Text("是 PDF，不是抓包文件", "{}, no capture"),
    "is a program": Text("是程序，不是抓包文件", "{}, no capture"),
}
_FILES = _FOREIGN | {
    "is empty": Text("是空文件：重新导出一次", "{}: export it again"),
    "is neither JSON nor a mitmproxy flow file": Text(
        "既不是 HAR（JSON），也不是 mitmproxy 的 flow 文件：从抓包工具导出 HAR",
        "{}: export a HAR from where it was recorded",
    ),
    "is no capture: neither a HAR nor a mitmproxy flow file": Text(
        "既不是 HAR，也不是 mitmproxy 的 flow 文件：从抓包工具导出 HAR",
        "{}: export a HAR from where it was recorded",
    ),
    "is not valid JSON, and no HAR entries are in it": Text(
        "不是完整的 JSON，里面也没有 HAR 条目：重新导出一次", "{}: export it again"
    ),
    "is no HAR: it has no log.entries": Text(
        "不是 HAR：里面没有 log.entries；从抓包工具导出 HAR",
        "{}: export a HAR from where it was recorded",
    ),
    "holds no entry that can be read": Text(
        "没有一个条目读得出来：从抓包工具重新导出 HAR",
        "{}: export a HAR from where it was recorded",
    ),
    "is compressed, but damaged": Text(
        "是压缩文件，但已损坏：重新导出或传输一次", "{}: export or copy it again"
    ),
    "is cut off: the compressed data ends too early": Text(
        "不完整：压缩数据没有结尾；前面的已诊断", "{}; what was there was diagnosed"
    ),
    "cannot be read: this is no file name": Text("读不了：这不是文件名", "{}"),
    "is not an object": Text("不是对象", "{}"),
    "has no request": Text("没有 request", "{}"),
    "its request has no url": Text("request 里没有 url", "{}"),
    "nested too deeply": Text("嵌套太深", "{}"),
    "is not JSON": Text("不是 JSON", "{}"),
    "changed while it was read": Text("读取过程中文件变了", "{}"),
    "holds values that make no sense": Text("里面的值不合理", "{}"),
    "its fields are not those of a flow": Text("字段不是 flow 的字段", "{}"),
    "is not a flow": Text("不是 flow", "{}"),
    "is no curl command, HTTP request, HAR entry, XML or JSON body": Text(
        "不是 curl 命令、HTTP 请求、HAR 条目、XML 或 JSON", "{}"
    ),
    "is not a private key in PEM without a password": Text(
        "不是没有密码的 PEM 私钥：用 apiclient_key.pem 的内容", "{}: use that of apiclient_key.pem"
    ),
    "is not an RSA key": Text(
        "不是 RSA 密钥：用 apiclient_key.pem 的内容", "{}: use apiclient_key.pem"
    ),
    "holds a postData that is not base64": Text("里面的 postData 不是 base64", "{}"),
    "would replace a file that is read or written; name another": Text(
        "会覆盖正在读或写的文件；换一个文件名", "{}"
    ),
}
_SYSTEM = {
    "No such file or directory": Text("没有这个文件或目录", "no such file or folder"),
    "Is a directory": Text(
        "这是目录；请写出里面的文件，例如 {path}/*.har",
        "is a folder; name the files in it: {path}/*.har",
    ),
    "Permission denied": Text("没有权限", "permission denied"),
    "Not a directory": Text("路径里有一段不是目录", "a part of the path is no folder"),
    "No space left on device": Text("磁盘已满", "the disk is full"),
    "Read-only file system": Text("文件系统是只读的", "the file system is read-only"),
    "Too many levels of symbolic links": Text("符号链接成了环", "symbolic links lead in a circle"),
}
_OUTPUT = Text("这是目录；请写出文件名", "is a folder; name a file in it")
_PATTERNS = (
    (
        regex(r"is cut off: it ends within entry ([0-9]+)"),
        Text(
            "不完整：在第 {0} 个条目处断了；前面的已诊断",
            "is cut off within entry {0}; what stands before was diagnosed",
        ),
    ),
    (
        regex(r"is cut off: it ends within flow ([0-9]+)"),
        Text(
            "不完整：在第 {0} 个 flow 处断了；前面的已诊断",
            "is cut off within flow {0}; what stands before was diagnosed",
        ),
    ),
    (
        regex(r"is damaged from flow ([0-9]+)"),
        Text(
            "从第 {0} 个 flow 起已损坏；前面的已诊断",
            "is damaged from flow {0} on; what stands before was diagnosed",
        ),
    ),
    (regex(r"is larger than ([0-9]+) MiB"), Text("大于 {0} MiB", "is larger than {0} MiB")),
    (
        regex(r"unpacks to more than ([0-9]+) MiB"),
        Text("解压后超过 {0} MiB", "unpacks to more than {0} MiB"),
    ),
    (
        regex(r"is a ([a-z0-9]+) flow, not HTTP"),
        Text("是 {0} 的 flow，不是 HTTP", "is a {0} flow, not HTTP"),
    ),
    (
        regex(r"is no complete curl command: (.*)"),
        Text("curl 命令不完整：{0}", "is no complete curl command: {0}"),
    ),
    (
        regex(r"its version cannot be read(.*)"),
        Text("版本无法读取{0}", "its version cannot be read{0}"),
    ),
)
_DONE = regex(r"cannot be (read|written): (.+)", re.DOTALL)
_VERBS = {
    "read": Text("读不了：", "cannot be read: "),
    "written": Text("写不了：", "cannot be written: "),
}


def in_words(message: str, language: Language, path: str = "") -> str:
    """Return what the core says of the file at `path` in `language`, with what to do about it; as
    it is where there are no other words for it."""
    words = _FILES.get(message)
    if words is not None:
        return words.zh if language == "zh" else words.en.format(message)
    done = _DONE.fullmatch(message)
    if done is not None:
        known = _OUTPUT if done.groups() == ("written", "Is a directory") else _SYSTEM.get(done[2])
        why = _said(known, language).format(path=path or "…") if known else done[2]
        return _said(_VERBS[done[1]], language) + why
    for pattern, text in _PATTERNS:
        found = pattern.fullmatch(message)
        if found is not None:
            return _said(text, language).format(*found.groups())
    return message


def unwritable_output(error: OSError, language: Language) -> str:
    """Return that standard output cannot be written to, and why."""
    name = said(language, "标准输出", "standard output")
    return f"{name}: {in_words(f'cannot be written: {error.strerror or error}', language)}"


def _said(text: Text, language: Language) -> str:
    return text.zh if language == "zh" else text.en
