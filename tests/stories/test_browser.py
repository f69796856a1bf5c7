"""A real browser looks at mitmweb: the Comment column, the content view, the View menu."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from tests.stories.browsers import CHROMIUM, FLAGS
from tests.stories.running import BIN, CHECKOUT, Web

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI") != "true",
    reason="needs Chromium (Debian: apt-get install chromium)",
)
ARTEFACTS = CHECKOUT / "artefacts"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    home = tmp_path_factory.mktemp("browser")
    with Web([str(BIN / "why401"), "demo", "--"], home, environment={"LANG": "zh_CN.UTF-8"}) as web:
        web.wait_for(r"tour\.py")
        yield web


@pytest.fixture(scope="module")
def page(demo: Web) -> Iterator[Page]:
    assert CHROMIUM is not None, "CI installs Chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        page = browser.new_page(viewport={"width": 1500, "height": 950})
        page.goto(demo.url)
        yield page
        browser.close()


def test_the_list_shows_each_summary_beside_its_mark(page: Page) -> None:
    page.wait_for_selector("tr:has-text('/customers')")
    row = page.locator("tr", has_text="/customers")
    comment = row.locator(".col-comment")
    expect(row).to_contain_text("🔴")
    expect(comment).to_contain_text("Authorisation")
    expect(comment).to_contain_text("[已证实]")
    box = comment.bounding_box()
    assert box is not None
    assert box["width"] > 400  # a line can be read, not nine characters
    healthy = page.locator("tr", has_text="/health").locator(".col-comment")
    expect(healthy).to_have_text("")
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / "list.png")


def test_the_view_explains_the_exchange_and_shows_the_body(page: Page) -> None:
    page.locator("tr", has_text="/intranet/staff").click()
    page.locator("nav").get_by_text("Response", exact=True).click()
    view = page.locator(".contentview")
    expect(view).to_contain_text("Why 401")
    expect(view).to_contain_text("basic/not-encoded")
    expect(view).to_contain_text("怎么改")
    page.screenshot(path=ARTEFACTS / "view.png")


def test_the_view_can_be_chosen_on_a_healthy_exchange(page: Page) -> None:
    page.locator("tr", has_text="/orders/1001").click()
    page.locator("nav").get_by_text("Request", exact=True).click()
    view = page.locator(".contentview")
    expect(view).not_to_contain_text("没有发现问题")
    page.get_by_text("View:").click()
    page.get_by_text("why 401", exact=True).click()
    expect(view).to_contain_text("没有发现问题")
    expect(view).to_contain_text("alice")


def test_the_command_bar_exports(page: Page, tmp_path: Path) -> None:
    out = tmp_path / "bar.har"
    page.get_by_text("Options", exact=True).click()
    page.get_by_text("Display Command Bar").click()
    bar = page.locator(".command-input input")
    bar.fill(f"why401.export @all {out}")
    bar.press("Enter")
    expect(page.locator(".command-result")).to_contain_text("bar.har")
    assert out.is_file()
