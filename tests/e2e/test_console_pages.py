"""The console's files as the deployed template serves them."""

from __future__ import annotations

import re

import httpx
import pytest


@pytest.fixture(scope="module")
def console(stack):
    with httpx.Client(base_url=stack.console_url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def script(console):
    """The path of the first script that the document names."""
    (found,) = re.findall(r'<script type="module"[^>]* src="\./([^"]+)"', console.get("").text)
    return found


def test_the_document_is_fresh_and_says_what_may_run_in_it(console):
    answer = console.get("")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|style=", answer.text)
    assert not re.search(r"(src|href)=\"(https?:)?//", answer.text)


def test_without_its_slash_it_is_found_too(stack):
    answer = httpx.get(stack.console_url.rstrip("/"), follow_redirects=True, timeout=60)
    assert (answer.status_code, str(answer.url)) == (200, stack.console_url)
    assert [each.status_code for each in answer.history] == [308]


def test_a_pages_link_leads_to_the_same_document_with_the_way_to_its_files(console, script):
    answer = console.get("keys/key_0123456789abcdef")
    assert answer.status_code == 200
    (base,) = re.findall(r'<base href="([^"]*)"', answer.text)
    assert answer.url.join(base).join(f"./{script}") == console.base_url.join(script)


def test_a_script_comes_compressed_and_for_ever(console, script):
    plain, zipped, smallest = (
        console.get(script, headers={"accept-encoding": coding})
        for coding in ("identity", "gzip", "gzip, br")
    )
    for answer in (plain, zipped, smallest):
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["vary"] == "accept-encoding"
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == plain.content
    assert smallest.headers["content-encoding"] == "br"
    sizes = [each.num_bytes_downloaded for each in (plain, zipped, smallest)]
    assert sizes == sorted(sizes, reverse=True)
    assert console.head(script).headers["cache-control"] == plain.headers["cache-control"]


@pytest.mark.parametrize("path", ["assets/gone-0.js", "favicon.ico", "..%2f..%2ftollgate_console/handler.py"])
def test_what_is_no_file_is_not_found(console, path):
    answer = console.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_nothing_can_be_sent_to_it(console):
    assert console.post("", content="{}").status_code == 405


def test_pages_are_told_what_the_deployment_has(console):
    answer = console.get("config.json")
    assert answer.json() == {"oidc": None, "callsUrl": None}
    assert answer.headers["cache-control"] == "no-store"


def test_what_is_beside_the_console_is_served_as_before(stack):
    assert httpx.get(f"{stack.api_url}/consoles", timeout=60).json()["error"]["code"] == "unknown_route"
    assert httpx.get(f"{stack.admin_url}/console", timeout=60).status_code == 401
