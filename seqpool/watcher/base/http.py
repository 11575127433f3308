"""Answers of servers that cannot be trusted."""

import aiohttp


async def read_answer(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The body of an answer; ClientPayloadError if it is longer than the limit in bytes."""
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > limit:
            response.close()
            raise aiohttp.ClientPayloadError(f"longer than {limit} bytes")
    return bytes(body)
