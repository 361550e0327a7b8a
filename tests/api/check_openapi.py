#!/usr/bin/env python3
"""check_openapi.py DOCUMENT ANSWERS: says, a line each, where the document of /api/v1 is no good OpenAPI 3.1, and
where an answer of the server is not as it says.

ANSWERS: a JSON array of {"method", "path" (as in the document), "status", "type", "body", "sent"}; body and sent are
JSON values, or null. Objects must not have members that the document does not name. Exit code 3: there is no
jsonschema here."""
import copy
import json
import re
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(3)

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
found = []


def closed(value):
    """The same schemas, but objects have no other members than they name."""
    if isinstance(value, list):
        return [closed(v) for v in value]
    if not isinstance(value, dict):
        return value
    made = {k: closed(v) for k, v in value.items()}
    if value.get("type") == "object" and isinstance(value.get("properties"), dict):
        made.setdefault("additionalProperties", False)
    return made


def followed(value):
    while isinstance(value, dict) and "$ref" in value:
        target = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        value = target
    return value


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value
        for v in value.values():
            yield from references(v)
    elif isinstance(value, list):
        for v in value:
            yield from references(v)


def complaints(schema, value, strict):
    referrer = strict_document if strict else document
    resolver = jsonschema.RefResolver("", referrer)
    schema = closed(schema) if strict else schema
    validator = jsonschema.Draft202012Validator(schema, resolver=resolver)
    return [f"/{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(value)]


def check_document():
    if not document["openapi"].startswith("3.1."):
        found.append("openapi: it is not 3.1")
    referred = {reference["$ref"] for reference in references(document)}
    for reference in references(document):
        try:
            followed(reference)
        except KeyError:
            found.append(f"{reference['$ref']}: nothing is there")
    for name, schema in document["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        if f"#/components/schemas/{name}" not in referred:
            found.append(f"{name}: nobody refers to it")
    ids = [o["operationId"] for _, _, o in operations()]
    if len(ids) != len(set(ids)):
        found.append("operationId: not one each")
    for path, _, operation in operations():
        shared = document["paths"][path].get("parameters", [])
        named = {p["name"] for p in shared + operation.get("parameters", []) if p["in"] == "path"}
        if named != set(re.findall(r"{(\w+)}", path)):
            found.append(f"{path}: its parameters are {sorted(named)}")


def operations():
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def check_answer(answer):
    where = f"{answer['method']} {answer['path']} {answer['status']}"
    operation = document["paths"].get(answer["path"], {}).get(answer["method"].lower())
    if operation is None:
        found.append(f"{where}: not in the document")
        return
    response = followed(operation["responses"].get(str(answer["status"])))
    if response is None:
        found.append(f"{where}: it has no such status: {answer['body']}")
        return
    content = response.get("content", {})
    if answer["type"] not in content:
        found.append(f"{where}: found the type {answer['type']}, expected {list(content)}")
        return
    schema = content[answer["type"]].get("schema")
    if schema is not None:
        found.extend(f"{where}: {c}" for c in complaints(schema, answer["body"], strict=True))
    if answer["status"] < 300 and answer["sent"] is not None:
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        found.extend(f"{where}: sent {c}" for c in complaints(body, answer["sent"], strict=False))


with open(sys.argv[1], encoding="utf-8") as file:
    document = json.load(file)
with open(sys.argv[2], encoding="utf-8") as file:
    answers = json.load(file)
strict_document = closed(copy.deepcopy(document))
check_document()
for one in answers:
    check_answer(one)
# What the document says, and this test cannot bring about.
NOT_SEEN = {
    "503": "the broker in this process never goes away, and 1024 requests would have to wait",
}
seen = {(a["path"], a["method"].lower(), str(a["status"])) for a in answers}
for documented_path, documented_method, operation in operations():
    for status in operation["responses"]:
        if (documented_path, documented_method, status) not in seen and status not in NOT_SEEN:
            found.append(f"{documented_method.upper()} {documented_path}: {status} was not seen")
good = {(a["path"], a["method"].lower()) for a in answers if a["status"] < 300}
for documented_path, documented_method, _ in operations():
    if (documented_path, documented_method) not in good:
        found.append(f"{documented_method.upper()} {documented_path}: no good answer was seen")
print("\n".join(found))
