"""Writes down the types of the agent's socket for those who do not load its models: the panel, the command line, the extension.

Run by `make types`. The models are `hubshare.wire.socket`; pydantic describes them as JSON Schema, and only the few forms of it
that they use are known here. Anything else is an error, and not guessed.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from keyword import iskeyword
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from hubshare.wire.socket import COMMANDS
from hubshare.wire.socket.following import Event

Schema = dict[str, Any]

HERE = Path(__file__).parent
#: Stands for what is pushed, beside the names of the commands.
EVENT = "(event)"
_MADE = "Made by `make types` from `hubshare/wire/socket/`: do not edit."


class _AsSent(GenerateJsonSchema):
    """Of what is sent a field is always there, also one with a default, unless the model leaves it out on purpose."""

    def field_is_required(self, field: Any, total: bool) -> bool:
        if self.mode == "serialization":
            return field.get("serialization_exclude_if") is None
        return super().field_is_required(field, total)


def described() -> tuple[dict[tuple[str, str], Schema], dict[str, Schema]]:
    """Return the schemas of all arguments and answers, by command and `arguments` or `answer`, and of the models in them."""
    inputs: list[Any] = [
        one
        for name, command in COMMANDS.items()
        for one in (
            ((name, "arguments"), "validation", TypeAdapter(command.arguments)),
            ((name, "answer"), "serialization", TypeAdapter(command.answer)),
        )
    ]
    inputs.append(((EVENT, "answer"), "serialization", TypeAdapter(Event)))
    found, models = TypeAdapter.json_schemas(inputs, ref_template="{model}", schema_generator=_AsSent)
    return {key: schema for (key, _), schema in found.items()}, models["$defs"]


def _variants(schema: Schema) -> list[Schema] | None:
    """Return what a schema allows, one after the other, if it is a choice."""
    if "enum" in schema:
        return [{"const": value} for value in schema["enum"]]
    variants: list[Schema] | None = schema.get("anyOf") or schema.get("oneOf")
    return variants


def typescript(schema: Schema) -> str:
    """Return a schema as a type of TypeScript."""
    if variants := _variants(schema):
        return " | ".join(map(typescript, variants))
    match schema:
        case {"$ref": name}:
            return str(name)
        case {"const": value}:
            return json.dumps(value)
        case {"type": "array", "items": items}:
            inner = typescript(items)
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
        case {"type": "object", "additionalProperties": True}:
            return "{ [key: string]: unknown }"
        case {"type": "object", "additionalProperties": values}:
            return f"{{ [key: string]: {typescript(values)} }}"
        case {"type": "string" | "boolean" | "null" as plain}:
            return str(plain)
        case {"type": "integer" | "number"}:
            return "number"
    raise ValueError(f"There is no type of TypeScript for {schema} yet: add it here.")


def python(schema: Schema) -> str:
    """Return a schema as a type of Python."""
    if "enum" in schema:
        return f"Literal[{', '.join(json.dumps(value) for value in schema['enum'])}]"
    if variants := _variants(schema):
        return " | ".join(map(python, variants))
    match schema:
        case {"$ref": name}:
            return str(name)
        case {"const": value}:
            return f"Literal[{json.dumps(value)}]"
        case {"type": "array", "items": items}:
            return f"list[{python(items)}]"
        case {"type": "object", "additionalProperties": True}:
            return "dict[str, object]"
        case {"type": "object", "additionalProperties": values}:
            return f"dict[str, {python(values)}]"
        case {"type": "string" | "boolean" | "null" | "integer" | "number" as plain}:
            return {"string": "str", "boolean": "bool", "null": "None", "integer": "int", "number": "float"}[plain]
    raise ValueError(f"There is no type of Python for {schema} yet: add it here.")


def _key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name)


def socket_ts() -> str:
    """Return the module of TypeScript for the panel: all models, and what each command takes and gives."""
    commands, models = described()
    lines = [f"// {_MADE}"]
    for name, model in sorted(models.items()):
        lines += ["", f"/** {model['description']} */", f"export interface {name} {{"]
        for field, schema in model.get("properties", {}).items():
            if "description" in schema:
                lines.append(f"  /** {schema['description']} */")
            optional = "" if field in model.get("required", []) else "?"
            lines.append(f"  {_key(field)}{optional}: {typescript(schema)};")
        lines.append("}")
    lines += ["", "/** What each command takes and gives. */", "export interface Commands {"]
    for name in COMMANDS:
        takes, gives = (typescript(commands[name, kind]) for kind in ("arguments", "answer"))
        lines.append(f"  {_key(name)}: {{ arguments: {takes}; answer: {gives} }};")
    event = typescript(commands[EVENT, "answer"])
    lines += ["}", "", "/** What is pushed over the websocket, by `kind`. */", f"export type Event = {event};", ""]
    return "\n".join(lines)


def commands_py() -> str:
    """Return the module of Python for the server extension, which loads no models: the names of all commands."""
    names = "".join(f"        {json.dumps(name)},\n" for name in sorted(COMMANDS))
    return (
        f'"""The commands that the server extension passes on to the agent.\n\n{_MADE}\n"""\n\n'
        "from __future__ import annotations\n\n"
        f"COMMANDS = frozenset(\n    {{\n{names}    }}\n)\n"
    )


def answers_py() -> str:
    """Return the module of Python for the command line: the answers that it names, and what is in them, as they arrive."""
    _, models = described()
    wanted = sorted({inner for name in _named_by_cli() for inner in _within({"$ref": name}, models)})
    bodies = [_typed_dict(name, models[name]) for name in wanted]
    imports = [word for word in ("Literal", "NotRequired", "TypedDict") if any(word in body for body in bodies)]
    head = [
        '"""The answers of the agent\'s socket as they arrive, for the type checker.',
        "",
        _MADE,
        '"""',
        "",
        "from __future__ import annotations",
        "",
        f"from typing import {', '.join(imports)}",
        "",
    ]
    return "\n".join([*head, *bodies])


def _named_by_cli() -> set[str]:
    """Return what the command line imports of the module that is made for it."""
    trees = (ast.parse(path.read_text()) for path in (HERE / "hubshare_agents/cli").glob("*.py"))
    return {
        alias.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "hubshare_agents.cli.answers"
        for alias in node.names
    }


def _typed_dict(name: str, model: Schema) -> str:
    required = model.get("required", [])
    fields = {
        field: python(schema) if field in required else f"NotRequired[{python(schema)}]"
        for field, schema in model.get("properties", {}).items()
    }
    if any(map(iskeyword, fields)):
        inside = "".join(f'        "{field}": {type_},\n' for field, type_ in fields.items())
        return f'\n{name} = TypedDict(\n    "{name}",\n    {{\n{inside}    }},\n)\n'
    inside = "".join(f"    {field}: {type_}\n" for field, type_ in fields.items())
    return f'\nclass {name}(TypedDict):\n    """{model["description"]}"""\n\n{inside}'


def _within(schema: Any, models: dict[str, Schema]) -> Iterator[str]:
    """Give the names of all models that a schema is made of."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"]
            yield from _within(models[schema["$ref"]], models)
        for inner in schema.values():
            yield from _within(inner, models)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _within(inner, models)


#: The files, and what makes each.
FILES = {
    HERE / "labextension/src/socket.ts": socket_ts,
    HERE / "hubshare_agents/cli/answers.py": answers_py,
    HERE / "hubshare_agents/jupyter/known_commands.py": commands_py,
}


def main() -> None:
    """Write the files anew."""
    for path, make in FILES.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make())


if __name__ == "__main__":
    main()
