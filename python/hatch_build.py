"""Puts what `cargo xtask` builds into the wheel, from where two variables say that it lies.

ATTENTION_MAP_STANDALONE: dist/standalone.js, what paints the maps. The package is nothing without it.
ATTENTION_MAP_PROGRAM: the native program `attention-map`, which computes and draws; with it the wheel is of one platform.
"""

import os
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import sys_tags


class CustomBuildHook(BuildHookInterface):
    def initialize(self, version, build_data):
        if version == "editable":
            return
        include = build_data["force_include"]
        for licence in ("LICENSE-MIT", "LICENSE-APACHE"):
            include[str(Path(self.root).parent / licence)] = f"attention_map/{licence}"
        include[named("ATTENTION_MAP_STANDALONE", "dist/standalone.js")] = "attention_map/static/standalone.js"
        if os.environ.get("ATTENTION_MAP_PROGRAM"):
            program = named("ATTENTION_MAP_PROGRAM", "the native program")
            include[program] = f"attention_map/bin/{Path(program).name}"
            build_data["pure_python"] = False
            # No part of it is Python's: any version on this platform will do.
            platform = os.environ.get("ATTENTION_MAP_PLATFORM") or next(sys_tags()).platform
            build_data["tag"] = f"py3-none-{platform}"


def named(variable, what):
    path = os.environ.get(variable)
    if not path or not Path(path).is_file():
        raise SystemExit(
            f"{variable} should be the path of {what}, and is {path!r}; `cargo xtask wheel` builds it and sets it"
        )
    return path
