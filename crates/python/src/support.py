"""What is easier said in Python: classes made from descriptions, and messages. Run once, when the module is imported."""

import asyncio
import dataclasses
import datetime
import enum
import inspect
import linecache
import sys
import traceback
import typing
import warnings
from collections.abc import Awaitable, Callable

# What annotations refer to besides the classes of the module.
KNOWN = {"datetime": datetime, "Awaitable": Awaitable, "Callable": Callable}


class PanicError(RuntimeError):
    """Rust code panicked. The process lives on; what the panic left half done is for the author to say."""


class AbortedError(RuntimeError):
    """Rust gave a call up before its end: the task was aborted, or its runtime or event loop was shut down."""


class ForkedError(RuntimeError):
    """It was made before the process forked, and belongs to the parent. Make a new one in the child."""


class LiveCall(typing.NamedTuple):
    """A call that has suspended and not ended."""

    name: str
    age: datetime.timedelta
    state: str


def hint(annotation):
    """The type itself, or the text where it names a class of the module: that one may not be there yet."""
    try:
        return eval(annotation, dict(KNOWN))
    except NameError:
        return annotation


def function_globals(package):
    """What the annotations of a function refer to, for `typing.get_type_hints`."""
    return {**KNOWN, **vars(sys.modules[package])}


def record(package, name, doc, fields, base=None):
    """A frozen dataclass. `fields` are (name, type, optional); the last ones that are optional default to None."""
    required = len(fields)
    while required and fields[required - 1][2]:
        required -= 1
    spec = [
        (field, hint(kind)) if index < required else (field, hint(kind), dataclasses.field(default=None))
        for index, (field, kind, _) in enumerate(fields)
    ]
    parent = () if base is None else (base,)
    namespace = {"__module__": package, "__doc__": doc or f"{name}({', '.join(field for field, _, _ in fields)})"}
    if base is not None:
        namespace["__qualname__"] = f"{base.__qualname__}.{name}"
    made = dataclasses.make_dataclass(name, spec, bases=parent, namespace=namespace, frozen=True, slots=True)
    if base is not None:
        setattr(base, name, made)
    return made


def union(package, name, doc):
    """The base of the variants of an enum with data."""
    def refuse(cls, *_args, **_kwargs):
        if cls is base:
            raise TypeError(f"cannot create '{name}' instances; use one of its variants")
        return object.__new__(cls)

    base = type(name, (), {"__module__": package, "__doc__": doc, "__slots__": (), "__new__": refuse})
    return base


def plain_enum(package, name, doc, members):
    made = enum.Enum(name, members, module=package, qualname=name)
    made.__doc__ = doc
    return made, [made[code] for code, _ in members]


def error(package, name, doc):
    def __init__(self, message="", /, **fields):
        unknown = fields.keys() - set(self.__match_args__)
        if unknown:
            raise TypeError(f"{type(self).__qualname__}() got an unexpected keyword argument '{min(unknown)}'")
        Exception.__init__(self, message or self.code)
        for field, value in fields.items():
            setattr(self, field, value)

    def __repr__(self):
        shown = [repr(arg) for arg in self.args]
        shown += [f"{field}={getattr(self, field)!r}" for field in self.__match_args__ if hasattr(self, field)]
        return f"{type(self).__qualname__}({', '.join(shown)})"

    namespace = {
        "__module__": package,
        "__doc__": doc,
        "__init__": __init__,
        "__repr__": __repr__,
        "__match_args__": (),
        "code": "",
    }
    return type(name, (Exception,), namespace)


def variant(base, name, doc, code, fields):
    namespace = {
        "__module__": base.__module__,
        "__qualname__": f"{base.__qualname__}.{name}",
        "__doc__": doc or base.__doc__,
        "__match_args__": tuple(field for field, _ in fields),
        "__annotations__": {field: hint(kind) for field, kind in fields},
        "code": code,
    }
    made = type(name, (base,), namespace)
    setattr(base, name, made)
    return made


def protocol(package, name, doc, methods):
    """The class of a callback trait. `methods` are (name, doc, params, returns), abstract and called by position."""
    namespace = {"__module__": package, "__doc__": doc}
    for method, text, params, returns in methods:
        made = unimplemented(f"{name}.{method}")
        made.__name__, made.__qualname__, made.__module__, made.__doc__ = method, f"{name}.{method}", package, text
        made.__isabstractmethod__ = True
        made.__signature__ = signature(params, returns, True, inspect.Parameter.POSITIONAL_ONLY)
        made.__annotations__ = {**{param: hint(kind) for param, kind, _ in params}, "return": hint(returns)}
        namespace[method] = made
    return type(typing.Protocol)(name, (typing.Protocol,), namespace)


def unimplemented(name):
    def refuse(self, /, *args):
        raise NotImplementedError(f"{name}() is not implemented")

    return refuse


def closable(cls, is_async):
    """`async with` for a class that has `close`, and `with` where that is not awaited."""
    async def __aenter__(self):
        return self

    async def __aexit__(self, exc_type, exc, traceback, /):
        closing = self.close()
        if is_async:
            await closing

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc, traceback, /):
        self.close()

    for method in (__aenter__, __aexit__) if is_async else (__aenter__, __aexit__, __enter__, __exit__):
        method.__qualname__ = f"{cls.__qualname__}.{method.__name__}"
        method.__module__ = cls.__module__
        setattr(cls, method.__name__, method)


def signature(params, returns, receiver, kind=inspect.Parameter.POSITIONAL_OR_KEYWORD):
    """`params` are (name, annotation, default), where a default is None, or a tuple of the source text."""
    made = [inspect.Parameter("self", kind)] if receiver else []
    for name, annotation, default in params:
        value = inspect.Parameter.empty if default is None else literal(*default)
        made.append(inspect.Parameter(name, kind, default=value, annotation=annotation))
    return inspect.Signature(made, return_annotation=returns)


def literal(text):
    """The value of a Rust literal; an ellipsis for other expressions."""
    for suffix in (".to_owned()", ".to_string()", ".into()"):
        text = text.removesuffix(suffix)
    known = {"": None, "true": True, "false": False, "None": None}
    if text in known:
        return known[text]
    if text[0] == '"' and text[-1] == '"' and "\\" not in text:
        return text[1:-1]
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            pass
    return ...


async def _coroutine(): ...


def code(name):
    """The code object of an `async def` of that name: what `inspect` looks at."""
    return _coroutine.__code__.replace(co_name=name)


def coroutine_mark():
    return getattr(inspect, "_is_coroutine_mark", None)


def origin(depth):
    """The frames of the caller, innermost first, as `cr_origin` has them."""
    frames = []
    frame = sys._getframe(1)
    while frame is not None and len(frames) < depth:
        frames.append((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        frame = frame.f_back
    return tuple(frames)


def is_awaitable(value):
    return inspect.isawaitable(value) or asyncio.isfuture(value)


def future_of(value, loop):
    """The future to wait for, or a coroutine that awaits the value; None for what cannot be awaited."""
    if asyncio.isfuture(value):
        if value.get_loop() is not loop:
            raise RuntimeError(f"{value!r} is attached to a different loop")
        return value
    return awaiting(value) if inspect.isawaitable(value) else None


async def awaiting(value):
    return await value


def add_note(error, note):
    """As `BaseException.add_note`, which came with 3.11."""
    error.__notes__ = [*getattr(error, "__notes__", ()), note]


class ShownFuture(asyncio.Future):
    """What a call that waits yields in asyncio's debug mode: one of asyncio's own, for the tools that look for those. It is
    done when the call is, and tells nothing else."""

    def __init__(self, call):
        super().__init__(loop=call.get_loop())
        self._call = call

    def done(self):
        return self._call.done()

    def add_done_callback(self, callback, *, context=None):
        self._call.add_done_callback(self._end, context=context)
        super().add_done_callback(callback, context=context)

    def cancel(self, msg=None):
        return self._call.cancel(msg)

    def _end(self, _):
        if not super().done():
            self.set_result(None)

    def __repr__(self):
        return f"<{type(self).__name__} of {self._call!r}>"


def shown_future(call):
    future = ShownFuture(call)
    future._asyncio_future_blocking = True
    return future


def shown_wait(call):
    """What waits for a started call in asyncio's debug mode."""
    yield from ShownFuture(call)
    return call.result()


def unheard(loop, exception):
    """An exception of a function that Rust called when nobody waited for the call any more."""
    loop.call_exception_handler({"message": "Exception in a callback of Rust code", "exception": exception})


def never_awaited(coroutine, name):
    message = [f"coroutine '{name}' was never awaited"]
    if coroutine.cr_origin is not None:
        message.append("Coroutine created at (most recent call last)")
        lines = [
            (filename, lineno, function, linecache.getline(filename, lineno))
            for filename, lineno, function in reversed(coroutine.cr_origin)
        ]
        message.append("".join(traceback.format_list(lines)).rstrip())
    warnings.warn("\n".join(message), RuntimeWarning, stacklevel=2, source=coroutine)


def never_retrieved(loop, future, exception, name):
    message = f"Future exception was never retrieved: {name}"
    loop.call_exception_handler({"message": message, "exception": exception, "future": future})


def thrown(kind, value=None, trace=None):
    """The exception instance that `throw` was given in any of its forms."""
    if isinstance(kind, BaseException):
        if value is not None:
            raise TypeError("instance exception may not have a separate value")
        made = kind
    elif isinstance(kind, type) and issubclass(kind, BaseException):
        if isinstance(value, kind):
            made = value
        elif value is None:
            made = kind()
        else:
            made = kind(*value) if isinstance(value, tuple) else kind(value)
    else:
        raise TypeError(
            f"exceptions must be classes or instances deriving from BaseException, not {type(kind).__name__}"
        )
    return made if trace is None else made.with_traceback(trace)
