"""The command line: `crmkit demo`, `run`, `read`, `segment`, `identity` and others. Needs the extra `cli`."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Runs the command line; without the extra `cli` it says how to install it and exits with 2."""
    try:
        import click  # noqa: F401  # only to learn whether the extra is installed
        import rich  # noqa: F401  # the same
    except ImportError:
        sys.stderr.write("The command line needs the extra 'cli': pip install 'crmkit[cli]'\n")
        sys.exit(2)
    from crmkit.cli.commands import cli

    cli(prog_name="crmkit")
