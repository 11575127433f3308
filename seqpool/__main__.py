"""The command `seqpool`, or `python -m seqpool`: programs that need no ape."""

import argparse
import sys
from pathlib import Path

from seqpool import __version__


def main() -> int:
    if not (3, 11) <= sys.version_info[:2] < (3, 13):
        found = ".".join(map(str, sys.version_info[:2]))
        return _fail(f"seqpool needs Python 3.11 or 3.12, this is {found}")
    # here, since nothing else runs on an older Python
    from seqpool.errors import UserError

    arguments = _parser().parse_args()
    try:
        _watch(arguments.config)
    except UserError as error:
        return _fail(str(error))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="seqpool", description=__doc__)
    parser.add_argument("--version", action="version", version=f"seqpool {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    watch = commands.add_parser("watch", help="watch over the sequencers, vote, and act")
    watch.add_argument("--config", type=Path, default=Path("watcher.toml"), help="watcher.toml")
    return parser


def _watch(config: Path) -> None:
    from seqpool.errors import UserError

    # here, since what is not asked for is not loaded
    try:
        from seqpool.watcher.main import run
    except ImportError as error:
        raise UserError(f"this installation is broken: {error}; install seqpool again") from None
    run(config)


def _fail(reason: str) -> int:
    print(f"Error: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
