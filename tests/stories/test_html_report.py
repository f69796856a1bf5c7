"""A report is opened in a real browser: read, searched, filtered, switched, printed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.hars import entry, har, refused
from tests.stories.browsers import CHROMIUM, FLAGS
from tests.stories.running import BIN, CHECKOUT

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI") != "true",
    reason="needs Chromium (Debian: apt-get install chromium)",
)
ARTEFACTS = CHECKOUT / "artefacts"
HOSTILE = "<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">"


def entries() -> list[dict[str, Any]]:
    """Return a capture with three causes on two hosts, one of them fifty times."""
    wechat = "https://api.weixin.qq.com/cgi-bin"
    fetch = f"{wechat}/token?grant_type=client_credential&appid=wx0000000000000000&secret=s"
    one, other = "71_" + "a" * 100, "71_" + "b" * 100
    answer = '{{"access_token": "{}", "expires_in": 7200}}'
    use = f"{wechat}/menu/get?access_token={one}"
    return [
        *(refused(f"https://api.example.com/{n}?q={HOSTILE}", second=n) for n in range(50)),
        entry("https://api.example.com/missing", second=50, status=401, text="{}"),
        entry(fetch, second=51, text=answer.format(one)),
        entry(fetch, second=53, text=answer.format(other)),
        entry(use, second=55, text='{"errcode": 40001, "errmsg": "invalid credential"}'),
    ]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    (folder / "a.har").write_bytes(har(*entries()))
    command = [BIN / "why401", "scan", "a.har", "--html", "out.html", "--lang", "zh"]
    assert subprocess.run(command, cwd=folder, capture_output=True).returncode == 1
    return folder / "out.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM is not None, "CI installs Chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, report: Path) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    yield page
    # Neither an error, nor a word from the policy, nor a request to anywhere.
    assert said == []
    assert {url.partition("#")[0] for url in asked} <= {report.as_uri(), "data:,"}
    assert "why401" in page.title()
    context.close()


def test_the_picture_comes_first_and_leads_to_the_findings(page: Page) -> None:
    picture, findings = page.locator(".plot"), page.locator("#findings")
    top, below = picture.bounding_box(), findings.bounding_box()
    assert top is not None
    assert below is not None
    assert top["y"] < below["y"]
    assert page.locator(".life").count() == 1
    assert page.locator(".curves path").count() == 2
    page.locator(".mark", has=page.locator("title", has_text="#53")).click()
    expect(page.locator("#e53 .facets")).to_be_visible()


def test_fifty_failures_of_one_cause_are_one_block(page: Page) -> None:
    block = page.locator(".group", has_text="jwt/expired")
    expect(block).to_have_count(1)
    expect(block.locator("> summary")).to_contain_text("×50")


def test_languages_and_appearance_are_switched(page: Page) -> None:
    heading = page.locator("h1")
    expect(heading).to_contain_text("个请求中有")
    page.locator("label[for=lang-en]").click()
    expect(heading.locator("span:visible").first).to_have_text("52 of 54 exchanges flagged")
    assert page.evaluate("document.documentElement.lang") == "en"
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("label[for=theme-dark]").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_search_and_filters_narrow_it_down(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("40001")
    expect(page.locator(".group:visible")).to_have_count(1)
    expect(page.locator("#shown")).to_have_text("1 / 52")
    page.locator("#q").fill("")
    page.locator("#host").select_option("api.weixin.qq.com")
    expect(page.locator(".group:visible")).to_have_count(1)
    page.locator("#host").select_option("")
    page.locator("#kind").select_option("jwt")
    expect(page.locator(".group:visible h2")).to_contain_text("JWT")
    page.locator("#q").fill("nothing has this")
    expect(page.locator("#none")).to_be_visible()


def test_an_anchor_opens_what_it_names(page: Page, report: Path) -> None:
    page.goto(f"{report.as_uri()}#e53")
    expect(page.locator("#e53")).to_be_in_viewport()
    page.goto(f"{report.as_uri()}#e51")  # a healthy one, in the list of all
    expect(page.locator("tr#e51")).to_be_in_viewport()


def test_a_telephone_shows_it_without_scrolling_sideways(browser: Browser, report: Path) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    for scheme, language in (("light", "zh"), ("dark", "en")):
        page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(f"{report.as_uri()}#e53")
        page.locator(f"label[for=lang-{language}]").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=ARTEFACTS / f"report-phone-{language}.png")
        page.set_viewport_size({"width": 1280, "height": 900})
        page.screenshot(path=ARTEFACTS / f"report-{language}.png")
        page.close()


def test_it_reads_without_javascript(browser: Browser, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    expect(page.locator("#filters")).to_be_hidden()
    group = page.locator(".group", has_text="jwt/expired")
    group.locator("> summary").click()
    expect(group.locator(".fix").first).to_be_visible()
    page.locator("label[for=lang-en]").click()
    expect(page.locator("h1 span[lang=en]")).to_be_visible()
    expect(page.locator("h1 span[lang=zh]")).to_be_hidden()
    context.close()


def test_on_paper_everything_is_unfolded(page: Page) -> None:
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator("#filters")).to_be_hidden()
    assert page.locator(".group > .body:visible").count() == page.locator(".group").count()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")


def test_what_is_read_aloud_has_names(page: Page) -> None:
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, select, input, a[href], section")]
            .filter((each) => each.checkVisibility())
            .filter((each) => !(each.textContent.trim() || each.getAttribute("aria-label")
                || each.getAttribute("aria-labelledby") || each.labels?.length))
            .map((each) => each.outerHTML.slice(0, 100))"""
    )
    assert unnamed == []
    levels = page.evaluate("[...document.querySelectorAll('h1,h2')].map((each) => each.tagName)")
    assert levels.count("H1") == 1
    assert levels[0] == "H1"
