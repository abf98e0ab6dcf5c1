"""A run of trio's as a loop, and how a task waits in it. Run once, in the namespace of `support.py`, when a call that waits
finds trio imported."""

import contextvars
import logging

import trio

try:
    from trio.lowlevel import in_trio_task
except ImportError:  # before 0.29

    def in_trio_task():
        try:
            trio.lowlevel.current_task()
        except RuntimeError:
            return False
        return True


_RUN = trio.lowlevel.RunVar("ponton")


def trio_run(loop):
    """The run whose task runs on this thread. `loop` is asyncio's running loop, or None: in guest mode the two share a
    thread, and then it is a task of trio's where asyncio has none."""
    if not in_trio_task() or (loop is not None and asyncio.current_task(loop) is not None):
        return None
    run = _RUN.get(None)
    if run is None or run.is_closed():
        run = TrioRun()
        _RUN.set(run)
    return run


class TrioRun:
    """The part of an event loop's interface that calls need. A system task of the run keeps it alive."""

    def __init__(self):
        self._token = trio.lowlevel.current_trio_token()
        self._closed = False
        # What is called when a descriptor is readable.
        self._wait = self._descriptor = self._reader = None
        # How many tasks wait for calls.
        self._waiting = 0
        self._ending = None
        trio.lowlevel.spawn_system_task(self._serve, name="ponton")

    def __repr__(self):
        return f"<trio run at {id(self):#x}>"

    async def _serve(self):
        try:
            await self._watch()
        finally:
            # The run ends. Other system tasks may wait on, for a poll under way to end, or behind a shield.
            while self._waiting:
                with trio.CancelScope(shield=True) as self._ending:
                    await self._watch()
            self._closed = True
            self._reader = None  # its end is that of whatever waits still

    async def _watch(self):
        while self._reader is not None:
            await self._wait(self._descriptor)
            self.call(self._reader)
        await trio.sleep_forever()

    def waits(self, change):
        self._waiting += change
        if self._waiting == 0 and self._ending is not None:
            self._ending.cancel()

    def add_reader(self, descriptor, reader):
        self._wait = trio.lowlevel.wait_readable
        self._descriptor, self._reader = descriptor, reader

    def call_soon_threadsafe(self, callback):
        self._token.run_sync_soon(self.call, callback)

    def call_soon(self, callback, *args, context):
        if type(callback) is Waiter:
            callback(*args)  # which reschedules its task
        else:
            self._token.run_sync_soon(self.call, context.run, callback, *args)

    def call(self, callback, *args):
        """An exception in a system task would end the run."""
        try:
            callback(*args)
        except Exception as error:
            self.call_exception_handler({"message": f"Exception in callback {callback!r}", "exception": error})

    def create_task(self, coroutine):
        return HostTask(self, coroutine)

    def is_closed(self):
        return self._closed

    def call_exception_handler(self, context):
        logging.getLogger("ponton").error(context["message"], exc_info=context["exception"])


async def trio_result(call):
    """The result of a started call."""
    await trio_wait(call)
    return call.result()


async def trio_wait(call):
    """Waits for the end of a started call."""
    if call.done():
        return
    run = call.get_loop()
    if not in_trio_task() or _RUN.get(None) is not run:
        raise RuntimeError(f"{call!r} is attached to a different loop: {run!r}")
    waiter = Waiter(call)
    try:
        await trio.lowlevel.wait_task_rescheduled(waiter.abort)
    finally:
        waiter.leave()
    if waiter.raise_cancel is not None and call.cancelled():
        waiter.raise_cancel()


class Waiter:
    """A task that waits for a call, as a callback of the call."""

    def __init__(self, call):
        self._call = call
        self._run = call.get_loop()
        self._task = trio.lowlevel.current_task()
        self._stopped = False
        self.raise_cancel = None
        self._run.waits(1)
        call.add_done_callback(self, context=self._task.context)

    def __call__(self, call):
        if not self._stopped:
            trio.lowlevel.reschedule(self._task)

    def abort(self, raise_cancel):
        """A cancel scope ends the wait: not before the Rust future is dropped, and not if its outcome came first."""
        if self._stop():
            return trio.lowlevel.Abort.SUCCEEDED
        self._stopped, self.raise_cancel = False, raise_cancel
        if self._call.done():  # with an error of host code
            self(self._call)
        return trio.lowlevel.Abort.FAILED

    def _stop(self):
        """Waits no longer, and cancels the call if nobody else does. True when nothing is left to wait for."""
        self._stopped = True
        if len(self._call._callbacks or ()) > 1:
            self._call.remove_done_callback(self)
            return True
        self._call.cancel()
        return self._call.cancelled()

    def leave(self):
        self._run.waits(-1)
        if not self._stopped and not self._call.done():  # the coroutine was closed, or something thrown into it
            self._stop()


class HostTask:
    """A task of trio's for host code that Rust awaits: as much of a future as Rust needs. It runs until its end, or until
    Rust cancels it."""

    def __init__(self, run, coroutine):
        self._loop = run
        self._scope = trio.CancelScope()
        self._value = self._error = self._callback = None
        name = getattr(coroutine, "__qualname__", None)
        trio.lowlevel.spawn_system_task(self._run, coroutine, name=name, context=contextvars.copy_context())

    async def _run(self, coroutine):
        if self._scope.cancel_called:
            coroutine.close()
            return
        try:
            with self._scope:
                self._value = await coroutine
        except trio.Cancelled:
            self._error = AbortedError("the run of trio ends, and its system tasks with it")
        except BaseException as error:
            self._error = error.with_traceback(error.__traceback__.tb_next)
        if not self._scope.cancel_called:
            self._loop.call(self._callback, self)

    def add_done_callback(self, callback):
        self._callback = callback

    def done(self):
        return False

    def cancel(self):
        self._scope.cancel()

    def exception(self):
        return self._error

    def result(self):
        return self._value
