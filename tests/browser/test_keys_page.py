"""The page of all keys: a tree, what is found in it, keys that are made there, many changed at once."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.support.console_pages import require_fitting, settled

if TYPE_CHECKING:
    import httpx
    from playwright.sync_api import Locator, Page

MARKUP = "<img src=x onerror='window.broken = true'> & <b>co</b>"
LONG = "An agent that reads every contract of the last ten years, in the quarter's second half " * 2
RIGHT_TO_LEFT = "فريق البحث 🔍"


@pytest.fixture
def mark() -> str:
    """A tag of the keys of one test, to find them by, and what tells their names from others'."""
    return uuid4().hex[:10]


class Keys:
    """The keys of one test."""

    def __init__(self, admin: httpx.Client, mark: str) -> None:
        self.admin = admin
        self.mark = mark

    def add(self, name: str, **settings: Any) -> dict[str, Any]:
        body = {"name": f"{name} {self.mark}"[:128], "tags": {"test": self.mark}, **settings}
        answer = self.admin.post("/apiKey", json=body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def get(self, key: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.admin.get(f"/apiKey/{key['id']}").json()
        return found

    @property
    def path(self) -> str:
        """The page of these alone."""
        return f"keys?tag=test%3D{self.mark}"


@pytest.fixture
def keys(admin, mark):
    return Keys(admin, mark)


def row(page: Page, key: dict[str, Any]) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=key["name"], exact=True))


def choose(page: Page, *chosen: dict[str, Any]) -> None:
    for key in chosen:
        row(page, key).get_by_role("checkbox").check()
    expect(page.get_by_text(f"{len(chosen)} selected")).to_be_visible()


def test_a_tree_fetches_what_is_below_a_key_when_it_is_opened(page_of, keys):
    root = keys.add("Company", budgetLimit="50")
    team = keys.add("Team", parentId=root["id"], budgetLimit="20")
    agent = keys.add("Agent", parentId=team["id"])
    page = page_of("viewer", "keys")
    asked = []
    page.on("request", lambda request: asked.append(request.url))

    for above, below in ((root, team), (team, agent)):
        expect(row(page, below)).not_to_be_attached()
        asked.clear()
        opener = page.get_by_role("button", name=f"Show what is below {above['name']} (1)")
        opener.click()
        expect(row(page, below)).to_be_visible()
        assert len([url for url in asked if above["id"] in url]) == 1
    expect(row(page, team)).to_contain_text("$20.00")
    page.get_by_role("button", name=f"Hide what is below {root['name']}").click()
    expect(row(page, agent)).not_to_be_attached()


def test_what_is_sought_is_in_the_url_and_shows_where_in_the_tree_it_is(page_of, keys, mark):
    root = keys.add("Company", priority="high")
    team = keys.add("Team", parentId=root["id"], priority="high")
    keys.add("Team", parentId=root["id"])
    page = page_of("viewer", "keys")

    page.get_by_role("searchbox", name="Search").fill(team["name"])
    page.get_by_label("Priority").select_option(label="High")
    expect(page).to_have_url(re.compile(f"(?=.*{mark}).*priority=high"))
    for _ in range(2):
        # The heads of columns are a row, too; its parent and its sibling aren't there.
        expect(row(page, team)).to_have_count(1)
        expect(page.get_by_role("row")).to_have_count(2)
        expect(row(page, team)).to_contain_text(root["name"])
        page.reload()
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.get_by_role("searchbox", name="Search")).to_have_value("")
    expect(page).not_to_have_url(re.compile(mark))


def test_where_nothing_fits_it_says_so_and_what_to_do(page_of, mark):
    page = page_of("viewer", f"keys?search={mark}")
    expect(page.get_by_text("No key fits")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.get_by_text("No key fits")).not_to_be_attached()


def test_a_key_is_made_from_its_name_and_budget_and_its_first_call_passes(page_of, keys, mark):
    name = f"New {MARKUP} {mark}"
    page = page_of("operator", "keys")
    page.get_by_role("button", name="New key").click()
    form = page.get_by_role("dialog")
    expect(form.get_by_label("Name", exact=True)).to_be_focused()
    form.get_by_role("button", name="Create the key").click()
    expect(form.get_by_label("Name", exact=True)).to_have_accessible_description("This is needed.")
    form.get_by_label("Name", exact=True).fill(name)
    form.get_by_label("One-time budget").fill("5")
    form.get_by_role("button", name="Create the key").click()

    secret = form.locator("code").filter(has_text="sk-tg-").first.inner_text()
    form.get_by_role("button", name="Send a test call").click()
    expect(form.get_by_text("The call passed")).to_be_visible()
    expect(form.get_by_text("Left of the budget")).to_be_visible()
    for client, contained in (("Claude Code", "ANTHROPIC_AUTH_TOKEN="), ("OpenAI · Python", "api_key=")):
        form.get_by_role("button", name=client, exact=True).click()
        expect(form.locator("pre").filter(has_text=contained)).to_contain_text(secret)
    assert secret not in page.url

    # Nobody has copied the secret: it isn't left behind by accident.
    form.get_by_role("button", name="Close").click()
    expect(page.get_by_text("The secret hasn't been copied")).to_be_visible()
    page.get_by_role("button", name="Stay").click()
    form.get_by_role("button", name="Done").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("searchbox", name="Search").fill(mark)
    expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    assert page.evaluate("window.broken") is None
    assert secret not in page.content()


def test_what_the_api_refuses_of_a_new_key_is_told_at_its_field(page_of, keys):
    parent = keys.add("Parent", budgetLimit="3")
    page = page_of("operator", f"keys?create=true&under={parent['id']}")
    form = page.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill("Child")
    form.get_by_label("One-time budget").fill("4")
    form.get_by_role("button", name="Create the key").click()
    expect(form.get_by_label("One-time budget")).to_have_accessible_description(
        f"must not exceed the budget of its ancestor {parent['id']}: 3 USD"
    )


def test_several_limits_are_raised_and_who_has_none_is_left_alone(page_of, keys):
    small, large = keys.add("Small", budgetLimit="0.07"), keys.add("Large", budgetLimit="1000")
    free = keys.add("Free")
    page = page_of("operator", keys.path)
    choose(page, small, large, free)
    page.get_by_role("button", name="Raise limit").click()
    page.get_by_label("By", exact=True).fill("12.5")
    page.get_by_role("button", name="Apply to 3 keys").click()

    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("2 done, 1 left as they were")).to_be_visible()
    expect(dialog.get_by_role("listitem")).to_have_text([f"{free['name']}: has no budget of its own"])
    assert [Decimal(keys.get(key)["budgetLimit"]) for key in (small, large)] == [
        Decimal("0.07875"),
        Decimal(1125),
    ]
    dialog.get_by_role("button", name="Close").last.click()
    expect(row(page, large)).to_contain_text("$1,125.00")


def test_a_key_that_someone_else_has_changed_is_told_and_can_be_tried_again(page_of, keys):
    key, other = keys.add("Changed"), keys.add("Other")
    page = page_of("operator", keys.path)
    choose(page, key, other)
    tags = {"test": keys.mark, "by": "someone"}
    assert keys.admin.patch(f"/apiKey/{key['id']}", json={"tags": tags}).status_code == 200
    page.get_by_role("button", name="Set tag").click()
    page.get_by_label("Name of the tag").fill("team")
    page.get_by_label("Value").fill("search")
    page.get_by_role("button", name="Apply to 2 keys").click()

    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("1 done, 1 failed")).to_be_visible()
    expect(dialog.get_by_role("listitem")).to_contain_text("someone else has changed it")
    assert keys.get(key)["tags"] == tags
    dialog.get_by_role("button", name="Try the 1 again").click()
    expect(dialog.get_by_text("2 done", exact=True)).to_be_visible()
    assert keys.get(key)["tags"] == {**tags, "team": "search"}


def test_keys_are_revoked_once_their_number_is_typed_and_reinstated(page_of, keys):
    first, second = keys.add("First"), keys.add("Second")
    page = page_of("operator", keys.path)
    choose(page, first, second)
    page.get_by_role("button", name="Revoke").click()
    dialog = page.get_by_role("dialog")
    act = dialog.get_by_role("button", name="Revoke", exact=True)
    expect(act).to_be_disabled()
    dialog.get_by_label("Type 2 to confirm").fill("2")
    act.click()
    expect(dialog.get_by_text("2 done", exact=True)).to_be_visible()
    assert {keys.get(key)["status"] for key in (first, second)} == {"revoked"}
    dialog.get_by_role("button", name="Close").last.click()
    expect(row(page, first)).to_contain_text("Revoked")

    page.get_by_role("button", name="Reinstate").click()
    page.get_by_role("button", name="Apply to 2 keys").click()
    expect(page.get_by_text("2 done", exact=True)).to_be_visible()
    assert {keys.get(key)["status"] for key in (first, second)} == {"active"}


def test_the_list_is_exported_as_it_is_filtered(page_of, keys, tmp_path):
    made = [keys.add("=1+1"), keys.add("Plain, with a comma", budgetLimit="5")]
    page = page_of("viewer", keys.path)
    page.get_by_role("button", name="Export CSV").click()
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="Save keys.csv").click()
    lines = downloaded.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1 + len(made)
    by_id = {line.split(",")[0]: line for line in lines[1:]}
    assert by_id[made[0]["id"]].split(",")[1] == f"'{made[0]['name']}"
    assert f'"{made[1]["name"]}"' in by_id[made[1]["id"]]


def test_a_viewer_is_offered_nothing_that_is_not_theirs(page_of, keys):
    key = keys.add("Seen")
    page = page_of("viewer", f"{keys.path}&create=true")
    expect(row(page, key)).to_be_visible()
    expect(page.get_by_role("checkbox")).to_have_count(0)
    expect(page.get_by_role("button", name="New key")).not_to_be_attached()
    expect(page.get_by_role("dialog")).not_to_be_attached()
    row(page, key).get_by_role("button", name="Actions for").click()
    expect(page.get_by_role("menuitem")).to_have_text(["Open", "Copy the ID"])


@pytest.fixture
def odd(keys):
    """A key with keys below it, of which none has a name as most have."""
    root = keys.add(MARKUP, budgetLimit="0.5", quotaLimit="0.25", ownerEmail="a-long-address@example.com")
    keys.add(LONG, parentId=root["id"], priority="low")
    keys.add(RIGHT_TO_LEFT, parentId=root["id"], budgetLimit="0")
    return root


def test_the_tree_is_for_everyone_whatever_keys_are_called(page_of, odd, axe):
    page = page_of("owner", "keys")
    page.get_by_role("button", name=f"Show what is below {odd['name']}").click()
    settled(page)
    axe(page)
    require_fitting(page)
    assert page.evaluate("window.broken") is None


def test_a_list_of_keys_is_for_everyone_whatever_they_are_called(page_of, keys, odd, axe):
    page = page_of("owner", keys.path)
    expect(page.get_by_role("row")).to_have_count(4)
    choose(page, odd)
    axe(page)
    require_fitting(page)
    assert page.evaluate("window.broken") is None


def test_the_form_for_a_new_key_is_for_everyone(page_of, odd, axe):
    page = page_of("owner", f"keys?create=true&under={odd['id']}")
    page.get_by_role("button", name="All settings").click()
    axe(page)
    require_fitting(page)


def test_what_is_shown_of_a_new_key_is_for_everyone(page_of, odd, mark, axe):
    page = page_of("owner", f"keys?create=true&under={odd['id']}")
    page.get_by_label("Name", exact=True).fill(f"Made {mark}")
    page.get_by_role("button", name="Create the key").click()
    page.get_by_role("button", name="Send a test call").click()
    expect(page.get_by_text("The call passed")).to_be_visible()
    axe(page)
    require_fitting(page)
