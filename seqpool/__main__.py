"""Programs that need no ape: `seqpool watch`, or `python -m seqpool watch`."""

import argparse
import sys
from pathlib import Path

from seqpool.errors import UserError


def main() -> int:
    parser = argparse.ArgumentParser(prog="seqpool", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    watch = commands.add_parser("watch", help="watch over the sequencers, vote, and act")
    watch.add_argument("--config", type=Path, default=Path("watcher.toml"), help="watcher.toml")
    arguments = parser.parse_args()
    # here: what is not asked for is not loaded
    from seqpool.watcher.main import run

    try:
        run(arguments.config)
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
