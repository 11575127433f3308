"""A tally as a file, for attesters to compare before they sign."""

from pathlib import Path

from seqpool import files
from seqpool.messages import Tally, domain_of
from seqpool.votes import fields_of


def save_tally(message: Tally, path: Path) -> None:
    domain = domain_of(message)
    files.write_file(
        path,
        {
            "kind": type(message).__name__,
            "domain": {"chain_id": domain.chainId, "governor": domain.verifyingContract},
            "message": fields_of(message),
        },
    )
