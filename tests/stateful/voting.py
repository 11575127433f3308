"""What machines have in common whose committees vote."""

from tests.stateful.quorum import Certificate, are_enough, power_of, signer_of
from tests.stateful.signing import sign, signer

NUMBERS = {signer(number): number for number in range(40)}  # of keys
OUTSIDER = 39  # a key of nobody


class Voting:
    """Signs what a committee votes for."""

    domain: int
    other_domain: int

    def certificate(self, message, committee, flaw: str, choice: int) -> Certificate:
        """Signed by as few as are enough, but for the flaw; the epochs' machine tries all flaws."""
        members = committee.members
        signing: list[int] = []
        order = sorted(range(len(members)), key=lambda i: (power_of(members[i]), i), reverse=True)
        order = order[choice % len(order) :] + order[: choice % len(order)]
        for place in order:
            if not are_enough([members[x] for x in signing], members):
                signing.append(place)
        if flaw == "below":
            signing.pop()
        signing.sort()
        at, of = self.domain, message
        if flaw == "other chain":
            at = self.other_domain
        elif flaw == "other message":
            of = message._replace(committee_nonce=message.committee_nonce + 1)
        signatures = [sign(NUMBERS[signer_of(members[place])], at, of) for place in signing]
        if flaw == "duplicate":
            signatures[-1] = signatures[0]
        elif flaw == "stranger":
            signatures[-1] = sign(OUTSIDER, at, of)
        elif flaw == "reordered":
            signatures = signatures[1:] + signatures[:1]
        bits = sum(1 << place for place in signing)
        return Certificate(members, bits, tuple(signatures))
