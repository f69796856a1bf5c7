"""The words of the frame: headings and certainties. What is said about traffic is in `rules/`."""

from __future__ import annotations

from typing import Final

from why401.knowledge.rule import Text
from why401.model import Certainty, Severity

CERTAINTY: Final = {
    Certainty.PROVEN: Text("已证实", "proven"),
    Certainty.LIKELY: Text("很可能", "likely"),
    Certainty.POSSIBLE: Text("待定", "undecided"),
}
SEVERITY: Final = {
    Severity.ERROR: Text("错误", "error"),
    Severity.WARNING: Text("警告", "warning"),
    Severity.INFO: Text("提示", "info"),
}

SEEN: Final = Text("看到", "Seen")
WHY: Final = Text("为什么", "Why")
FIX: Final = Text("怎么改", "Fix")
DECIDE: Final = Text("要判定", "To decide")
OTHERWISE: Final = Text("也可能", "Or else")
ALSO: Final = Text("另外", "Also")
RELATED: Final = Text("相关", "Related")
REQUEST_CARRIES: Final = Text("凭证", "Carries")
RESPONSE_ASKS: Final = Text("要求", "Asks for")
SIGNATURES: Final = Text("签名", "Signatures")
ANSWERED_BY: Final = Text("回答者", "Answered by")
TIMELINE: Final = Text("经过", "Timeline")
EVENTS: Final = {
    "issued": Text("发出", "issued"),
    "used": Text("用成功", "used"),
    "refused": Text("被拒", "refused"),
    "refreshed": Text("换新", "refreshed"),
    "superseded": Text("被取代", "superseded"),
    "revoked": Text("退出或吊销", "revoked"),
}
CLOCK: Final = Text("时钟", "Clock")
CLOCK_AHEAD: Final = Text(
    "本机比服务器快 {skew_s}", "this machine's is {skew_s} ahead of the server's"
)
CLOCK_BEHIND: Final = Text(
    "本机比服务器慢 {skew_s}", "this machine's is {skew_s} behind the server's"
)
REFERENCES: Final = Text("参考", "References")
HEALTHY: Final = Text("没有发现问题", "nothing wrong was found")
NO_CREDENTIALS: Final = Text("没有", "none")
OUR_FAULT: Final = Text(
    "why401 自己出错了（{detectors}），这不是你的请求的问题；请带上日志反馈",
    "why401 itself failed here ({detectors}); your request is not to blame. Please report the log",
)
