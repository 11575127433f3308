# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Brakes
@custom:contract-name brakes
@license AGPL-3.0-only
@notice How much was taken within a rolling time: one rule, for one sequencer
        and for all. Stateless.
@dev Time is cut into buckets of equal length. A list of buckets is a number:
     what was taken in the present bucket is in its lowest bits, what was taken
     in the one before it above them, and so on. When time goes on, the list
     moves up, and what leaves it counts no more.
     A share is a share of what was there at the moment when it was taken. So
     neither deposits nor withdrawals, nor what was taken before, change what a
     share is of; and as the sum of the shares is limited in every bucket's
     list, no boundary lets more through. A list of n buckets covers the last
     n - 1 whole buckets and the present one.
     An importer keeps the list, and the number of the bucket it was last moved to.
@custom:source docs/design.md section 3.4
"""


@internal
@pure
def _moved(buckets: uint256, by: uint256, width: uint256, count: uint256) -> uint256:
    """
    @dev The list as it is `by` buckets later. `width` bits a bucket; width x count is at most 255.
    """
    if by >= count:
        return 0
    return (buckets << (width * by)) & ((1 << (width * count)) - 1)


@internal
@pure
def _sum(buckets: uint256, width: uint256) -> uint256:
    """
    @dev All that counts.
    """
    left: uint256 = buckets
    sum: uint256 = 0
    mask: uint256 = (1 << width) - 1
    # A list has at most 16 buckets.
    for _: uint256 in range(16):
        if left == 0:
            break
        sum = unsafe_add(sum, left & mask)
        left = left >> width
    return sum


@internal
@pure
def _share(amount: uint256, base: uint256, whole: uint256) -> uint256:
    """
    @dev Which share of the base an amount is, in parts of `whole`; rounded up, so that no limit is
         passed by dust. The base is not 0. There are less than 2**84 wei of METIS.
    """
    return unsafe_add(unsafe_mul(amount, whole), unsafe_sub(base, 1)) // base


@internal
@pure
def _rest(limit: uint256, used: uint256) -> uint256:
    """
    @dev What is left of a limit; 0 if more was used.
    """
    return unsafe_sub(limit, min(limit, used))
