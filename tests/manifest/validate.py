#!/usr/bin/env python3
"""validate.py SCHEMA FOLDER: for each *.json in FOLDER, by name, a line with its name and ok or what is wrong.

Exit code 3: there is no jsonschema here."""
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(3)

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for path in sorted(pathlib.Path(sys.argv[2]).glob("*.json")):
    errors = list(validator.iter_errors(json.loads(path.read_text(encoding="utf-8"))))
    print(path.stem, repr(errors[0].message)[:200] if errors else "ok")
