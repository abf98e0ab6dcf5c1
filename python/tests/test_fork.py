"""Forked children, in processes of their own: what is inherited is left alone and says so, what is new works, and the
parent goes on undisturbed."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

COMMON = """
    import asyncio, contextlib, gc, os, socket, sys, threading, time, warnings
    warnings.simplefilter("ignore", DeprecationWarning)  # "multi-threaded, use of fork() may lead to deadlocks"
    import fixture

    ENDLESS = 2**32 - 1

    def in_child(body, leave=os._exit):
        "Runs `body` in a forked child, which has to end well, and within a time that only ends a test that fails."
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                body()
                code = 0
            except BaseException:
                import traceback
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                leave(code)
        ends_well(child)

    def ends_well(child):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                assert os.waitstatus_to_exitcode(status) == 0, status
                return
            time.sleep(0.005)
        os.kill(child, 9)
        raise AssertionError("the child hangs")

    async def calls():
        "New calls of every kind."
        assert await fixture.nap(0.001, 3) == 3
        assert await asyncio.gather(*[fixture.nap(0.001, i) for i in range(50)]) == list(range(50))
        assert await asyncio.gather(*[fixture.nap(0.001, i).start() for i in range(50)]) == list(range(50))
        assert await fixture.spawned(1) == 2
        assert await fixture.pinned(4) == 4
        assert await fixture.heavy(5) == 5
        assert (await fixture.block(0.001)).startswith("ponton")
        counter = await fixture.Counter.connect("new")
        assert await counter.add_later(1) == 1001
        data = bytes(100_000)
        assert await fixture.echo_bytes(data) is data
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(fixture.work(ENDLESS), 0.001)

    def works():
        asyncio.run(calls())

    KINDS = [fixture.kept, fixture.kept_spawned, fixture.kept_local]

    def kept():
        "What would change if a call were polled, or dropped."
        return fixture.kept_polls(), fixture.created() - fixture.dropped()

    def refused(use, *words):
        began = time.monotonic()
        try:
            use()
        except fixture.ForkedError as error:
            assert isinstance(error, RuntimeError)
            for word in (*words, "forked", "child"):
                assert word in str(error), error
        else:
            raise AssertionError("nothing was raised")
        assert time.monotonic() - began < 1

    class EchoServer:
        def __init__(self):
            self.listener = socket.create_server(("127.0.0.1", 0))
            self.port = self.listener.getsockname()[1]
            threading.Thread(target=self.serve, daemon=True).start()

        def serve(self):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.echo, args=(connection,), daemon=True).start()

        def echo(self, connection):
            while data := connection.recv(65536):
                connection.sendall(data)
"""

CASES = {
    "before use": """
        in_child(works)
        in_child(works)
        works()
    """,
    "after use": """
        works()
        in_child(works)
        in_child(works, sys.exit)
        works()
    """,
    "of a child": """
        works()
        in_child(lambda: (works(), in_child(works), works()))
        works()
    """,
    "objects": """
        async def main():
            counter = fixture.Counter()
            await counter.add_later(1)
            return counter

        counter = asyncio.run(main())
        pending = counter.add_later(1)

        class Own(fixture.Counter):
            pass

        own = Own()

        def body():
            global counter, own, pending
            refused(lambda: counter.add(), "Counter")
            refused(lambda: own.add(), "Counter")
            refused(lambda: counter.label, "Counter")
            refused(lambda: counter.close(), "Counter")
            refused(lambda: fixture.Counter().plus(counter), "Counter")
            refused(lambda: asyncio.run(counter.add_later(1)), "Counter")
            before = fixture.live_counters()
            assert fixture.Counter().add() == 1
            del counter, own
            refused(lambda: asyncio.run(pending), "Counter.add_later")
            del pending
            gc.collect()
            assert fixture.live_counters() == before, "an inherited one was dropped"

        in_child(body)
        assert counter.add(1) == 2
        assert asyncio.run(pending) == 3
    """,
    "awaitables": """
        loop = asyncio.new_event_loop()

        async def main():
            global future, task, done
            done = fixture.nap(0.0, 7).start()
            await asyncio.sleep(0.01)
            future = fixture.nap(0.3, 1).start()
            task = asyncio.ensure_future(fixture.nap(0.3, 2))
            await asyncio.sleep(0)

        loop.run_until_complete(main())
        fresh = fixture.nap(0.001, 3)

        def body():
            global future, task, fresh, done
            counted = fixture.created(), fixture.dropped()
            refused(lambda: asyncio.run(fresh), "fixture.nap")
            refused(lambda: future.result(), "fixture.nap")
            refused(lambda: future.exception(), "fixture.nap")
            refused(lambda: future.add_done_callback(print), "fixture.nap")

            async def wait():
                await future
            refused(lambda: asyncio.run(wait()), "fixture.nap")
            assert done.result() == 7
            # The inherited loop tells what waits in it, if it turns at all.
            refused(lambda: loop.run_until_complete(task), "fixture.nap")
            refused(lambda: future.result(), "fixture.nap")
            del future, task, fresh, done
            gc.collect()
            assert counted == (fixture.created(), fixture.dropped()), "the child polled or dropped what it inherited"
            # It shares its descriptors with the parent: nothing new may wait there.
            refused(lambda: loop.run_until_complete(fixture.nap(60)), "loop", "asyncio.run")
            works()

        in_child(body)
        assert loop.run_until_complete(asyncio.gather(future, task, fresh)) == [1, 2, 3]
        loop.close()
    """,
    "awaitables that are cancelled or closed": """
        loop = asyncio.new_event_loop()

        async def main():
            global future, task, suspended
            future = fixture.wait_forever().start()
            task = asyncio.ensure_future(fixture.wait_forever())
            suspended = fixture.wait_forever()
            suspended.send(None)
            await asyncio.sleep(0)

        loop.run_until_complete(main())
        fresh, other = fixture.wait_forever(), fixture.wait_forever()

        def body():
            counted = fixture.created(), fixture.dropped()
            fresh.close()
            try:
                other.throw(KeyError("mine"))
            except KeyError:
                pass
            try:
                suspended.throw(KeyError("mine"))
            except KeyError:
                pass
            assert future.cancel() and future.cancelled() and not future.cancel()
            assert task.cancel()
            try:
                loop.run_until_complete(task)
            except asyncio.CancelledError:
                pass
            assert counted == (fixture.created(), fixture.dropped())

        in_child(body)
        assert not future.done() and not task.done()
        for each in (future, task):
            each.cancel()
        suspended.close(), fresh.close(), other.close()
        loop.run_until_complete(asyncio.wait([task]))
        assert fixture.created() == fixture.dropped() == 3
        loop.close()
    """,
    "in a running loop, with os._exit": """
        async def main():
            futures = [fixture.nap(0.2, i).start() for i in range(100)]
            busy = [fixture.work(ENDLESS).start() for _ in range(2)]
            tasks = [asyncio.ensure_future(fixture.nap(0.2, i)) for i in range(100)]
            await asyncio.sleep(0.01)
            in_child(works)
            await calls()
            assert await asyncio.gather(*futures) == list(range(100))
            assert await asyncio.gather(*tasks) == list(range(100))
            for each in busy:
                each.cancel()

        asyncio.run(main())
    """,
    "in a running loop, with a normal exit": """
        async def main():
            pending = [fixture.nap(0.3, i).start() for i in range(100)]
            tasks = [asyncio.ensure_future(fixture.nap(0.3, i)) for i in range(100)]
            object = fixture.Counter()
            unused = fixture.nap(1)
            await asyncio.sleep(0.01)
            child = os.fork()
            if child == 0:
                sys.exit(7)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
            assert await asyncio.gather(*pending) == list(range(100))
            assert await asyncio.gather(*tasks) == list(range(100))
            assert object.add() == 1
            await calls()
            unused.close()

        asyncio.run(main())
    """,
    "in a running loop that the child goes on with": """
        async def wait(call):
            try:
                await call(7)
            except fixture.ForkedError:
                return "told"
            return "done"

        async def main():
            waiting = [asyncio.ensure_future(wait(call)) for call in KINDS * 3]
            while fixture.kept_polls() < 9:
                await asyncio.sleep(0)
            child = os.fork()
            fixture.wake_kept()
            answers = [await task for task in waiting]  # asyncio knows of no running loop in the child
            if child == 0:
                assert answers == ["told"] * 9, answers
                works()
                assert kept() == (9, 9), "the child polled or dropped what it inherited"
                return
            assert answers == ["done"] * 9, answers
            assert kept() == (18, 0)
            ends_well(child)
            await calls()

        asyncio.run(main())
    """,
    "with wakers in a static": """
        async def main():
            futures = [call(7).start() for call in KINDS]
            while fixture.kept_polls() < 3:
                await asyncio.sleep(0)

            def body():
                fixture.wake_kept()
                works()  # its loop and its workers had their turns
                assert kept() == (3, 3), "the child polled or dropped what it inherited"

            in_child(body)
            assert kept() == (3, 3)
            fixture.wake_kept()
            assert await asyncio.gather(*futures) == [7, 7, 7]
            assert kept() == (6, 0)

        asyncio.run(main())
    """,
    "with a socket": """
        server = EchoServer()

        async def main():
            global connection
            connection = await fixture.Connection.connect(server.port)
            assert await connection.echo(b"one") == b"one"

            def drops():
                global connection
                refused(lambda: connection.echo(b"x"), "Connection")
                del connection
                gc.collect()

                async def own():
                    connection = await fixture.Connection.connect(server.port)
                    assert await connection.echo(b"mine") == b"mine"
                asyncio.run(own())

            for leave in (os._exit, sys.exit):
                in_child(drops, leave)
                assert await asyncio.wait_for(connection.echo(b"two"), 10) == b"two"
                # While a read is pending, too.
                waiting = connection.echo(bytes(3_000_000)).start()
                await asyncio.sleep(0)
                in_child(works, leave)
                assert await asyncio.wait_for(waiting, 10) == bytes(3_000_000)

        loop = asyncio.new_event_loop()
        loop.run_until_complete(main())
        loop.close()
    """,
    "while workers hold locks": """
        # Workers drop large `bytes` under a lock, and objects of Python's into a list.
        stop = False

        def serve():
            async def main():
                while not stop:
                    for _ in range(50):
                        fixture.keep_bytes(bytes(20_000))
                        await asyncio.gather(fixture.forget_bytes(), fixture.forget_bytes())
            asyncio.run(main())

        threads = [threading.Thread(target=serve) for _ in range(2)]
        for thread in threads:
            thread.start()
        for _ in range(60):
            in_child(works)
        stop = True
        for thread in threads:
            thread.join()
    """,
    "from another thread": """
        async def main():
            loop = asyncio.get_running_loop()
            futures = [fixture.nap(0.2, i).start() for i in range(20)]
            await loop.run_in_executor(None, in_child, works)
            assert await asyncio.gather(*futures) == list(range(20))
        asyncio.run(main())
    """,
    "not by os.fork": """
        import ctypes
        works()
        counter = fixture.Counter()
        libc = ctypes.PyDLL(None)

        def body():
            refused(lambda: counter.add(), "Counter")
            works()

        os.fork = libc.fork
        in_child(body)
        works()
    """,
    "with a loop without add_reader": """
        class Loop(asyncio.SelectorEventLoop):
            ready = False

            def add_reader(self, *args):
                if self.ready:
                    raise NotImplementedError
                super().add_reader(*args)

        def run():
            loop = Loop()
            loop.ready = True
            loop.run_until_complete(calls())
            loop.ready = False
            loop.close()

        run()
        in_child(run)
        run()
    """,
    "from host code": """
        async def add(value):
            await asyncio.sleep(0)
            in_child(works)
            return value + 1

        def at_once(value):
            in_child(works)
            return value + 1

        def keep(value):
            in_child(works)
            return True

        async def main():
            assert await fixture.apply(1, add) == 2
            assert await fixture.apply(1, at_once) == 2
            assert await fixture.filter([1], keep) == [1]
            assert fixture.filter_now([1], keep) == [1]
            assert await fixture.count_to(1, keep) == 1
            await calls()

        asyncio.run(main())
    """,
    "in a run of trio's": """
        import trio

        async def trios():
            assert await fixture.nap(0.001, 3) == 3
            async with trio.open_nursery() as nursery:
                for _ in range(20):
                    nursery.start_soon(fixture.nap, 0.001)
            assert (await fixture.Counter.connect("new")).add() == 1001

        async def main():
            counter = fixture.Counter()

            async def wait():
                assert await fixture.nap(0.3, 5) == 5

            def body():
                refused(lambda: counter.add(), "Counter")
                works()

            async with trio.open_nursery() as nursery:
                for _ in range(20):
                    nursery.start_soon(wait)
                await trio.sleep(0.01)
                in_child(body)
                await trio.to_thread.run_sync(in_child, body)
                await trios()
            assert counter.add() == 1

        trio.run(main)
        in_child(lambda: trio.run(trios))
        trio.run(trios)
    """,
    "in a run of trio's that the child goes on with": """
        import trio
        ends = []

        async def wait(call):
            try:
                ends.append(await call(7))
            except fixture.ForkedError:
                ends.append("told")

        async def main(leave):
            child = None
            async with trio.open_nursery() as nursery:
                for call in KINDS * 3:
                    nursery.start_soon(wait, call)
                while fixture.kept_polls() < 9:
                    await trio.sleep(0)
                child = os.fork()
                if child:
                    ends_well(child)
                    assert kept() == (9, 9)
                fixture.wake_kept()
            if child:
                assert ends == [7] * 9 and kept() == (18, 0), ends
                assert await fixture.nap(0.001, 3) == 3
                return
            refused(lambda: fixture.nap(60).send(None), "loop")
            if leave:
                passed()

        def passed():
            assert ends == ["told"] * 9, ends
            works()
            assert kept() == (9, 9), "the child polled or dropped what it inherited"
            os._exit(0)

        def ended():
            "A child that ends the run; its parent does not, for it could not: they share what wakes a run."
            global ends_well
            in_time = ends_well

            def ends_well(child):
                in_time(child)
                os._exit(0)

            trio.run(main, False)
            passed()

        in_child(ended)
        trio.run(main, True)
    """,
    "with subprocesses": """
        import subprocess
        async def main():
            future = fixture.nap(0.2, 5).start()
            for options in ({}, {"preexec_fn": lambda: None}, {"close_fds": False}):
                command = [sys.executable, "-c", "print(6)"]
                child = subprocess.Popen(command, stdout=subprocess.PIPE, **options)
                assert child.communicate()[0] == b"6\\n"
            process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
            assert await process.communicate() == (b"6\\n", None)
            assert await future == 5
            await calls()
        asyncio.run(main())
    """,
}

PROCESSES = """
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    async def nap(value):
        return await fixture.nap(0.001, value)

    def work(value):
        return asyncio.run(nap(value))

    def main():
        context = multiprocessing.get_context(METHOD)
        assert work(1) == 1
        with context.Pool(2) as pool:
            assert pool.map(work, range(10)) == list(range(10))

        async def meanwhile():
            future = fixture.nap(0.2, 5).start()
            with ProcessPoolExecutor(2, mp_context=context) as pool:
                loop = asyncio.get_running_loop()
                answers = await asyncio.gather(*[loop.run_in_executor(pool, work, i) for i in range(10)])
            assert answers == list(range(10))
            assert await future == 5
            assert await nap(3) == 3

        asyncio.run(meanwhile())
        process = context.Process(target=work, args=(1,))
        process.start()
        process.join()
        assert process.exitcode == 0
        assert work(2) == 2

    if __name__ == "__main__":
        main()
"""


def run(source: str, *command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", *(command or ("-c", source))],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr == ""


@pytest.mark.parametrize("case", CASES)
def test_fork(case: str) -> None:
    run(textwrap.dedent(COMMON) + textwrap.dedent(CASES[case]))


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_multiprocessing(method: str, tmp_path: object) -> None:
    file = tmp_path / "program.py"  # type: ignore[operator]
    file.write_text(textwrap.dedent(COMMON) + f"METHOD = {method!r}\n" + textwrap.dedent(PROCESSES))
    run("", str(file))
