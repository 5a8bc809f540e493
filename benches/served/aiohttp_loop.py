"""What a hand-written loop takes: sends every case and reads the answer, and does nothing else."""

import asyncio
import json
import sys

import aiohttp


async def main(base: str, cases: int, concurrency: int) -> None:
    numbers = iter(range(cases))
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def work() -> None:
            for number in numbers:
                body = {
                    "model": "mock",
                    "messages": [
                        {"role": "system", "content": "Answer with one of: billing, delivery, returns, undetermined."},
                        {"role": "user", "content": f"Where is my parcel {number}? I ordered it two weeks ago."},
                    ],
                    "max_tokens": 16,
                    "temperature": 0.0,
                }
                async with session.post(f"{base}/chat/completions", json=body) as response:
                    answer = json.loads(await response.read())
                    assert answer["choices"][0]["message"]["content"]

        await asyncio.gather(*(work() for _ in range(concurrency)))


asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
