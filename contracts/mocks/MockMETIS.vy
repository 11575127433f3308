# pragma version 0.4.3
# pragma nonreentrancy off
# pragma evm-version london
"""
@title MockMETIS
@custom:contract-name MockMETIS
@license AGPL-3.0-only
@notice Stands in for the METIS token on local chains: an ERC-20 with 18
        decimals that behaves as the token on Ethereum does, and that its owner
        can mint.
@dev The token on Ethereum is built on OpenZeppelin 3: it has no permit, a
     transferFrom lowers every allowance, also the largest one, and emits an
     Approval after the Transfer. Never deployed where METIS exists.
     No lock against reentrancy, for it calls nobody and METIS has none. London,
     so that it also deploys beside the contracts of Metis' L2.
"""

from ethereum.ercs import IERC20

implements: IERC20


# who may mint
from snekmate.auth import ownable

initializes: ownable

exports: (
    ownable.owner,
    ownable.transfer_ownership,
    # not exported: renounce_ownership, since a local chain needs a minter
)

# accounts that one call may mint to
_BATCH: constant(uint256) = 200

totalSupply: public(uint256)
balanceOf: public(HashMap[address, uint256])  # holder => wei
allowance: public(HashMap[address, HashMap[address, uint256]])  # holder => spender => wei


@deploy
def __init__():
    """
    @notice Makes the deployer the owner, who may mint.
    @custom:emits OwnershipTransferred
    """
    ownable.__init__()


# ---------------------------------------------------------------------------------------------------
# ANYONE
# ---------------------------------------------------------------------------------------------------


@external
def transfer(to: address, amount: uint256) -> bool:
    """
    @notice Moves tokens of the caller.
    @param to The receiver, not the zero address.
    @param amount Wei of METIS, at most the caller's balance.
    @return True; a transfer that fails reverts.
    @custom:reverts "MockMETIS: transfer to zero address" when `to` is zero;
                    "MockMETIS: amount exceeds balance" when the caller has less
    @custom:emits Transfer
    """
    self._transfer(msg.sender, to, amount)
    return True


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    """
    @notice Moves tokens of a holder who gave the caller an allowance, and lowers
            that allowance, also the largest one.
    @param owner The holder.
    @param to The receiver, not the zero address.
    @param amount Wei of METIS, at most the holder's balance and the allowance.
    @return True; a transfer that fails reverts.
    @custom:reverts "MockMETIS: transfer to zero address" when `to` is zero;
                    "MockMETIS: amount exceeds balance" when the holder has less;
                    "MockMETIS: amount exceeds allowance" when less was allowed
    @custom:emits Transfer, Approval
    """
    self._transfer(owner, to, amount)
    allowed: uint256 = self.allowance[owner][msg.sender]
    assert amount <= allowed, "MockMETIS: amount exceeds allowance"
    self._approve(owner, msg.sender, unsafe_sub(allowed, amount))
    return True


@external
def approve(spender: address, amount: uint256) -> bool:
    """
    @notice Sets how much a spender may move of the caller's tokens.
    @param spender The spender, not the zero address.
    @param amount Wei of METIS, any value; it replaces the former allowance.
    @return True; an approval that fails reverts.
    @custom:reverts "MockMETIS: approve to zero address" when `spender` is zero
    @custom:emits Approval
    """
    self._approve(msg.sender, spender, amount)
    return True


@external
def increaseAllowance(spender: address, amount: uint256) -> bool:
    """
    @notice Adds to what a spender may move of the caller's tokens.
    @param spender The spender, not the zero address.
    @param amount Wei of METIS; the sum stays below 2**256.
    @return True; an increase that fails reverts.
    @custom:reverts "MockMETIS: approve to zero address" when `spender` is zero
    @custom:emits Approval
    """
    # the checked sum is the bound; nobody hits it but on purpose
    self._approve(msg.sender, spender, self.allowance[msg.sender][spender] + amount)
    return True


@external
def decreaseAllowance(spender: address, amount: uint256) -> bool:
    """
    @notice Takes from what a spender may move of the caller's tokens.
    @param spender The spender, not the zero address.
    @param amount Wei of METIS, at most the present allowance.
    @return True; a decrease that fails reverts.
    @custom:reverts "MockMETIS: allowance below zero" when less was allowed;
                    "MockMETIS: approve to zero address" when `spender` is zero
    @custom:emits Approval
    """
    allowed: uint256 = self.allowance[msg.sender][spender]
    assert amount <= allowed, "MockMETIS: allowance below zero"
    self._approve(msg.sender, spender, unsafe_sub(allowed, amount))
    return True


# ---------------------------------------------------------------------------------------------------
# OWNER: mint
# ---------------------------------------------------------------------------------------------------


@external
def mint(to: address, amount: uint256):
    """
    @notice Creates tokens out of nothing.
    @param to The receiver, not the zero address.
    @param amount Wei of METIS; the total supply stays below 2**256.
    @custom:reverts "ownable: caller is not the owner" when it is not;
                    "MockMETIS: mint to zero address" when `to` is zero
    @custom:emits Transfer
    """
    ownable._check_owner()
    self._mint(to, amount)


@external
def mint_many(receivers: DynArray[address, _BATCH], amount: uint256):
    """
    @notice Creates tokens for many.
    @param receivers At most 200, none of them the zero address.
    @param amount Wei of METIS for each; the total supply stays below 2**256.
    @custom:reverts "ownable: caller is not the owner" when it is not;
                    "MockMETIS: mint to zero address" when a receiver is zero
    @custom:emits Transfer, one for each
    """
    ownable._check_owner()
    for to: address in receivers:
        self._mint(to, amount)


# ---------------------------------------------------------------------------------------------------
# VIEWS
# ---------------------------------------------------------------------------------------------------


@external
@pure
def name() -> String[11]:
    """
    @notice Tells the token's name.
    @return "Metis Token".
    """
    return "Metis Token"


@external
@pure
def symbol() -> String[5]:
    """
    @notice Tells the token's symbol.
    @return "Metis".
    """
    return "Metis"


@external
@pure
def decimals() -> uint8:
    """
    @notice Tells how many decimals an amount has.
    @return 18.
    """
    return 18


# ---------------------------------------------------------------------------------------------------
# INTERNAL
# ---------------------------------------------------------------------------------------------------


@internal
def _mint(to: address, amount: uint256):
    assert to != empty(address), "MockMETIS: mint to zero address"

    # the checked sum is the bound; no balance exceeds the total supply
    self.totalSupply += amount
    self.balanceOf[to] = unsafe_add(self.balanceOf[to], amount)
    log IERC20.Transfer(sender=empty(address), receiver=to, value=amount)


@internal
def _transfer(owner: address, to: address, amount: uint256):
    assert to != empty(address), "MockMETIS: transfer to zero address"
    balance: uint256 = self.balanceOf[owner]
    assert amount <= balance, "MockMETIS: amount exceeds balance"

    self.balanceOf[owner] = unsafe_sub(balance, amount)
    # no balance exceeds the total supply, so the sum cannot overflow
    self.balanceOf[to] = unsafe_add(self.balanceOf[to], amount)
    log IERC20.Transfer(sender=owner, receiver=to, value=amount)


@internal
def _approve(owner: address, spender: address, amount: uint256):
    assert spender != empty(address), "MockMETIS: approve to zero address"

    self.allowance[owner][spender] = amount
    log IERC20.Approval(owner=owner, spender=spender, value=amount)
