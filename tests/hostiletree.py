"""A repository that means harm in every text that it can fill, with packs, labels, packets and histories like it.

Every text carries what some format or the log of some job would obey, and a key of a vendor's shape. Built by script, so
that nothing of it lies in this repository as a file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from commandline import Shell

#: A key that is a name in every language, told apart by a letter where several are needed.
KEY = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT" * 2
HYPHENS = "sk-proj-" + "aB3dE6gH9jK2mN5pQ8sT" * 2
PASSWORD = "hunter2Correct7Horse"
SECRETS = (KEY, HYPHENS, PASSWORD)

#: What some reader of some output would obey, on one line.
SIGNS = (
    "::add-mask::x ##[error]x ##vso[task.setvariable variable=x]y @someone owner/name#12 #13 !14 GH-15 "
    "<b>bold</b> <script>alert(1)</script> </details> <!-- [link](https://evil.example/x) ![i](https://evil.example/y) "
    "www.evil.example https://evil.example/z | cell \\ ` ``` $x$ $$y$$ [^1] > [!NOTE] :smile: **b** ~~s~~ %0A {{ 1 }} "
    '[[place:x]] " ; }} ]) --> click n0 href =cmd+1 \u202e 0123456789abcdef0123456789abcdef01234567 '
)
MARK = f"{SIGNS} {KEY} https://me:{PASSWORD}@evil.example/{HYPHENS}"
#: The same on lines of their own, for formats in which a text may have several.
LINES = (
    f"{MARK}\n::add-mask::x\n   ::set-output name=x::y\r::error::x\t=cmd\x1b[31m\x1b]8;;https://evil.example\x07 {MARK}"
)
#: What a file may be called, so that it is read: `/` ends a folder, and names have an end.
NAMED = (
    f"::add-mask::x ##[error] @someone <b> [l](y) | ` {KEY}",
    f"  ::error::x \n::x::y \x1b[31m \r::z::z {KEY}",
    f"{HYPHENS} #13 </script> $x$ --> \u202e",
)


def _code(at: int, path: str) -> str:
    """An agent in Python in which names are keys and texts are marked."""
    key, text = f"{KEY}{at}", repr(MARK)
    return f"""\
# {path!r}
import os, subprocess, openai, sqlite3
from fastapi import FastAPI
from tenacity import retry, stop_after_attempt
from {key} import {key} as {key}_x

app = FastAPI()
{key}_setting = os.environ["{key}"]
MODEL = {text}
FALLBACK_MODELS = [{text}, "gpt-4o", "{HYPHENS}"]
TOOLS = [{{"type": "function", "function": {{"name": "{key}", "description": {text}, "parameters": {{"type": "object"}}}}}}]

class {key}:
    \"\"\"{SIGNS.replace(chr(92), "")} {KEY}\"\"\"
    def {key}_send(self, messages, {key}_session_id=None):
        for model in FALLBACK_MODELS:
            try:
                return openai.OpenAI(base_url={text}, api_key="{PASSWORD}").chat.completions.create(
                    model="{key}", messages=messages, tools=TOOLS, user={text})
            except openai.APIError as {key}_error:
                self.{key}_log({text}, {key}_error)

    @retry(stop=stop_after_attempt(3))
    def {key}_log(self, *rest):
        sqlite3.connect("x").execute("INSERT INTO {key}_sessions (session_id, message) VALUES (?, ?)", rest)
        sqlite3.connect("x").execute("CREATE TABLE {key}_sessions (session_id, message)")

    def {key}_confirm(self, command, {key}_approval_mode="ask"):
        if {key}_approval_mode == {text} or input({text}) == "y":
            subprocess.run(command, shell=True, env={{"{key}": {text}}})

    def {key}_record_feedback(self, session_id, rating):
        return {{"session_id": session_id, "rating": rating, "{key}": {text}}}

@app.post("/{key}/{{{key}_id}}")
def {key}_route({key}_id):
    self = {key}()
    answer = self.{key}_send([{text}])
    self.{key}_confirm(answer)
    getattr(self, "{key}" + answer)()
    return answer

if __name__ == "__main__":
    {key}_route({text})
"""


def files() -> Iterator[tuple[str, str]]:
    """The files of the repository."""
    paths = ["agent/plain.py", *(f"agent/{name}.py" for name in NAMED), f"{NAMED[0]}/{KEY}/inside.py"]
    for at, path in enumerate(paths):
        yield path, _code(at, path)
    yield "agent/broken.py", f"def {KEY}(:\n  x = '{KEY}'\n return ((\n"
    yield f"agent/{NAMED[0]}.java", f"class {KEY} {{}}"
    yield (
        "config.yaml",
        f"fallback_models:\n  - model: {json.dumps(MARK)}\n    {json.dumps(LINES)}: {json.dumps(LINES)}\n"
        f"  - {KEY}\n{KEY}: {KEY}\nmodel: {json.dumps(MARK)}\nprovider: {KEY}\nsystem_prompt: {json.dumps(LINES)}\n",
    )
    yield "half.json", '{"model": "gpt-4o \\ud800", "fallback_models": ["a\\ud800", "a\\udc00"], "\\ud800": 1}'
    yield "settings.toml", f'[model]\nname = {json.dumps(MARK)}\n"{KEY}" = "{KEY}"\nfallbacks = ["{KEY}"]\n'
    yield ".env.example", f"{KEY}={KEY}\nOPENAI_BASE_URL=https://me:{PASSWORD}@llm.example/{KEY}\nMODEL={MARK}\n"
    yield "schema.sql", f"CREATE TABLE {KEY}_sessions (id text, session_id text, {KEY} text);\n"
    yield (
        "pyproject.toml",
        f'[project]\nname = "{KEY}"\ndependencies = ["openai @ https://me:{PASSWORD}@x.example/{KEY}.whl", "{KEY}>=1"]\n',
    )
    yield "requirements.txt", f"openai==1.{KEY}\n{KEY}==1\ntenacity>=1 ; {MARK}\n"
    yield "package.json", json.dumps({"name": MARK, "dependencies": {"openai": LINES, KEY: MARK}})
    yield (
        "agent/loop.ts",
        f"import OpenAI from 'openai';\nexport class {KEY} {{ async {KEY}(m) {{ return new OpenAI().chat.completions.create({{model: {json.dumps(MARK)}, messages: m}}) }} }}\n",
    )
    yield (
        "agent/main.go",
        f'package main\nimport "net/http"\nfunc {KEY}() {{ http.Post("https://api.openai.com/v1/chat/completions", "{KEY}", nil) }}\n',
    )
    yield "README.md", f"# {MARK}\n\n## {KEY}\n\nEvery call is approved by a human, {MARK}\n"
    yield "skills/x/SKILL.md", f"---\nname: {KEY}\ndescription: {json.dumps(MARK)}\nmodel: {KEY}\n---\n# {MARK}\n"
    steps = [{KEY: LINES, "thought": MARK, "action": MARK, "observation": "x", "session_id": KEY} for _ in range(3)]
    yield "data/trajectories.jsonl", "".join(f"{json.dumps(each)}\n" for each in steps)
    cell = {"cell_type": "code", "outputs": [], "metadata": {}, "source": [_code(9, "x"), "\nx = '\\ud800'\n"]}
    yield "notes.ipynb", json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4})
    yield "scanner.toml", settings()


def settings() -> str:
    """A `scanner.toml` with a mark in every text that it may hold."""
    signs = SIGNS[:300].replace("\u202e", "")
    reasons = [json.dumps(f"{signs} {secret}", ensure_ascii=False) for secret in (KEY, HYPHENS)]
    return f"""\
exclude = ["excluded-{KEY}/"]

[surfaces]
"/agent/plain.py" = "{KEY[:40]}"

[[override]]
requirement = "canary_rollout"
status = "ready"
reason = {reasons[0]}
by = {json.dumps("@someone ::x:: " + KEY)}

[[suppress]]
fingerprint = "345c38759b414476"
reason = {reasons[1]}
"""


def rules() -> str:
    """A file of rules whose texts are marked, and one of whose examples does not hold."""
    return f"""\
- id: own-rule
  kind: model_call
  title: {json.dumps(MARK[:200])}
  why: {json.dumps(MARK)}
  confidence: high
  find:
    call: "{KEY} send"
  examples:
    finds:
      python: |
        def nothing_here():
            return "{KEY}"
    ignores:
      python: |
        def think(question):
            return post_to_mail(question)
"""


def pack() -> str:
    """A pack whose texts are marked."""
    text = json.dumps(MARK.replace("{{ 1 }}", "").replace("}}", "").replace("[[place:x]]", ""))
    return f"""\
id: own-pack
title: {text}
migration: {text}
requirements:
  - id: sends
    title: {text}
    weight: 2
    asks: {text}
    claim: {text}
    ready: {{all: [model_call, {{has: stable-assignment-key, say: {text}}}]}}
    partial: model_call
    next: [{text}]
    evidence: [model_call]
    slice: {text}
recommendations:
  - headline: {text}
    text: {text}
"""


def labels() -> str:
    """Labels whose texts are marked, of places that the rules miss."""
    made = {"path": f"{MARK}.py", "line": 3, "end_line": 4, "symbol": MARK, "kind": "model_call", "importance": LINES}
    return "".join(f"{json.dumps(made | {'note': LINES, 'line': at, 'end_line': at})}\n" for at in range(1, 4))


def marked(document: Any, mark: str, key: str = "") -> Any:
    """Plain data with a mark in every text that is no id, digest or one of a few words."""
    if isinstance(document, dict):
        # What has a status is told by its id.
        return {name: each if key == "statuses" else marked(each, mark, name) for name, each in document.items()}
    if isinstance(document, list):
        return [marked(each, mark, key) for each in document]
    if not isinstance(document, str) or key in FIXED:
        return document
    return f"{mark} {document}"


#: Fields of packets and histories that are ids, digests, dates or one of a few words.
FIXED = frozenset(
    "schema_version scanner_version id status confidence role state found start function gates modes holds touchpoints "
    "closes helps evidence exceptions rules_digest digest commit verdict seam seams requirement pack look date until "
    "effects way statuses raised lowered other end every crowded_out permalink remote places".split()
)


def build(shell: Shell) -> Path:
    """The repository, with two commits, tags and a remote that are keys; and beside it a pack, rules and labels."""
    for path, content in files():
        shell.write(f"tree/{path}", content)
    shell.commit("tree")
    shell.git("tree", "tag", f"v1-{KEY}")
    shell.git("tree", "remote", "add", "origin", f"https://me:{PASSWORD}@git.example/{KEY}/{KEY}.git")
    file = shell.here / "tree" / "agent" / "plain.py"
    file.write_text(file.read_text().replace("_confirm", "_really").replace("_send", "_ask"))
    odd = shell.here / "tree" / f"agent/{NAMED[0]}.py"
    odd.rename(odd.with_name(f"moved {NAMED[0]}.py"))
    shell.git("tree", "add", "-A")
    shell.git("tree", "commit", "-q", "-a", "-m", MARK)
    shell.git("tree", "tag", f"##vso-{KEY}")
    shell.write("own-pack.yaml", pack())
    shell.write("own-rules.yaml", rules())
    shell.write("labels.jsonl", labels())
    shell.write("records.jsonl", "".join(f"{json.dumps({KEY: LINES, MARK: MARK})}\n" for _ in range(2)))
    shell.write("page.md", f"{LINES}\n")
    return shell.here / "tree"
