"""What a node's message means, whatever the node: no test here has a network."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpool.chain.jsonrpc import MAX_WORDS, RpcError, RpcFault, decode, encode, one_line, parse

WANTED = [("eth_chainId", []), ("eth_call", [{"to": "0x"}, "latest"]), ("eth_mine", (1,))]
FIRST = 7


def result(id, value="0x1"):
    return {"jsonrpc": "2.0", "id": id, "result": value}


def refusal(id, **error):
    return {"jsonrpc": "2.0", "id": id, "error": error}


def read(*answers, wanted=WANTED, status=200):
    """A batch of answers, as the codec takes it."""
    return decode(wanted, FIRST, json.dumps(answers), status)


# ---------------------------------------------------------------- what is sent


def test_a_batch_has_ids_that_follow_each_other():
    assert json.loads(encode(WANTED, FIRST)) == [
        {"jsonrpc": "2.0", "id": 7, "method": "eth_chainId", "params": []},
        {"jsonrpc": "2.0", "id": 8, "method": "eth_call", "params": [{"to": "0x"}, "latest"]},
        {"jsonrpc": "2.0", "id": 9, "method": "eth_mine", "params": [1]},
    ]


def test_a_single_request_is_no_batch():
    assert json.loads(encode(WANTED[:1], 0))["method"] == "eth_chainId"


# ---------------------------------------------------------------- answers


@given(st.permutations([0, 1, 2]))
def test_answers_may_come_in_any_order(order):
    found = read(*(result(FIRST + place, place) for place in order))
    assert found.complete() == [0, 1, 2]


def test_a_result_may_be_null():
    assert read(result(FIRST, None), wanted=WANTED[:1]).complete() == [None]


def test_an_error_that_is_null_is_none():
    answer = result(FIRST) | {"error": None}
    assert read(answer, wanted=WANTED[:1]).complete() == ["0x1"]


@pytest.mark.parametrize("shape", [lambda answer: answer, lambda answer: [answer]])
def test_a_single_answer_may_stand_in_a_batch_of_one(shape):
    body = json.dumps(shape(result(FIRST))).encode()
    assert decode(WANTED[:1], FIRST, body).only() == "0x1"


def test_a_refusal_stands_in_its_place():
    error = {"code": 3, "message": "execution reverted", "data": "0x08"}
    one, two, three = read(result(FIRST), refusal(FIRST + 1, **error), result(FIRST + 2)).complete()
    assert (one, three) == ("0x1", "0x1")
    assert isinstance(two, RpcError)
    assert (two.code, two.message, two.data) == (3, "execution reverted", "0x08")
    assert str(two) == "eth_call: execution reverted"


def test_the_only_answer_is_raised_if_it_is_a_refusal():
    with pytest.raises(RpcError, match="eth_chainId: None"):
        read(refusal(FIRST), wanted=WANTED[:1]).only()


def test_a_refusal_wins_over_a_result():
    answer = result(FIRST) | {"error": {"message": "no"}}
    assert isinstance(read(answer, wanted=WANTED[:1]).complete()[0], RpcError)


# ---------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([result(7), result(8)], "a request without an answer"),
        ([], "a request without an answer"),
        ([result(7), result(8), result(10)], "an answer to no request"),
        ([result(7), result(8), result(9), result(6)], "an answer to no request"),
        ([result(7), result(8), result("9")], "an answer to no request"),
        ([result(7), result(8), result(9.0)], "an answer to no request"),
        ([result(7), result(8), result([])], "an answer to no request"),
        ([result(7), result(8), result(None)], "an answer to no request"),
        ([result(7), result(8), {"result": 1}], "an answer to no request"),
        ([result(7), result(8), 1], "an answer to no request"),
        ([result(7), result(8), None], "an answer to no request"),
        ([result(7), result(8), result(9), result(8, 2)], "two answers to one request"),
        ([result(7), result(8), {"id": 9}], "neither a result nor an error"),
        ([result(7), result(8), {"id": 9, "error": None}], "neither a result nor an error"),
        ([result(7), result(8), {"id": 9, "error": 5}], "neither a result nor an error"),
        ([result(7), result(8), {"id": 9, "error": "too\nfast"}], "too fast"),
        ([refusal(None, message="limit\nexceeded")], "limit exceeded"),
    ],
)
def test_what_is_wrong_with_a_batch_is_said(answers, why):
    found = read(*answers)
    assert found.fault == why
    with pytest.raises(RpcFault, match=why):
        found.complete()


def test_of_two_answers_to_one_request_neither_counts():
    found = read(result(FIRST, "a"), result(FIRST + 1, "b"), result(FIRST, "c"))
    assert found.by_place == {1: "b"}


def test_true_is_not_the_id_1():
    assert decode(WANTED[:1], 1, json.dumps(result(True))).fault == "an answer to no request"


def test_what_is_answered_is_kept_though_the_rest_fails():
    found = read(result(FIRST + 2, "c"), result(FIRST, "a"))
    assert found.by_place == {0: "a", 2: "c"}
    assert found.fault is not None


@pytest.mark.parametrize("body", [b"", b"<html>", b"[", b"\xff", b"1" * 5_000, b"[" * 200_000])
def test_what_is_no_json_is_a_fault(body):
    found = decode(WANTED, FIRST, body)
    assert (found.by_place, found.fault) == ({}, "no JSON")


@pytest.mark.parametrize("body", [b"{}", b"5", b"null", b'"x"', b'{"error": {}}'])
def test_json_that_is_no_answer_is_a_fault(body):
    assert decode(WANTED[:1], FIRST, body).fault == "an answer to no request"


def test_an_error_of_the_whole_batch_is_a_fault_in_its_words():
    body = json.dumps(refusal(None, code=-32005, message="batch too large")).encode()
    assert decode(WANTED, FIRST, body).fault == "batch too large"


KEYS = st.sampled_from(["id", "result", "error", "message"])
MESSAGES = st.recursive(
    st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(KEYS, x)
)


@given(MESSAGES)
def test_no_message_raises(message):
    decode(WANTED, FIRST, json.dumps(message), 500)


# ---------------------------------------------------------------- HTTP


@pytest.mark.parametrize("status", [200, 400, 429, 503])
def test_answers_count_whatever_the_status(status):
    answers = (result(FIRST), refusal(FIRST + 1, message="no"), result(FIRST + 2))
    assert read(*answers, status=status).fault is None


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html>", "HTTP 502: no JSON"),
        (b"[]", "HTTP 502: a request without an answer"),
        (b'{"error": {"message": "busy"}}', "HTTP 502: busy"),
    ],
)
def test_the_status_explains_why_there_is_no_answer(body, why):
    assert decode(WANTED, FIRST, body, 502).fault == why


# ---------------------------------------------------------------- JSON


def test_a_message_that_nests_too_deep_is_no_json_whatever_python_allows():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        with pytest.raises(ValueError, match="nested too deep"):
            parse("[" * 90_000 + "]" * 90_000)
        assert sys.getrecursionlimit() == 100_000
    finally:
        sys.setrecursionlimit(limit)


def test_of_a_key_that_comes_twice_the_last_counts():
    assert parse('{"a": 1, "a": 2}') == {"a": 2}


def test_words_of_nodes_are_short_and_of_one_line():
    assert one_line("a\n  b\tc") == "a b c"
    assert len(one_line("x" * 10_000)) == MAX_WORDS
