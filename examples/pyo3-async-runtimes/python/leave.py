"""The program ends while calls are pending: those that have moved, and with `legacy` those that have not."""

import asyncio
import sys
from typing import Any

import inbox

kept: list[Any] = []


async def handler(text: str) -> str:
    await asyncio.sleep(0)
    return text


async def main() -> None:
    inbox.legacy.on_message(handler)
    kept.extend(inbox.deliver_later("later", 0.00005 * i).start() for i in range(300))
    kept.extend(inbox.deliver_elsewhere("elsewhere").start() for _ in range(100))
    if "legacy" in sys.argv:
        kept.extend(inbox.legacy.deliver("as before") for _ in range(100))
    await inbox.deliver_later("the last one", 0.002)


asyncio.run(main())
