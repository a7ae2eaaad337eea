"""`gallery schema`: keeps what is generated from the models, the JSON Schemas and the reference, as the models are."""

import argparse
import json
from pathlib import Path

HELP = "JSON Schemas and the reference, generated from the models"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--write", action="store_true", help="write the files; without it they are only compared")


def run(options: argparse.Namespace, root: Path) -> int:
    """Exit status 1 if a file isn't what the models say, and isn't written."""
    stale = []
    for name, text in generated().items():
        path = root / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        if options.write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
        else:
            stale.append(name)
    for name in stale:
        print(f"{name} is not what the models say: run `gallery schema --write`")
    return 1 if stale else 0


def generated() -> dict[str, str]:
    """All generated files, by name."""
    from commands import reference
    from config import json_schema

    schemas = {
        f"config/schema/{name}.json": json.dumps(json_schema.schema(file), indent=2) + "\n"
        for name, file in json_schema.FILES.items()
    }
    return {**schemas, "docs/configuration.md": reference.text()}
