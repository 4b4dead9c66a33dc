"""`keys tree`: what is drawn, and how much is read for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.cli_runner import Gateway, page, run
from tests.unit.cli.keys.test_key_commands import KEY
from tollgate_cli.commands.keys.key_trees import MOST_LISTS, Node, TreeReader

if TYPE_CHECKING:
    import httpx

LIST = "GET /api/admin/apiKey"


def _key(name, parent=None, children=0, **fields):
    ids = {"id": f"key_{name:>016}", "parentId": parent and f"key_{parent:>016}"}
    return {**KEY, **ids, "name": name, "childCount": children, **fields}


ROOT = _key("root", children=2)
TEAM = _key("team", "root", 1, budgetUsed="50", budgetState="exhausted")
ANN = _key("ann", "team", budgetLimit=None, status="revoked")
BOB = _key("bob", "root")


def _children(gateway_keys):
    def answer(request: httpx.Request):
        parent = request.url.path.split("/")[-2]
        return page(*[key for key in gateway_keys if key["parentId"] == parent])

    return answer


def test_all_keys_are_read_by_pages_and_drawn_below_their_parents():
    gateway = Gateway({LIST: page(BOB, ANN, ROOT, TEAM)})
    ran = run("keys", "tree", "--no-color", gateway=gateway, terminal=True)
    lines = ran.stdout.splitlines()
    starts = ["Key ", "root ", "├─ bob ", "└─ team ", "   └─ ann "]
    assert [line[: len(start)] for line, start in zip(lines, starts, strict=True)] == starts
    assert "━━┄┄┄┄┄┄  $12.50    $50.00  in all" in lines[1]
    assert "━━━━━━━━  $50.00    $50.00  in all" in lines[3]
    assert "no limit" in lines[4]
    assert lines[4].endswith("  revoked")
    assert gateway.lines == [f"{LIST}?limit=100"]
    assert all(len(line) <= 80 for line in lines)


def test_a_subtree_is_read_level_by_level_and_json_is_nested():
    keys = [ROOT, TEAM, ANN, BOB]
    answers = {f"GET /api/admin/apiKey/{key['id']}/children": _children(keys) for key in keys}
    gateway = Gateway(answers | {f"GET /api/admin/apiKey/{ROOT['id']}": ROOT})
    ran = run("keys", "tree", ROOT["id"], "--json", gateway=gateway)
    (root,) = ran.json
    assert [each["name"] for each in root["children"]] == ["bob", "team"]
    assert root["children"][0]["children"] == []
    assert root["children"][1]["children"][0]["name"] == "ann"
    # Neither bob's nor ann's: they have none.
    assert len(gateway.lines) == 3


def test_below_the_depth_nothing_is_read_but_counted():
    answers = {f"GET /api/admin/apiKey/{ROOT['id']}/children": _children([TEAM, BOB])}
    gateway = Gateway(answers | {f"GET /api/admin/apiKey/{ROOT['id']}": ROOT})
    ran = run("keys", "tree", ROOT["id"], "--depth", "2", gateway=gateway)
    assert "└─ team (+1)" in ran.stdout
    assert len(gateway.lines) == 2


def test_a_tree_ends_where_too_much_would_be_read():
    asked = []

    def children_of(key_id):
        asked.append(key_id)
        return iter([_key(f"{len(asked)}", children=1)])

    root = Node(_key("root", children=1))
    reader = TreeReader(children_of, lambda _: None)
    reader.read([root], None)
    assert len(asked) == MOST_LISTS
    assert not reader.complete


def test_a_holders_tree_begins_at_the_own_key():
    own, child = ({name: each[name] for name in each if name != "childCount"} for each in (ROOT, BOB))
    gateway = Gateway(
        {
            "GET /v1/usage": {"keyId": ROOT["id"]},
            f"GET /v1/keys/{ROOT['id']}": own,
            "GET /v1/keys": lambda request: page(
                *([child] if request.url.params["parentId"] == ROOT["id"] else [])
            ),
        }
    )
    ran = run("my", "keys", "tree", gateway=gateway)
    assert ran.code == 0, ran.stderr
    assert "└─ bob" in ran.stdout


def test_a_key_that_is_not_active_leaves_the_lines_of_the_tree_as_they_are():
    spent = _key("eve", "root", budgetUsed="51", budgetState="near")
    text = run("keys", "tree", gateway=Gateway({LIST: page(ROOT, TEAM, ANN, spent)}), terminal=True).stdout
    assert "   └─ \x1b[2mann\x1b[0m" in text
    assert "\x1b[31m$51.00\x1b[0m" in text
