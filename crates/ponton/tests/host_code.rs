//! The other direction: functions and objects of the host's, as the author's code sees them.

#![allow(missing_docs, unreachable_pub, reason = "bridge modules of a test")]

mod common;

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use common::{Entry, Host, Value, error, function, int, list, number, text};

#[ponton::bridge(crate = crate::common)]
pub mod asks {
    use ponton::prelude::*;

    #[error]
    #[derive(Debug, thiserror::Error)]
    pub enum Refused {
        #[error("no {id}")]
        Missing { id: u64 },
        /// Objects and what holds them go out alone.
        #[error("busy")]
        Busy { by: Vec<Held>, first: First },
        #[error("the host failed")]
        Host(#[from] HostError),
    }

    type First = Held;

    #[error]
    #[derive(Debug, thiserror::Error)]
    pub enum Narrow {
        #[error("no")]
        No,
    }

    #[callback]
    pub trait Store {
        /// One value.
        async fn get(&self, key: String) -> Result<u32, Refused>;
        async fn plain(&self, #[number] id: u64) -> u32;
        #[overflow(drop_oldest, capacity = 2)]
        fn log(&self, r#type: String);
    }

    pub async fn get(store: Arc<dyn Store>, key: String) -> Result<u32, Refused> {
        store.log(key.clone());
        store.get(key).await
    }

    pub async fn many(stores: Vec<Arc<dyn Store>>) -> u32 {
        let mut sum = 0;
        for store in stores {
            sum += store.plain(7).await;
        }
        sum
    }

    /// Bounds, `Self`-free types and aliases stay what they are.
    pub type Answer = Result<u32, HostError>;

    pub async fn each(
        items: Vec<u32>,
        f: impl AsyncFn(u32, String) -> Answer + Send + Sync + 'static,
        #[number] done: Option<impl Fn(u64)>,
    ) -> Result<u32, HostError> {
        let mut sum = 0;
        for item in items {
            sum += f(item, "x".to_owned()).await?;
            if let Some(done) = &done {
                done(sum.into());
            }
        }
        Ok(sum)
    }

    pub async fn narrow(f: impl AsyncFn() -> Result<(), Narrow>) -> Result<(), Narrow> {
        f().await
    }

    pub fn any(items: Vec<u32>, test: impl FnMut(u32) -> bool) -> bool {
        items.into_iter().any(test)
    }

    #[object]
    pub struct Held {
        boxed: Box<dyn Fn(u32) + Send + Sync>,
        shared: Option<Arc<dyn Fn(u32) + Send + Sync>>,
    }

    impl std::fmt::Debug for Held {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Held")
        }
    }

    impl Held {
        pub fn new(boxed: Box<dyn Fn(u32) + Send + Sync>, shared: Option<Arc<dyn Fn(u32) + Send + Sync>>) -> Self {
            Self { boxed, shared }
        }

        pub fn tell(&self, n: u32) {
            (self.boxed)(n);
            if let Some(shared) = &self.shared {
                shared(n + 1);
            }
        }

        pub async fn with(&self, f: impl AsyncFn(u32) -> u32) -> u32 {
            f(1).await + f(2).await
        }
    }

    /// The call goes to another thread.
    pub async fn apart(n: u32, f: impl Fn(u32) -> BoxFuture<'static, Answer>) -> Answer {
        let elsewhere = f(n);
        let done = std::thread::spawn(move || super::ready(elsewhere));
        done.join().unwrap_or_else(|payload| std::panic::resume_unwind(payload))
    }

    /// The call goes to a task of its own.
    pub async fn spawned(n: u32, f: Option<impl Fn(u32) -> BoxFuture<'static, u32>>) -> Option<u32> {
        ponton::task::spawn(f?(n)).await.ok()
    }

    #[object]
    pub struct Source {
        next: Box<dyn Fn(u32) -> BoxFuture<'static, u32> + Send + Sync>,
        done: Option<Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>>,
    }

    impl Source {
        pub fn new(
            next: Box<dyn Fn(u32) -> BoxFuture<'static, u32> + Send + Sync>,
            done: Option<Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>>,
        ) -> Self {
            Self { next, done }
        }

        pub async fn read(&self, n: u32) -> u32 {
            let read = (self.next)(n).await;
            if let Some(done) = &self.done {
                done().await;
            }
            read
        }
    }

    pub async fn wait(value: HostFuture<u32>) -> Result<u32, HostError> {
        value.await
    }
}

/// A function that keeps what it is called with.
fn recorder() -> (Value, Arc<Mutex<Vec<Value>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    let record = function(move |mut args| {
        kept.lock().unwrap().append(&mut args);
        Ok(text("what it returns is ignored"))
    });
    (record, seen)
}

fn store(get: Value) -> (Value, Arc<Mutex<Vec<Value>>>) {
    let (log, seen) = recorder();
    let plain = function(|args| if args == [number(7)] { Ok(int(4)) } else { Err(text("not a number")) });
    let methods = [("get", get), ("plain", plain), ("log", log)].map(|(name, value)| match value {
        Value::Function(function) => (name, function),
        other => panic!("{other:?}"),
    });
    (Value::Methods(methods.into()), seen)
}

#[test]
fn a_method_gets_arguments_and_gives_a_value() {
    let (store, seen) = store(function(|args| if args == [text("a")] { Ok(int(3)) } else { Err(text("what?")) }));
    assert_eq!(Host::of("asks").call("get", [store, text("a")]).value(), int(3));
    assert_eq!(*seen.lock().unwrap(), [text("a")]);
}

#[test]
fn an_exception_of_the_enum_comes_in_as_its_variant() {
    let missing = error(["Refused", "Missing", "MISSING"], "no 7", [("id", int(7))]);
    let raised = missing.clone();
    let (store, _) = store(function(move |_| Err(raised.clone())));
    assert_eq!(Host::of("asks").call("get", [store, text("a")]).raised(), missing);
}

#[test]
fn any_other_exception_becomes_the_cause_of_the_variant_that_takes_it() {
    let (store, _) = store(function(|_| Err(text("boom"))));
    let Value::Error(raised) = Host::of("asks").call("get", [store, text("a")]).raised() else { panic!("an error") };
    assert_eq!((raised.variant, raised.sources), ("Host", vec![text("boom")]));
}

#[test]
fn so_does_a_variant_whose_fields_only_go_out() {
    let busy = error(["Refused", "Busy", "BUSY"], "busy", [("by", list([])), ("first", int(0))]);
    let raised = busy.clone();
    let (store, _) = store(function(move |_| Err(raised.clone())));
    let Value::Error(raised) = Host::of("asks").call("get", [store, text("a")]).raised() else { panic!("an error") };
    assert_eq!((raised.variant, raised.sources), ("Host", vec![busy]));
}

#[test]
fn objects_come_in_lists() {
    let (first, _) = store(function(|_| Ok(int(0))));
    assert_eq!(Host::of("asks").call("many", [list([first.clone(), first])]).value(), int(8));
}

#[test]
fn functions_are_closures_to_the_author() {
    let (done, seen) = recorder();
    let f = function(|args| match &args[..] {
        [Value::Int(false, n), Value::Text(x)] if x == "x" => Ok(int((n * 10).try_into().unwrap())),
        other => Err(text(&format!("{other:?}"))),
    });
    let host = Host::of("asks");
    assert_eq!(host.call("each", [list([int(1), int(2)]), f.clone(), done]).value(), int(30));
    assert_eq!(*seen.lock().unwrap(), [number(10), number(30)]);
    assert_eq!(host.call("each", [list([int(1)]), f, Value::None]).value(), int(10));
}

#[test]
fn what_a_function_raises_goes_through() {
    let f = function(|_| Err(text("boom")));
    let raised = Host::of("asks").call("each", [list([int(1)]), f, Value::None]).raised();
    assert_eq!(raised, text("boom"));
}

#[test]
fn sync_functions_are_called_for_their_value() {
    let odd = function(|args| Ok(Value::Bool(args == [int(3)])));
    assert_eq!(Host::of("asks").call("any", [list([int(2), int(3)]), odd]).value(), Value::Bool(true));
}

#[test]
fn functions_can_be_kept_in_boxes() {
    let ((boxed, first), (shared, second)) = (recorder(), recorder());
    let host = Host::of("asks");
    let held = host.call("Held.new", [boxed, shared]).value();
    host.method(&held, "tell", [int(1)]).value();
    assert_eq!((first.lock().unwrap().clone(), second.lock().unwrap().clone()), (vec![int(1)], vec![int(2)]));
    let twice = function(|args| Ok(args[0].clone()));
    assert_eq!(host.method(&held, "with", [twice]).value(), int(3));
}

#[test]
fn a_boxed_future_goes_anywhere() {
    let f = function(|args| Ok(args[0].clone()));
    assert_eq!(Host::of("asks").call("apart", [int(3), f]).value(), int(3));
    assert_eq!(Host::of("asks").call("spawned", [int(3), Value::None]).value(), Value::None);
}

#[test]
fn functions_that_are_awaited_can_be_kept_in_boxes() {
    let calls = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&calls);
    let done = function(move |_| {
        *counted.lock().unwrap() += 1;
        Ok(Value::None)
    });
    let host = Host::of("asks");
    let source = host.call("Source.new", [function(|args| Ok(args[0].clone())), done]).value();
    assert_eq!(host.method(&source, "read", [int(4)]).value(), int(4));
    assert_eq!(*calls.lock().unwrap(), 1);
}

#[test]
fn an_awaitable_is_a_future() {
    assert_eq!(Host::of("asks").call("wait", [function(|_| Ok(int(5)))]).value(), int(5));
}

#[test]
fn what_is_no_function_is_refused() {
    let refused = Host::of("asks").try_call("wait", None, vec![Some(int(1))]);
    assert!(refused.is_err_and(|error| error.path == "value"));
}

#[test]
fn the_description_says_all_of_it() {
    let json = Entry::named("asks").parsed();
    let callback = &json["callbacks"][0];
    assert_eq!(callback["name"], "Store");
    assert_eq!(callback["functions"][0]["throws"]["error"], "Refused");
    assert_eq!(callback["functions"][2]["params"][0]["name"]["python"], "type");
    let each = json["functions"].as_array().unwrap().iter().find(|f| f["name"]["rust"] == "each").unwrap();
    assert_eq!(each["params"][1]["type"]["function"]["mode"], "async");
    assert_eq!(each["params"][2]["type"]["option"]["function"]["params"][0]["number"], true);
    assert_eq!(each["params"][2]["optional"], true);
    let apart = json["functions"].as_array().unwrap().iter().find(|f| f["name"]["rust"] == "apart").unwrap();
    assert_eq!(apart["params"][1]["type"]["function"]["mode"], "async");
    assert_eq!(apart["params"][1]["type"]["function"]["returns"], "u32");
}

/// The output of a future that waits for nothing.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("pending"),
    }
}

/// What an author's own test writes: the trait implemented in Rust.
struct Fixed;

#[ponton::callback(crate = crate::common)]
impl asks::Store for Fixed {
    async fn get(&self, key: String) -> Result<u32, asks::Refused> {
        if key.is_empty() { Err(asks::Refused::Missing { id: 0 }) } else { Ok(1) }
    }
    async fn plain(&self, id: u64) -> u32 {
        u32::try_from(id).unwrap()
    }
    fn log(&self, _: String) {}
}

#[test]
fn the_core_is_tested_without_a_host() {
    let get = |key: &str| ready(asks::get(Arc::new(Fixed), key.to_owned()));
    assert!(matches!(get("a"), Ok(1)));
    assert!(matches!(get(""), Err(asks::Refused::Missing { id: 0 })));
    let double = async |n: u32, _: String| Ok(n * 2);
    let none: Option<fn(u64)> = None;
    assert_eq!(ready(asks::each(vec![1, 2], double, none)), Ok(6));
}
