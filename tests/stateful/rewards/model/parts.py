"""What RewardDistributor and StakedMetis have beside them: the pool, and the SlashVault."""

from tests.stateful.model import Model
from tests.stateful.pool.model import Pool
from tests.stateful.slashing.model.cases import Cases
from tests.stateful.slashing.model.records import Case


class PoolPart(Pool):
    """The pool, which tells what it moves."""

    def __init__(self, transfers: list[tuple], *rest, **named):
        super().__init__(*rest, **named)
        self.transfers = transfers

    def move(self, payer: int, to: int, amount: int):
        super().move(payer, to, amount)
        self.transfers.append((payer, to, amount))


class Part(Model):
    """A contract beside the pool."""

    title = ""  # of events

    def __init__(self, suite, at: int):
        super().__init__()
        self.suite, self.pool, self.at = suite, suite.pool, at

    @property
    def now(self) -> int:
        return self.pool.now

    @property
    def governance(self) -> int:
        return self.pool.governance

    def log(self, name: str, *args):
        self.suite.events.append((f"{self.title}.{name}", *args))

    def as_governance(self, sender: int):
        self.require(sender == self.governance, "roles: not governance")

    def need_metis(self, payer: int, amount: int):
        self.need(self.pool.balances[payer] >= amount, "MockMETIS: amount exceeds balance")


class Escrow(Cases, Part):
    """What of the SlashVault the losers use."""

    title, contract = "escrow", "SlashVault"

    def __init__(self, suite, at):
        super().__init__(suite, at)
        self._cases: list[Case] = []
        self.vault = at

    @property
    def cases(self) -> list[Case]:
        for x in self.pool.cases[len(self._cases) :]:
            losses = [(x.owner, x.own), (x.vault, x.paired)]
            self._cases.append(Case(x.id, losses, x.kind, x.evidence, x.slashed_at))
        return self._cases

    def pay(self, payer: int, payee: int, amount: int):
        self.pool.move(payer, payee, amount)
