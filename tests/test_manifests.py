"""What manifests ask for and lock files pin, in the shapes that their tools write."""

from __future__ import annotations

import textwrap

import pytest
from conftest import Repo
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.installed import builtin_rules
from scanner.inventory import inventory, with_seams
from scanner.manifests import LOCK_LIMIT, MANIFEST_LIMIT, read_manifest, size_limit
from scanner.packet import Inventory, InventoryItem, PacketSeam, PacketTouchpoint, Place
from scanner.scan import Scan
from scanner.survey import survey
from scanner.touchpoints import Confidence, Role
from scanner.vocabulary import vocabulary

WORDS = vocabulary(builtin_rules() / "vocabulary.yaml")


def said(path: str, text: str) -> list[tuple[str, str, int]]:
    """SDK, version and line of everything that a file says; what is pinned has a `=` before it."""
    found = read_manifest(path, textwrap.dedent(text).lstrip("\n").encode(), WORDS.sdk_of_package)
    assert not found.failure
    return [(item.sdk, f"{'=' * item.pinned}{item.version}", item.line) for item in found.dependencies]


PYPROJECT = """
    # openai is what we use
    [project]
    dependencies = [
        "httpx",
        "openai[realtime]>=1.40,<2 ; python_version > '3.9'",
        "Google_GenAI ~= 1.2",
    ]
    [project.optional-dependencies]
    local = ["ollama", "anthropic @ git+https://user:secret@forge.example/a.git"]
    [dependency-groups]
    dev = ["litellm==1.80.0", {include-group = "local"}]
    [tool.uv]
    dev-dependencies = ["groq>=0.1"]
"""

POETRY = """
    [tool.poetry.dependencies]
    python = "^3.11"
    openai = "^1.2"
    anthropic = { version = "^0.30", optional = true }
    cohere = [{ version = "<5", python = "<3.12" }, { version = ">=5", python = ">=3.12" }]
    [tool.poetry.group.dev.dependencies]
    litellm = "*"
    [tool.poetry.group.local.dependencies.ollama]
    path = "../ollama"
"""

REQUIREMENTS = """
    -r base.txt
    --index-url https://pypi.example/simple
    openai==1.2.3 --hash=sha256:abc \\
    # anthropic>=1
    litellm  # any will do
    langchain_core>=0.3 ; python_version < "3.13"
    the openai package is needed
    https://forge.example/openai.whl
"""

SETUP_CFG = """
    [metadata]
    keywords = openai
    [options]
    install_requires =
        openai>=1
        httpx
    python_requires = >=3.9
    [options.extras_require]
    claude = anthropic>=0.3
    all =
        litellm
"""

SETUP_PY = """
    from setuptools import setup
    setup(
        keywords=["openai"],
        install_requires=["httpx", 'openai>=1'],  # "anthropic"
        extras_require={
            "anthropic": ["anthropic<1"],
        },
        packages=["litellm"],
    )
"""

PIPFILE = """
    [packages]
    openai = "*"
    [dev-packages]
    litellm = {version = ">=1"}
"""

PACKAGE_JSON = """
    {
      "name": "openai",
      "keywords": ["openai", "@anthropic-ai/sdk"],
      "dependencies": {"openai": "^6.1.0",
        "ai": "catalog:",
        "ai5": "npm:ai@^5.0.0"},
      "devDependencies": {
        "@anthropic-ai/sdk": "workspace:*"
      },
      "peerDependencies": {"groq": "^3", "agents": "^1"},
      "optionalDependencies": {"ollama": "*"}
    }
"""

CARGO = """
    [workspace.dependencies]
    async-openai = { version = "0.28", features = ["x"] }
    [dependencies]
    async-openai = { workspace = true }
    brain = { package = "rig-core", git = "https://forge.example/rig" }
    [target.'cfg(unix)'.dev-dependencies.aws-sdk-bedrockruntime]
    version = "1.3"
"""

GO_MOD = """
    module example.org/agent

    go 1.24

    require github.com/sashabaranov/go-openai v1.36.0 // indirect
    require (
    \tgithub.com/openai/openai-go/v2 v2.1.0
    \tgithub.com/anthropics/anthropic-sdk-go v1.4.0 // indirect
    \tgithub.com/firebase/genkit/go v0.5.0
    )
    replace (
    \tgithub.com/ollama/ollama v0.1.0 => ../ollama
    )
"""


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "pyproject.toml",
            PYPROJECT,
            [
                ("openai", ">=1.40,<2", 5),
                ("google.genai", "~= 1.2", 6),
                ("ollama", "", 9),
                ("anthropic", "@ git+https://…masked…@forge.example/a.git", 9),
                ("litellm", "==1.80.0", 11),
                ("groq", ">=0.1", 13),
            ],
        ),
        (
            "pyproject.toml",
            POETRY,
            [
                ("openai", "^1.2", 3),
                ("anthropic", "^0.30", 4),
                ("cohere", "<5", 5),
                ("cohere", ">=5", 5),
                ("litellm", "", 7),
                ("ollama", "path ../ollama", 8),
            ],
        ),
        (
            "requirements-dev.txt",
            REQUIREMENTS,
            [("openai", "==1.2.3", 3), ("litellm", "", 5), ("langchain_core", ">=0.3", 6)],
        ),
        ("requirements/base.in", "openai\n", [("openai", "", 1)]),
        ("setup.cfg", SETUP_CFG, [("openai", ">=1", 5), ("anthropic", ">=0.3", 9), ("litellm", "", 11)]),
        ("setup.py", SETUP_PY, [("openai", ">=1", 4), ("anthropic", "<1", 6)]),
        ("Pipfile", PIPFILE, [("openai", "", 2), ("litellm", ">=1", 4)]),
        (
            "package.json",
            PACKAGE_JSON,
            [
                ("openai", "^6.1.0", 4),
                ("typescript:ai", "catalog:", 5),
                ("typescript:ai", "npm:ai@^5.0.0", 6),
                ("@anthropic-ai/sdk", "workspace:*", 8),
                ("ollama", "", 11),
            ],
        ),
        (
            "Cargo.toml",
            CARGO,
            [
                ("async_openai", "workspace", 4),
                ("rig", "git https://forge.example/rig", 5),
                ("async_openai", "0.28", 2),
                ("aws_sdk_bedrockruntime", "1.3", 6),
            ],
        ),
        (
            "go.mod",
            GO_MOD,
            [
                ("github.com/sashabaranov/go-openai", "=v1.36.0", 5),
                ("github.com/openai/openai-go", "v2.1.0", 7),
                ("github.com/anthropics/anthropic-sdk-go", "=v1.4.0", 8),
                ("github.com/firebase/genkit", "v0.5.0", 9),
            ],
        ),
    ],
)
def test_a_manifest_asks_for_sdks_as_it_is_written(path: str, text: str, expected: list[tuple[str, str, int]]) -> None:
    assert said(path, text) == expected


UV_LOCK = """
    version = 1
    [[package]]
    name = "agent"
    version = "0.1.0"
    dependencies = [
        { name = "openai", specifier = ">=1" },
    ]
    [package.metadata]
    name = "litellm"
    version = "9"
    [[package]]
    name = "openai"
    version = "2.24.0"
"""

PIPFILE_LOCK = """
    {
        "_meta": {"hash": {"sha256": "x"}},
        "default": {
            "openai": {
                "hashes": ["sha256:x"],
                "version": "==1.2.3"
            }
        }
    }
"""

NPM_LOCK = """
    {
      "name": "openai",
      "version": "9.9.9",
      "packages": {
        "": {
          "dependencies": {
            "openai": "^6"
          }
        },
        "node_modules/openai": {
          "version": "6.1.0",
          "engines": {
            "version": "7"
          }
        },
        "node_modules/other/node_modules/openai": {
          "version": "4.0.0"
        },
        "web/node_modules/@anthropic-ai/sdk": {
          "version": "0.60.0"
        }
      }
    }
"""

NPM_LOCK_1 = """
    {
      "dependencies": {
        "openai": {
          "version": "4.0.0",
          "dependencies": {
            "ollama": {
              "version": "0.5.0"
            }
          }
        }
      }
    }
"""

PNPM_LOCK = """
    lockfileVersion: '9.0'
    importers:
      .:
        dependencies:
          openai:
            specifier: ^5
            version: 5.12.2(zod@3.25.76)
    packages:
      '@anthropic-ai/sdk@0.37.0':
        resolution: {integrity: sha512-x}
      /openai@4.104.0(ws@8.18.3)(zod@3.25.76):
        resolution: {integrity: sha512-x}
      /@google/genai/1.2.0_ws@8:
        resolution: {integrity: sha512-x}
      ai@https://forge.example/ai.tgz:
        resolution: {}
    snapshots:
      openai@5.12.2(zod@3.25.76):
        dependencies: {}
"""

YARN_LOCK = """
    # yarn lockfile v1

    "@anthropic-ai/sdk@^0.2", "@anthropic-ai/sdk@^0.3":
      version "0.3.1"
      dependencies:
        openai "^4"

    openai@^4.2.0:
      version "4.2.1"

    "ollama@npm:^0.5.0":
      version: 0.5.2
      resolution: "ollama@npm:0.5.2"
"""

BUN_LOCK = """
    {
      "workspaces": {"": {"dependencies": {"openai": "^6"}}},
      "packages": {
        "openai": ["openai@6.49.0", "", {"peerDependencies": {"ws": "^8"}}, "sha512-x"],
        "other/openai": ["openai@4.0.0", "", {}, "sha512-x"],
        "@ai-sdk/openai": ["@ai-sdk/openai@4.0.41", "", {}, "sha512-x"],
        "ai": ["ai@workspace:packages/ai"],
      }
    }
"""


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("uv.lock", UV_LOCK, [("openai", "=2.24.0", 13)]),
        ("poetry.lock", UV_LOCK, [("openai", "=2.24.0", 13)]),
        ("Cargo.lock", UV_LOCK.replace('"openai"', '"async-openai"'), [("async_openai", "=2.24.0", 13)]),
        ("Pipfile.lock", PIPFILE_LOCK, [("openai", "=1.2.3", 6)]),
        (
            "requirements.lock",
            "openai==1.2.3 \\\n    --hash=sha256:x\n    # via anthropic==1\n",
            [("openai", "=1.2.3", 1)],
        ),
        ("package-lock.json", NPM_LOCK, [("openai", "=6.1.0", 11), ("@anthropic-ai/sdk", "=0.60.0", 20)]),
        ("package-lock.json", NPM_LOCK_1, [("openai", "=4.0.0", 4)]),
        (
            "pnpm-lock.yaml",
            PNPM_LOCK,
            [("@anthropic-ai/sdk", "=0.37.0", 9), ("openai", "=4.104.0", 11), ("@google/genai", "=1.2.0", 13)],
        ),
        (
            "yarn.lock",
            YARN_LOCK,
            [("@anthropic-ai/sdk", "=0.3.1", 4), ("openai", "=4.2.1", 9), ("ollama", "=0.5.2", 12)],
        ),
        ("bun.lock", BUN_LOCK, [("openai", "=6.49.0", 4), ("@ai-sdk/openai", "=4.0.41", 6)]),
    ],
)
def test_a_lock_file_pins_what_is_installed(path: str, text: str, expected: list[tuple[str, str, int]]) -> None:
    assert said(path, text) == expected


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    for path, text in (
        ("uv.lock", UV_LOCK),
        ("package-lock.json", NPM_LOCK),
        ("bun.lock", BUN_LOCK),
        ("go.mod", GO_MOD),
    ):
        plain = textwrap.dedent(text).lstrip("\n").encode()
        windows = b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n")
        known = WORDS.sdk_of_package
        assert read_manifest(path, windows, known).dependencies == read_manifest(path, plain, known).dependencies


@pytest.mark.parametrize(
    ("path", "data", "failure"),
    [
        ("pyproject.toml", b"[project", "it is no valid TOML"),
        ("package.json", b"{,", "it is no valid JSON"),
        ("package.json", b"[" * 100_000, "it is nested too deeply"),
        ("package.json", b'{"dependencies": ' + b"9" * 10_000 + b"}", "it holds a number that is too long"),
        ("Cargo.toml", b"a" + b".a" * 100_000 + b" = 1", "it is nested too deeply"),
    ],
)
def test_a_broken_manifest_says_why_it_says_nothing(path: str, data: bytes, failure: str) -> None:
    found = read_manifest(path, data, WORDS.sdk_of_package)

    assert (found.dependencies, found.failure) == ((), failure)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package.json", '["openai"]'),
        ("package.json", '{"dependencies": ["openai"], "devDependencies": {"openai": 6, "ollama": {}}}'),
        ("pyproject.toml", 'project = ["openai"]\ntool = 1\ndependency-groups = {a = "openai", b = [1, {}]}'),
        (
            "pyproject.toml",
            '[project]\ndependencies = "openai"\n[tool.poetry]\ngroup = {a = 1}\ndependencies = {openai = 1}',
        ),
        ("Cargo.toml", 'dependencies = ["async-openai"]\ntarget = {a = 1}\nworkspace = 2'),
        ("Cargo.toml", "[dependencies]\nasync-openai = [1]"),
        ("package-lock.json", '{"packages": {"node_modules/openai": {"version": "6.1.0"}}}'),
        ("uv.lock", 'name = "openai"\nversion = "1"'),
        ("pnpm-lock.yaml", "packages: {openai@1.0.0: {}}"),
    ],
)
def test_what_has_another_shape_than_its_name_says_asks_for_nothing(path: str, text: str) -> None:
    assert said(path, text) == []


PATHS = [
    "pyproject.toml",
    "requirements.txt",
    "setup.cfg",
    "setup.py",
    "Pipfile",
    "package.json",
    "Cargo.toml",
    "go.mod",
    "uv.lock",
    "Pipfile.lock",
    "requirements.lock",
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
]
PIECES = [
    "openai", '"openai"', "@anthropic-ai/sdk", "=", ":", "==", ">=1", '"1.0"', "1.0.0", "@", "[", "]", "{", "}", "(", ")",
    "\n", "\n  ", "    ", ",", "'", '"', "\\", "[[package]]", 'name = "openai"', "version = ", "dependencies", "[project]",
    "install_requires=[", "require ", "require (", "packages:", "node_modules/", "\x00", "\ud800", "#", "//", ".", "\u2028",
]  # fmt: skip
ANYTHING = st.binary(max_size=300) | st.lists(st.sampled_from(PIECES), max_size=40).map(
    lambda some: "".join(some).encode("utf-8", "surrogatepass")
)


@settings(max_examples=300, deadline=None, database=None)
@given(st.sampled_from(PATHS), ANYTHING)
def test_no_bytes_make_it_raise_and_every_line_is_one_of_the_file(path: str, data: bytes) -> None:
    found = read_manifest(path, data, WORDS.sdk_of_package)

    assert all(1 <= item.line <= data.count(b"\n") + 1 for item in found.dependencies)


@pytest.mark.parametrize("path", PATHS)
def test_every_reader_is_one_of_a_file_that_counts(path: str) -> None:
    assert (
        size_limit(path) == size_limit(f"services/agent/{path}") == (LOCK_LIMIT if "lock" in path else MANIFEST_LIMIT)
    )


@pytest.mark.parametrize(
    "folder",
    ["node_modules/openai", "vendor/x", "tests", "packages/a/__tests__", "examples/chat", "docs", "website", "dist"],
)
@pytest.mark.parametrize("name", ["pyproject.toml", "package.json", "uv.lock", "package-lock.json", "requirements.txt"])
def test_what_stands_beside_the_code_does_not_count(folder: str, name: str) -> None:
    assert size_limit(f"{folder}/{name}") == 0


@pytest.mark.parametrize(
    "path", ["openai.toml", "setup/x.py", "notes/requirements.md", "constraints.txt", "a.lock", "go.sum"]
)
def test_other_files_are_no_manifests(path: str) -> None:
    assert size_limit(path) == 0


def test_the_package_of_a_module_is_of_its_own_language() -> None:
    sdk = WORDS.sdk_of_package

    assert (sdk("python", "openai-agents"), sdk("python", "agents")) == ("agents", "")
    assert (sdk("python", "Fireworks_AI"), sdk("python", "fireworks")) == ("fireworks", "")
    assert (sdk("typescript", "ai"), sdk("python", "ai")) == ("typescript:ai", "")
    assert (sdk("rust", "async_openai"), sdk("typescript", "Openai")) == ("async_openai", "")
    assert (sdk("go", "github.com/cloudwego/eino/x"), sdk("go", "github.com/cloudwego/eino-ext")) == (
        "github.com/cloudwego/eino",
        "",
    )


# In a repository


def sdks(scan: Scan) -> dict[str, InventoryItem]:
    return {item.value: item for item in inventory(scan.reports, scan.manifests, WORDS).sdks}


def test_an_sdk_that_is_imported_shows_what_is_asked_for_and_what_is_pinned(repo: Repo) -> None:
    repo.write("pyproject.toml", '[project]\ndependencies = ["openai>=1"]\n')
    repo.write(
        "uv.lock", '[[package]]\nname = "openai"\nversion = "2.0.0"\n[[package]]\nname = "litellm"\nversion = "1.0"\n'
    )
    repo.write("agent/loop.py", "import openai\n\nclient = openai.OpenAI()\n")

    (item,) = sdks(repo.scan()).values()

    assert [(each.version, each.pinned, each.path, each.line) for each in item.versions] == [
        (">=1", False, "pyproject.toml", 2),
        ("2.0.0", True, "uv.lock", 3),
    ]
    assert item.places == (Place("agent/loop.py", 1), Place("agent/loop.py", 3))
    assert not item.declared_only


def test_an_sdk_that_no_code_imports_stands_where_it_is_asked_for(repo: Repo) -> None:
    repo.write("web/package.json", '{\n"dependencies": {\n"@anthropic-ai/sdk": "^0.60"}}')
    repo.write("agent/loop.py", "import openai\n")

    found = sdks(repo.scan())

    assert list(found) == ["openai", "@anthropic-ai/sdk"]
    assert found["@anthropic-ai/sdk"].places == (Place("web/package.json", 3),)
    assert found["@anthropic-ai/sdk"].declared_only
    providers = inventory(repo.scan().reports, repo.scan().manifests, WORDS).providers
    assert [(item.value, item.declared_only, len(item.versions)) for item in providers] == [
        ("openai", False, 0),
        ("anthropic", True, 1),
    ]


def test_a_pin_counts_only_around_code_or_manifests_that_use_it(repo: Repo) -> None:
    lock = '{\n  "packages": {\n    "node_modules/openai": {\n      "version": "6.1.0"\n    }\n  }\n}\n'
    repo.write("agent/loop.py", "import openai\n")
    repo.write("web/package-lock.json", lock)
    repo.write("bot/package-lock.json", lock)
    repo.write("bot/src/main.ts", 'import OpenAI from "openai";\n')

    assert [each.path for each in sdks(repo.scan())["openai"].versions] == ["bot/package-lock.json"]


def test_a_folder_of_the_repository_is_no_sdk(repo: Repo) -> None:
    repo.write("agents/runner.py", "from agents.base import Base\n")
    repo.write("agents/base.py", "class Base: ...\n")

    assert sdks(repo.scan()) == {}


def test_a_broken_manifest_is_a_blind_spot(repo: Repo) -> None:
    repo.write("pyproject.toml", "[project")
    repo.write("a.py", "x = 1\n")

    spots = survey(repo.scan(), WORDS, ()).blind_spots

    assert [(spot.path, spot.detail) for spot in spots if spot.reason == "manifest not read"] == [
        ("pyproject.toml", "it is no valid TOML; the versions that it names are unknown")
    ]


def test_what_a_lock_file_pins_is_part_of_the_digest(repo: Repo) -> None:
    repo.write("a.py", "import openai\n")
    repo.write("uv.lock", '[[package]]\nname = "openai"\nversion = "2.0.0"\n')
    before = survey(repo.scan(), WORDS, ()).repository.digest
    repo.write("uv.lock", '[[package]]\nname = "openai"\nversion = "2.0.1"\n')

    assert survey(repo.scan(), WORDS, ()).repository.digest != before


def touchpoint(fingerprint: str, path: str, line: int, end_line: int) -> PacketTouchpoint:
    return PacketTouchpoint(
        fingerprint, "a-rule", "model_call", Role.DEFINITION, Confidence.HIGH, path, line, end_line, "f", "f()"
    )


def made_seam(name: str, *touchpoints: str) -> PacketSeam:
    return PacketSeam(
        name, "model_call", name, "a.py", 1, Confidence.HIGH, Role.DEFINITION, "core", False, touchpoints, 0
    )


LINES = st.integers(1, 12)
EXTENTS = st.tuples(st.sampled_from(["a.py", "b.py"]), LINES, LINES).map(lambda t: (t[0], min(t[1:]), max(t[1:])))


@settings(max_examples=200, deadline=None, database=None)
@given(
    st.lists(st.lists(EXTENTS, min_size=1, max_size=4), max_size=6),
    st.lists(st.tuples(st.sampled_from(["a.py", "b.py", "c.py"]), LINES), max_size=6, unique=True),
)
def test_a_value_is_used_by_the_seams_around_its_places_best_first(
    extents: list[list[tuple[str, int, int]]], places: list[tuple[str, int]]
) -> None:
    points = [[touchpoint(f"{at}-{n}", *extent) for n, extent in enumerate(some)] for at, some in enumerate(extents)]
    made = [made_seam(some[0].id, *(each.id for each in some)) for some in points]
    found = Inventory(models=(InventoryItem("m", tuple(Place(*place) for place in places)),))

    (item,) = with_seams(found, made, [each for some in points for each in some]).models

    assert item.seams == tuple(
        seam.id
        for seam, some in zip(made, points, strict=True)
        if any(each.path == path and each.line <= line <= each.end_line for each in some for path, line in places)
    )
