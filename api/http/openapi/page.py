"""The OpenAPI document as a page for people: plain HTML, no script."""

import json
from collections.abc import Iterable
from html import escape
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
Document = dict[str, Any]


def page_of(document: Document) -> str:
    """Return the page."""
    info = document["info"]
    sections: dict[str, list[str]] = {}
    for path, operations in sorted(document["paths"].items()):
        for method in METHODS:
            if method in operations:
                operation = operations[method]
                sections.setdefault((operation.get("tags") or ["other"])[0], []).append(_operation(document, method, path, operation))
    contents = "".join(f'<li><a href="#{escape(tag)}">{escape(tag)}</a></li>' for tag in sections)
    parts = "".join(f'<section id="{escape(tag)}"><h2>{escape(tag)}</h2>{"".join(found)}</section>' for tag, found in sections.items())
    schemas = "".join(_schema(name, schema) for name, schema in sorted(document.get("components", {}).get("schemas", {}).items()))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(info["title"])} API</title>
<link rel="stylesheet" href="/web/css/docs.css">
</head>
<body>
<header><h1>{escape(info["title"])} API <small>{escape(info["version"])}</small></h1>{_paragraphs(info.get("description", ""))}
<p>The same for programs: <a href="/openapi.json">/openapi.json</a></p></header>
<nav aria-label="Sections"><ul>{contents}<li><a href="#schemas">schemas</a></li></ul></nav>
<main>{parts}<section id="schemas"><h2>schemas</h2>{schemas}</section></main>
</body>
</html>
"""


def _operation(document: Document, method: str, path: str, operation: Document) -> str:
    signed_in = (
        '<p class="session">Needs a session: <code>Authorization: Bearer &lt;token&gt;</code></p>' if operation.get("security") else ""
    )
    answers = "".join(_answer(status, answer) for status, answer in sorted(operation["responses"].items()))
    return (
        f'<details id="{escape(operation["operationId"])}"><summary><b class="{method}">{method.upper()}</b> <code>{escape(path)}</code>'
        f" {escape(operation.get('summary', ''))}</summary>{_paragraphs(operation.get('description', ''))}{signed_in}"
        f"{_parameters(operation.get('parameters', ()))}{_body(document, operation.get('requestBody'))}<h3>Answers</h3>{answers}</details>"
    )


def _parameters(parameters: Iterable[Document]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each['in'])}</td><td>{'yes' if each.get('required') else 'no'}</td>"
        f"<td>{escape(each.get('description', ''))}</td></tr>"
        for each in parameters
    )
    head = "<tr><th>name</th><th>in</th><th>required</th><th>meaning</th></tr>"
    return f"<h3>Parameters</h3><table>{head}{rows}</table>" if rows else ""


def _body(document: Document, body: Document | None) -> str:
    if body is None:
        return ""
    shown = []
    for kind, content in body.get("content", {}).items():
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        members = document.get("components", {}).get("schemas", {}).get(name, {}).get("properties", {})
        example = {member: _example(schema) for member, schema in members.items()}
        shown.append(f"<p><code>{escape(kind)}</code> {_link(name)}</p>{_code(example) if example else ''}")
    return f"<h3>Body</h3>{''.join(shown)}"


def _example(schema: Document) -> Any:
    if schema.get("examples"):
        return schema["examples"][0]
    return schema.get("default", schema.get("type", "..."))


def _answer(status: str, answer: Document) -> str:
    shown = []
    for content in answer.get("content", {}).values():
        if "example" in content:
            shown.append(_code(content["example"]))
        shown += [f"<h4>{escape(name)}</h4>{_code(example['value'])}" for name, example in content.get("examples", {}).items()]
    what = escape(answer.get("description", ""))
    return f"<details><summary><b>{escape(status)}</b> {what}</summary>{''.join(shown)}</details>"


def _schema(name: str, schema: Document) -> str:
    return f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>{_code(schema)}</details>'


def _link(name: str) -> str:
    return f'<a href="#schema-{escape(name)}">{escape(name)}</a>' if name else ""


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in text.split("\n\n") if paragraph.strip())


def _code(value: Any) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"
