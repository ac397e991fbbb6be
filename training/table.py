"""Writes the lengths and hashes of a model's files into the table in src/model.rs.

    python training/table.py www/models/tatoeba-en-fr-zh

The engine refuses other files than those in the table. Needs nothing but Python.
"""

import hashlib
import re
import sys
from pathlib import Path

TABLE = Path(__file__).parent.parent / "src" / "model.rs"
FILES = {
    "CONFIG_FILE": "config.json",
    "TOKENIZER_FILE": "tokenizer.json",
    "ALIGNMENT_FILE": "alignment.json",
    "WEIGHTS_FILE": "model.safetensors",
}


def main(folder: Path) -> None:
    before, entry = TABLE.read_text().split(f'id: "{folder.name}"')
    for constant, name in FILES.items():
        content = (folder / name).read_bytes()
        length = f"{len(content):_}" if len(content) >= 10_000 else str(len(content))
        found = f'name: {constant},\n            bytes: {length},\n            sha256: "{hashlib.sha256(content).hexdigest()}"'
        entry, count = re.subn(rf'name: {constant},\s+bytes: [\d_]+,\s+sha256: "\w+"', found, entry, count=1)
        if count != 1:
            raise ValueError(f"{TABLE} has no {constant} of {folder.name}")
    TABLE.write_text(f'{before}id: "{folder.name}"{entry}')


if __name__ == "__main__":
    main(Path(sys.argv[1]))
