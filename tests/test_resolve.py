"""What a written name stands for: imports, aliases, constructors, annotations, and other files."""

from __future__ import annotations

import pytest
from conftest import Repo, facts_of


def qualified(source: str) -> list[str]:
    """Qualified names of all calls about which something is known."""
    return [call.qualified for call in facts_of("agent.py", source).calls if call.resolved]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import acme\nacme.completion()", ["acme.completion"]),
        ("import acme as a\na.completion()", ["acme.completion"]),
        ("from acme import completion\ncompletion()", ["acme.completion"]),
        ("from acme import completion as c\nc()", ["acme.completion"]),
        ("import acme.chat\nacme.chat.create()", ["acme.chat.create"]),
        ("import acme.chat as chat\nchat.create()", ["acme.chat.create"]),
        ("from acme import (\n    one,\n    completion as c,\n)\nc()", ["acme.completion"]),
        ("def f():\n    import acme\n    acme.completion()", ["acme.completion"]),
        ("try:\n    import acme\nexcept ImportError:\n    acme = None\nacme.completion()", ["acme.completion"]),
        ("if TYPE_CHECKING:\n    from acme import Client\ndef f(c: Client):\n    c.send()", ["acme.Client.send"]),
    ],
)
def test_an_import_gives_a_name_its_meaning(source: str, names: list[str]) -> None:
    assert qualified(source) == names


def test_a_name_that_was_never_imported_stays_as_written() -> None:
    call = facts_of("agent.py", "acme.completion()").calls[0]

    assert (call.qualified, call.resolved) == ("acme.completion", False)


def test_a_relative_import_is_resolved_against_the_package() -> None:
    from scanner.languages import by_name
    from scanner.languages.bindings import Surroundings
    from scanner.languages.extract import read

    source = b"from .models import make\nfrom ..base import start\nfrom . import tools\nmake()\nstart()\ntools.run()\n"
    facts = read(by_name("python"), "pkg/sub/agent.py", source, Surroundings("pkg.sub.agent")).facts

    assert [call.qualified for call in facts.calls] == ["pkg.sub.models.make", "pkg.base.start", "pkg.sub.tools.run"]


def test_a_relative_import_in_a_package_file_starts_at_the_package_itself() -> None:
    from scanner.languages import by_name
    from scanner.languages.bindings import Surroundings
    from scanner.languages.extract import read

    facts = read(by_name("python"), "pkg/__init__.py", b"from .models import make\nmake()\n", Surroundings("pkg")).facts

    assert facts.calls[0].qualified == "pkg.models.make"


@pytest.mark.parametrize(
    "source",
    [
        "client = acme.Client()\nclient.send()",
        "client: Client = build()\nclient.send()",
        "client = (acme.Client())\nclient.send()",
        "client = other = acme.Client()\nother.send()",
        "client = given or acme.Client()\nclient.send()",
        "client = acme.Client() if True else None\nclient.send()",
        "with acme.Client() as client:\n    client.send()",
        "if client := acme.Client():\n    client.send()",
        "async def f():\n    client = await acme.Client()\n    client.send()",
        "acme.Client().send()",
        "acme.Client(key='(').send()",
        "(\n    acme.Client()  # a comment\n    .send()\n)",
        "def f(client: Client):\n    client.send()",
        "def f(client: Optional[Client] = None):\n    client.send()",
        "def f(client: 'Client'):\n    client.send()",
        "def f(client: acme.Client | None):\n    client.send()",
        "def make():\n    return acme.Client()\nmake().send()",
        "def make() -> Client:\n    ...\nclient = make()\nclient.send()",
        "def make():\n    client = acme.Client()\n    return client\nmake().send()",
        "class A:\n    client = acme.Client()\n    def f(self):\n        self.client.send()",
        "class A:\n    client: Client\n    def f(self):\n        self.client.send()",
        "class A:\n    def f(self):\n        self.client.send()\n    def __init__(self):\n        self.client = acme.Client()",
        "class A:\n    def __init__(self, client: Client):\n        self.client = client\n"
        "    def f(self):\n        self.client.send()",
        "class A:\n    def make(self):\n        return acme.Client()\n    def f(self):\n        self.make().send()",
        "class A:\n    @property\n    def client(self) -> Client: ...\n    def f(self):\n        self.client.send()",
        "class A:\n    def __init__(self):\n        self.client = acme.Client()\nclass B(A):\n"
        "    def f(self):\n        self.client.send()",
        "class A:\n    def __init__(self):\n        self.client = None\n        self.client = acme.Client()\n"
        "    def f(self):\n        self.client.send()",
    ],
)
def test_an_object_is_called_by_its_type(source: str) -> None:
    imports = "import acme\nfrom acme import Client\nfrom typing import Optional\n"

    assert "acme.Client.send" in qualified(imports + source)


def test_a_partial_stands_for_the_function_that_it_wraps() -> None:
    names = qualified("from functools import partial\nimport acme\nask = partial(acme.completion, model='m')\nask()")

    assert "acme.completion" in names


@pytest.mark.parametrize(
    "source",
    [
        "from acme import completion\ndef f(completion):\n    completion()",
        "from acme import completion\ndef f():\n    completion = print\n    completion()",
        "from acme import completion\ndef f(*, completion=None):\n    completion()",
        "def completion():\n    pass\ncompletion()",
        "from acme import completion\nclass A:\n    def completion(self): ...\n    def f(self):\n        self.completion()",
    ],
)
def test_a_nearer_name_hides_an_import(source: str) -> None:
    assert "acme.completion" not in qualified(source)


def test_a_method_does_not_see_the_names_of_its_class() -> None:
    source = "from acme import send\nclass A:\n    send = other\n    def f(self):\n        send()\n"

    assert "acme.send" in qualified(source)


def test_a_default_value_is_read_where_the_function_is_defined() -> None:
    source = "import acme\ndef f(acme=acme.Client()):\n    pass\n"

    assert "acme.Client" in qualified(source)


def test_a_name_that_is_given_itself_does_not_run_in_circles() -> None:
    source = "import acme\na = b\nb = a\na.send()\ndef f(client=None):\n    client = client or acme.Client()\n    client.send()"

    assert "acme.Client.send" in qualified(source)


# Across files: the small catalogue of `conftest` knows `acme`, and one rule finds its model calls.


def test_a_client_made_by_a_helper_in_another_file_is_known(repo: Repo) -> None:
    repo.write("llm.py", "import acme\ndef make():\n    return acme.Client()\n")
    repo.write("agent.py", "from llm import make\n\ndef ask():\n    client = make()\n    return client.chat.create()\n")
    repo.write("other.py", "from elsewhere import make\n\ndef ask():\n    return make().chat.create()\n")

    assert repo.places() == ["agent.py:5"]


def test_a_client_that_another_file_holds_is_known(repo: Repo) -> None:
    repo.write("llm.py", "import acme\nclient = acme.Client()\n")
    repo.write("agent.py", "import llm\nfrom llm import client as c\nllm.client.chat.create()\nc.chat.create()\n")

    assert repo.places() == ["agent.py:3", "agent.py:4"]


def test_a_client_of_a_base_class_in_another_file_is_known(repo: Repo) -> None:
    repo.write(
        "base.py", "import acme\nclass Base:\n    def __init__(self):\n        self.client = acme.AsyncClient()\n"
    )
    repo.write(
        "agent.py", "from base import Base\nclass Agent(Base):\n    def run(self):\n        self.client.chat.create()\n"
    )

    assert repo.places() == ["agent.py:4"]


def test_a_reexport_carries_what_it_stands_for(repo: Repo) -> None:
    repo.write("llm/__init__.py", "from .impl import make, client\nfrom acme import completion\n")
    repo.write("llm/impl.py", "import acme\nclient = acme.Client()\ndef make():\n    return acme.Client()\n")
    repo.write(
        "agent.py",
        "from llm import client, completion, make\nclient.chat.create()\ncompletion()\nmake().chat.create()\n",
    )

    assert repo.places() == ["agent.py:2", "agent.py:3", "agent.py:4"]


def test_what_goes_through_three_files_still_arrives(repo: Repo) -> None:
    repo.write("one.py", "import acme\ndef make():\n    return acme.Client()\n")
    repo.write("two.py", "from one import make\nclient = make()\n")
    repo.write("three.py", "from two import client\nclient.chat.create()\n")

    assert repo.places() == ["three.py:2"]


def test_a_lazy_proxy_stands_for_the_module_that_it_imports(repo: Repo) -> None:
    repo.write(
        "lazy.py",
        """
        import importlib

        class _Lazy:
            _module = None

            def __getattr__(self, name):
                if self._module is None:
                    self._module = importlib.import_module("acme")
                return getattr(self._module, name)

        class _Other:
            def __getattr__(self, name):
                return getattr(self.inner, name)

        acme = _Lazy()
        other = _Other()
        """,
    )
    repo.write("agent.py", "from lazy import acme, other\nacme.completion()\nother.completion()\n")

    assert repo.places() == ["agent.py:2"]


def test_a_bare_imported_function_is_a_call_of_its_library(repo: Repo) -> None:
    repo.write(
        "agent.py", "from acme import acompletion\n\nasync def ask():\n    return await acompletion(model='m')\n"
    )
    repo.write("near.py", "async def ask(acompletion):\n    return await acompletion(model='m')\n")

    assert repo.places() == ["agent.py:4"]


def test_a_module_of_the_repository_that_has_the_name_of_a_library_is_not_the_library(repo: Repo) -> None:
    repo.write("acme.py", "def completion():\n    pass\n")
    repo.write("agent.py", "from mine import acme\nacme.completion()\n")

    assert repo.places() == []


def test_an_import_inside_one_function_hides_nothing_that_the_file_defines(repo: Repo) -> None:
    repo.write(
        "agent.py",
        """
        def completion():
            pass

        def ask():
            from acme import completion
            completion()

        def near():
            completion()
        """,
    )

    assert repo.places() == ["agent.py:6"]
