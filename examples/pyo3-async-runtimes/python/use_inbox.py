"""Functions that have moved to Ponton, functions that have not, and another author's extension, on one loop."""

import asyncio
import contextvars
import threading

import inbox
import neighbour

user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")


async def handler(text: str) -> str:
    """Answers messages. It runs on the loop, and in the context, of the call that sent one."""
    await asyncio.sleep(0.001)
    if text == "bad":
        raise ValueError("cannot read it")
    return f"{text} for {user.get()} on {threading.current_thread().name}"


async def send(name: str) -> list[str]:
    user.set(name)
    return [
        await inbox.deliver("at once"),
        await inbox.deliver_later("later", 0.001),
        await inbox.deliver_elsewhere("elsewhere"),
        await inbox.deliver_here("here"),
        await inbox.legacy.deliver("as before"),
    ]


async def main() -> None:
    inbox.legacy.on_message(handler)
    for lines in await asyncio.gather(send("ann"), send("bob")):
        print(*lines, sep="\n")

    try:
        await inbox.deliver("bad")
    except inbox.InboxError as error:
        print("refused:", error)

    # Lazy, as a coroutine is; what has not moved yet has begun already.
    coroutine = inbox.deliver_later("never", 0)
    coroutine.close()

    names = await asyncio.gather(inbox.worker_name(), inbox.legacy.worker_name(0.001), neighbour.worker_name(0.001))
    print("workers:", *names)

    async def ours() -> str:
        return await inbox.deliver_later("through the neighbour", 0.001)

    print(await neighbour.call(ours))

    # Many of all at once; a cancel of one kind leaves the others alone.
    stopped = asyncio.ensure_future(inbox.deliver_later("stopped", 60))
    calls = [call for _ in range(100) for call in (inbox.deliver("x"), inbox.legacy.deliver("x"), neighbour.call(ours))]
    await asyncio.sleep(0)
    stopped.cancel()
    answers = await asyncio.gather(*calls, stopped, return_exceptions=True)
    print("answers:", sum(isinstance(answer, str) for answer in answers), type(answers[-1]).__name__)


if __name__ == "__main__":
    for _ in range(2):  # several loops
        asyncio.run(main())
