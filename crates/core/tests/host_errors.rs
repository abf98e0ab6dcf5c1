//! What host code raises, on its way through Rust.

mod common;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use common::function::{Ask, Does, Function, signature};
use common::host::{Call, Loop, OnDrop, Place, elsewhere};
use common::reader::Value;
use ponton_core::convert::{ErrorText, Reader, Source, Writer};
use ponton_core::desc::{EnumDesc, TypeDesc};
use ponton_core::host::HostError;
use ponton_core::host::error::FromHostError;
use ponton_core::host::function::{Given, HostFn, Signature};
use ponton_core::module::{Raise, TypeSlot};
use ponton_core::panic::Caught;
use ponton_core::task::{Outcome, Task};

signature!(Plain, u32, Async);
signature!(Test, u32, Sync);
signature!(AskWide, Result<u32, Wide>, Async);
signature!(AskNarrow, Result<u32, Narrow>, Async);

static DESC: EnumDesc = EnumDesc { name: "Refused", module: "test", doc: "", has_data: false, variants: &[] };
static SLOT: TypeSlot = TypeSlot::new();

macro_rules! error_enum {
    ($name:ident, |$error:ident| $from:expr) => {
        impl FromHostError for $name {
            fn typed<R: Reader>(exception: R) -> Option<Self> {
                exception.error(&DESC, &SLOT).map(|_| Self::No)
            }
            fn from_error($error: HostError) -> Result<Self, HostError> {
                $from
            }
        }

        impl Raise for $name {
            const THROWS: Option<TypeDesc> = None;
            fn raise<W: Writer>(self, _: &mut W) -> Result<W::Value, W::Error> {
                unreachable!()
            }
        }
    };
}

/// With a variant for every exception that is none of its own.
#[derive(Debug, PartialEq, Eq)]
enum Wide {
    No,
    Host(HostError),
}
error_enum!(Wide, |error| Ok(Self::Host(error)));

#[derive(Debug, PartialEq, Eq)]
enum Narrow {
    No,
}
error_enum!(Narrow, |error| Err(error));

fn boom(n: u32) -> HostError {
    HostError::new("Boom", n.to_string())
}

fn raises<S: Signature<Args = (u32,)>>(event_loop: &Loop) -> Function<S> {
    Function::new(event_loop, |n, _| Does::Gives(Err(boom(n))))
}

/// Awaits a call that has no `Result`.
fn pick(event_loop: &Loop, f: &Function<Plain>, n: u32) -> impl Future<Output = u32> + Send + use<> {
    let (event_loop, f) = (event_loop.clone(), f.host_fn());
    async move {
        let _gone = OnDrop(event_loop.clone(), "dropped");
        let got = f.call((n,)).await;
        event_loop.note("went on");
        got
    }
}

#[test]
fn a_plain_result_that_raised_ends_the_call_with_the_exception() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnLoop), raises::<Plain>(&event_loop));
    let task = Task::new("pick", pick(&event_loop, &f, 1), call);
    let Poll::Ready(Outcome::Raised(error)) = task.poll_first() else { panic!("it has no result") };
    assert_eq!((error.class(), error.message()), ("Boom", "1"));
    assert_eq!(event_loop.log(), ["start 1", "dropped"]);
}

#[test]
fn a_plain_result_that_raises_later_ends_the_call_then() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnLoop), Function::<Plain>::slow(&event_loop));
    let task = Task::new("pick", pick(&event_loop, &f, 1), call.clone());
    assert!(task.poll_first().is_pending());
    let error = boom(1);
    f.reply(1).answer(Err(error.clone()));
    event_loop.turn();
    assert_eq!(event_loop.log(), ["start 1", "dropped", "settled raised"]);
    assert_eq!(call.raised(), [error], "the same one");
}

#[test]
fn of_two_exceptions_in_one_poll_the_first_ends_the_call() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnLoop), raises::<Plain>(&event_loop).host_fn());
    let both = futures::future::join(f.call((1,)), f.call((2,)));
    let task = Task::new("both", async move { both.await.0 }, call);
    let Poll::Ready(Outcome::Raised(error)) = task.poll_first() else { panic!("it has no result") };
    assert_eq!(error.message(), "1");
}

#[test]
fn an_exception_beats_a_result_of_the_same_poll() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnLoop), raises::<Plain>(&event_loop).host_fn());
    let race = futures::future::select(f.call((1,)), futures::future::ready(5));
    let task = Task::new("race", async move { race.await.factor_first().0 }, call);
    assert!(matches!(task.poll_first(), Poll::Ready(Outcome::Raised(_))));
}

#[test]
fn where_no_task_can_be_ended_an_exception_unwinds() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnLoop), raises::<Plain>(&event_loop));
    let polled = catch_unwind(AssertUnwindSafe(|| call.poll(pin!(f.host_fn().call((1,))))));
    let Caught::Raised(error) = Caught::from_payload(polled.unwrap_err()) else { panic!("another panic") };
    assert_eq!(error.class(), "Boom");
}

#[test]
fn a_panic_in_host_glue_is_a_panic_of_the_poll() {
    let event_loop = Loop::here();
    let call = Call::on(&event_loop, Place::OnLoop);
    let f = Function::<Ask>::new(&event_loop, |n, _| panic!("glue {n}"));
    let task = Task::new("ask", async move { f.host_fn().call((1,)).await }, call);
    let Poll::Ready(Outcome::Panicked(panic)) = task.poll_first() else { panic!("it panicked") };
    assert_eq!(panic.message, "glue 1");
    assert_eq!(event_loop.log(), ["start 1"]);
}

#[test]
fn a_panic_in_host_glue_on_the_loop_ends_the_call_and_not_the_loop() {
    let event_loop = Loop::here();
    let call = Call::on(&event_loop, Place::OnWorker);
    let f = Function::<Ask>::new(&event_loop, |n, _| panic!("glue {n}"));
    let task = Task::new("ask", async move { f.host_fn().call((1,)).await }, call.clone());
    task.start_elsewhere();
    elsewhere(|| call.run_due());
    event_loop.turn();
    elsewhere(|| call.run_due());
    event_loop.turn();
    assert_eq!(event_loop.log(), ["start 1", "settled raised"]);
    assert_eq!(call.raised()[0].to_string(), "PanicError: glue 1");
}

// ── typed errors ────────────────────────────────────────────────────────────

/// Raises an exception; `variant`: one of the error enum's own.
fn refuses<S: Signature<Args = (u32,)>>(event_loop: &Loop, variant: Option<usize>) -> HostFn<S> {
    Function::new(event_loop, move |n, _| Does::Gives(S::Given::raised(Value::Exception(variant), boom(n)))).host_fn()
}

#[test]
fn an_exception_of_the_enums_own_is_its_variant() {
    let event_loop = Loop::here();
    let call = Call::on(&event_loop, Place::OnLoop);
    assert_eq!(call.poll(pin!(refuses::<AskWide>(&event_loop, Some(0)).call((1,)))), Poll::Ready(Err(Wide::No)));
    assert_eq!(call.poll(pin!(refuses::<AskNarrow>(&event_loop, Some(0)).call((1,)))), Poll::Ready(Err(Narrow::No)));
}

#[test]
fn any_other_exception_is_the_variant_for_those() {
    let event_loop = Loop::here();
    let call = Call::on(&event_loop, Place::OnLoop);
    let Poll::Ready(Err(Wide::Host(error))) = call.poll(pin!(refuses::<AskWide>(&event_loop, None).call((1,)))) else {
        panic!("it takes every exception")
    };
    assert_eq!(error.to_string(), "Boom: 1");
    let Poll::Ready(Err(error)) = call.poll(pin!(refuses::<Ask>(&event_loop, Some(0)).call((2,)))) else {
        panic!("`HostError` takes every exception, and none is its own")
    };
    assert_eq!(error.to_string(), "Boom: 2");
}

#[test]
fn an_exception_that_the_enum_does_not_take_ends_the_call() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnLoop), refuses::<AskNarrow>(&event_loop, None));
    let task = Task::new("ask", async move { f.call((1,)).await.map_err(|_| boom(0)) }, call);
    let Poll::Ready(Outcome::Raised(error)) = task.poll_first() else { panic!("no variant takes it") };
    assert_eq!(error.to_string(), "Boom: 1");
}

#[test]
fn a_loop_that_is_gone_is_an_error_of_the_enum_where_it_takes_one() {
    let event_loop = Loop::here();
    let call = Call::on(&event_loop, Place::OnWorker);
    event_loop.close();
    elsewhere(|| {
        let asked = call.poll(pin!(refuses::<AskWide>(&event_loop, None).call((1,))));
        assert!(matches!(asked, Poll::Ready(Err(Wide::Host(_)))));
    });
    let f = refuses::<AskNarrow>(&event_loop, None);
    let task = Task::new("ask", async move { f.call((1,)).await.map_err(|_| boom(0)) }, call);
    let outcome = elsewhere(|| task.poll_first());
    assert!(matches!(outcome, Poll::Ready(Outcome::Raised(error)) if error.class() == "AbortedError"));
}

#[test]
fn a_result_that_nobody_asked_for_may_be_anything() {
    assert_eq!(<() as Given>::value(Value::Exception(None)), Ok(()));
    assert_eq!(<Result<(), HostError> as Given>::value(Value::Exception(None)), Ok(Ok(())));
}

#[test]
fn an_exception_stays_one_object() {
    let error = boom(1);
    assert_eq!(error, error.clone());
    assert_ne!(error, boom(1), "another one that says the same");
    assert_eq!(HostError::new("KeyError", "").to_string(), "KeyError");
}

#[test]
fn a_chain_of_causes_ends_with_the_hosts_exception() {
    #[derive(Debug)]
    struct Outer(HostError);
    impl std::fmt::Display for Outer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("outer")
        }
    }
    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }
    let error = boom(1);
    let text = ErrorText::of(&Outer(error.clone()));
    assert_eq!(text, ErrorText { message: "outer".to_owned(), sources: vec![Source::Host(error)] });
}

// ── calls for a value ───────────────────────────────────────────────────────

#[test]
fn called_here_it_gives_its_value() {
    let event_loop = Loop::here();
    let f = Function::<Test>::new(&event_loop, |n, _| Does::Gives(Ok(n + 1)));
    assert_eq!(f.host_fn().call_here((1,)), 2);
    assert_eq!((event_loop.log(), event_loop.posts()), (vec!["call 1".to_owned()], 0));
}

#[test]
fn an_exception_of_a_function_called_here_ends_the_call() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnLoop), raises::<Test>(&event_loop).host_fn());
    let gone = OnDrop(event_loop.clone(), "dropped");
    let task = Task::new("test", async move { (gone, f.call_here((1,))).1 }, call);
    let Poll::Ready(Outcome::Raised(error)) = task.poll_first() else { panic!("it raised") };
    assert_eq!((error.class(), event_loop.log()), ("Boom", vec!["call 1".to_owned(), "dropped".to_owned()]));
}

#[test]
fn a_function_is_called_here_on_its_hosts_thread_only() {
    let event_loop = Loop::here();
    let f: HostFn<Test> = raises::<Test>(&event_loop).host_fn();
    let panic = elsewhere(|| catch_unwind(AssertUnwindSafe(|| f.call_here((1,)))).unwrap_err());
    let Caught::Panicked(panic) = Caught::from_payload(panic) else { panic!("no exception") };
    assert!(panic.message.contains("`Test` can only be called on the host's own thread"), "{}", panic.message);
    assert!(event_loop.log().is_empty());
}
