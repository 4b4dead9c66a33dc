"""What `sam build` leaves, pruned and compiled."""

from __future__ import annotations

import importlib.util
import marshal
import sys

import pytest

from infra.artifacts import __main__, finishing, target_python

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
RUNTIME = f"python{VERSION}"
# Of a .pyc: https://peps.python.org/pep-0552/
UNCHECKED_HASH = 0b01
FILES = {
    "ProxyFunction/app/__init__.py": "",
    "ProxyFunction/app/handler.py": "def handler(event):\n    return event in {'a', 'b', 'c'}\n",
    "ProxyFunction/app/table.json": "{}",
    "ProxyFunction/package/py.typed": "",
    "ProxyFunction/package/stub.pyi": "",
    "ProxyFunction/package-1.0.dist-info/METADATA": "Name: package",
    "ProxyFunction/package-1.0.dist-info/RECORD": "",
    "ProxyFunction/package-1.0.dist-info/licenses/LICENSE": "MIT",
    "ProxyFunction/bin/program.py": "#!/tmp/scratch/python",
    "ProxyFunction/requirements.txt": "package==1.0",
    "SharedLayer/python/shared/rules.py": "LIMIT = 1\n",
    "SharedLayer/stream": "#!/bin/sh",
    "template.yaml": "",
}


MODULES = ("ProxyFunction/app/__init__", "ProxyFunction/app/handler", "SharedLayer/python/shared/rules")


def lay_out(folder):
    for name, content in FILES.items():
        path = folder / "build" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder / "build"


@pytest.fixture
def build(tmp_path):
    return lay_out(tmp_path)


def files(build):
    return {str(path.relative_to(build)): path.read_bytes() for path in build.rglob("*") if path.is_file()}


def pyc(build, source):
    folder, _, name = source.rpartition("/")
    return build / folder / "__pycache__" / f"{name}.{sys.implementation.cache_tag}.pyc"


def test_each_module_is_compiled_beside_its_source_and_never_checked_against_it(build):
    assert finishing.finish(build, RUNTIME) == f"Compiled by {sys.executable}"

    for source in MODULES:
        content = pyc(build, source).read_bytes()
        assert content[:4] == importlib.util.MAGIC_NUMBER
        assert int.from_bytes(content[4:8], "little") == UNCHECKED_HASH
        assert (build / f"{source}.py").exists()


@pytest.mark.parametrize(
    ("source", "installed"),
    [
        ("ProxyFunction/app/handler", "/var/task/app/handler.py"),
        ("SharedLayer/python/shared/rules", "/opt/python/shared/rules.py"),
    ],
)
def test_a_traceback_names_the_file_as_lambda_has_it(build, source, installed):
    finishing.finish(build, RUNTIME)
    code = marshal.loads(pyc(build, source).read_bytes()[16:])  # noqa: S302 - just made
    assert code.co_filename == installed


def test_what_no_function_reads_goes_and_all_else_stays(build):
    finishing.finish(build, RUNTIME)
    left = {name for name in files(build) if "__pycache__" not in name}
    assert FILES.keys() - left == {
        "ProxyFunction/package/py.typed",
        "ProxyFunction/package/stub.pyi",
        "ProxyFunction/package-1.0.dist-info/RECORD",
        "ProxyFunction/bin/program.py",
        "ProxyFunction/requirements.txt",
    }
    assert left < FILES.keys()


def test_the_same_sources_give_the_same_bytes_wherever_and_whenever_they_are_built(build, tmp_path):
    """Or each deployment would publish a version of every function."""
    finishing.finish(build, RUNTIME)
    first = files(build)
    finishing.finish(build, RUNTIME)
    assert files(build) == first
    other = lay_out(tmp_path / "elsewhere")
    finishing.finish(other, RUNTIME)
    assert files(other) == first


def test_without_the_targets_python_nothing_is_compiled_and_the_way_to_one_is_named(build, monkeypatch):
    monkeypatch.setattr(target_python, "find", lambda _version: None)

    line = finishing.finish(build, "python3.13")

    assert "each cold start compiles" in line
    assert "uv python install 3.13" in line
    assert not list(build.rglob("*.pyc"))


def test_a_module_that_the_target_can_not_read_ends_the_build(build):
    (build / "ProxyFunction/app/handler.py").write_text("def handler(:")
    with pytest.raises(finishing.CompileError, match=r"ProxyFunction can't be compiled.*(?s:.*)SyntaxError"):
        finishing.finish(build, RUNTIME)


def test_this_python_is_used_for_its_own_version_and_no_other():
    assert str(target_python.find(VERSION)) == sys.executable
    assert target_python.find("3.1") is None


@pytest.mark.parametrize(
    ("says", "taken"),
    [
        ("cpython 3.99 final", True),
        ("cpython 3.98 final", False),
        ("pypy 3.99 final", False),
        # Bytecode changes until a release is final.
        ("cpython 3.99 alpha", False),
    ],
)
def test_a_python_on_the_path_is_asked_what_it_is(tmp_path, monkeypatch, says, taken):
    program = tmp_path / "python3.99"
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert target_python.find("3.99") == (program if taken else None)


def test_a_python_that_does_not_start_is_none(tmp_path, monkeypatch):
    """As a version manager's stand-in for one that isn't chosen."""
    program = tmp_path / "python3.99"
    program.write_text("#!/bin/sh\nexit 127\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert target_python.find("3.99") is None


def recorded(build, *runtimes):
    definitions = "".join(
        f'[function_build_definitions.id-{number}]\nruntime = "{runtime}"\n'
        for number, runtime in enumerate(runtimes)
    )
    (build.parent / "build.toml").write_text(definitions)


def test_the_target_is_what_sam_says_that_it_has_built_for(build):
    recorded(build, "python3.13", "python3.13")
    assert __main__.runtime_of(build) == "python3.13"


def test_functions_of_two_pythons_can_not_share_a_layers_bytecode(build):
    recorded(build, "python3.12", "python3.13")
    with pytest.raises(ValueError, match=r"python3\.12, python3\.13"):
        __main__.runtime_of(build)
