//! Functions of the host in memory: they do what a test says, and write it down.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};

use ponton_core::host::HostError;
use ponton_core::host::function::{Asker, Callee, HostFn, Reply, Signature, Started, Stop};
use ponton_core::host::lane::Lane;
use ponton_core::host::notify::Notifier;

use super::host::{Call, Loop, OnDrop, Place};

/// `signature!(Name, Given, Mode)`: a function that takes a `u32`; for a notification also `Policy capacity`.
macro_rules! signature {
    ($name:ident, $given:ty, $mode:ident $(, $policy:ident $capacity:literal)?) => {
        pub(crate) struct $name;
        impl ponton_core::host::function::Signature for $name {
            type Args = (u32,);
            type Given = $given;
            const OWNER: Option<&'static str> = None;
            const DESC: &'static ponton_core::desc::FnDesc = &ponton_core::desc::FnDesc {
                name: ponton_core::desc::Name { rust: stringify!($name), python: stringify!($name), js: stringify!($name) },
                path: stringify!($name),
                doc: "",
                kind: ponton_core::desc::FnKind::Function,
                mode: ponton_core::desc::Mode::$mode,
                params: &[],
                returns: <$given as ponton_core::host::function::Given>::RETURNS,
                throws: <$given as ponton_core::host::function::Given>::THROWS,
                number: false,
            };
            $(const OVERFLOW: ponton_core::host::function::Overflow = ponton_core::host::function::Overflow {
                policy: ponton_core::host::function::Policy::$policy,
                capacity: $capacity,
            };)?
        }
    };
}
pub(crate) use signature;

signature!(Ask, Result<u32, HostError>, Async);

/// Asks once, and writes down what comes of it.
pub(crate) fn ask(event_loop: &Loop, f: &Function<Ask>, n: u32) -> impl Future<Output = u32> + Send + use<> {
    let (event_loop, f) = (event_loop.clone(), f.host_fn());
    async move {
        let _gone = OnDrop(event_loop.clone(), "dropped");
        match f.call((n,)).await {
            Ok(got) => event_loop.note(format!("got {got}")),
            Err(error) => event_loop.note(format!("failed: {error}")),
        }
        n
    }
}

/// What a function does when it is called.
pub(crate) enum Does<G> {
    Gives(Result<G, HostError>),
    /// A test answers later.
    Waits,
    /// It has taken the reply itself.
    Runs,
}

type Act<G> = dyn Fn(u32, Option<&Asker<G>>) -> Does<G> + Send + Sync;

/// A function of the host's. It writes down when it is called, and when it is stopped.
pub(crate) struct Function<S: Signature>(Arc<FunctionInner<S>>);

impl<S: Signature> Clone for Function<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct FunctionInner<S: Signature> {
    home: Loop,
    lane: Box<dyn Fn() -> Option<Arc<dyn Lane>> + Send + Sync>,
    act: Box<Act<S::Given>>,
    replies: Mutex<BTreeMap<u32, Reply<S::Given>>>,
}

impl<S: Signature<Args = (u32,)>> Function<S> {
    pub(crate) fn new(
        home: &Loop,
        act: impl Fn(u32, Option<&Asker<S::Given>>) -> Does<S::Given> + Send + Sync + 'static,
    ) -> Self {
        Self::handed_over(home, None, act)
    }

    /// One that was handed over on the loop behind `lane`.
    pub(crate) fn handed_over(
        home: &Loop,
        lane: Option<Arc<dyn Lane>>,
        act: impl Fn(u32, Option<&Asker<S::Given>>) -> Does<S::Given> + Send + Sync + 'static,
    ) -> Self {
        Self::with_lane(home, move || lane.clone(), act)
    }

    fn with_lane(
        home: &Loop,
        lane: impl Fn() -> Option<Arc<dyn Lane>> + Send + Sync + 'static,
        act: impl Fn(u32, Option<&Asker<S::Given>>) -> Does<S::Given> + Send + Sync + 'static,
    ) -> Self {
        let replies = Mutex::default();
        Self(Arc::new(FunctionInner { home: home.clone(), lane: Box::new(lane), act: Box::new(act), replies }))
    }

    /// One whose answers come later.
    pub(crate) fn slow(home: &Loop) -> Self {
        Self::new(home, |_, _| Does::Waits)
    }

    pub(crate) fn host_fn(&self) -> HostFn<S> {
        HostFn::new(Arc::clone(&self.0) as Arc<dyn Callee<S>>)
    }

    /// The way back for the call with this argument.
    #[track_caller]
    pub(crate) fn reply(&self, n: u32) -> Reply<S::Given> {
        self.0.replies.lock().unwrap().remove(&n).expect("it was called, and nobody answered")
    }

    pub(crate) fn is_waiting(&self, n: u32) -> bool {
        self.0.replies.lock().unwrap().contains_key(&n)
    }

    /// How many hold it, apart from this.
    pub(crate) fn holders(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

impl<S: Signature<Args = (u32,), Given = ()>> Function<S> {
    pub(crate) fn notifier(&self) -> Notifier<S> {
        Notifier::new(Arc::clone(&self.0) as Arc<dyn Callee<S>>)
    }

    /// One that has nothing against being called.
    pub(crate) fn glad(home: &Loop) -> Self {
        Self::new(home, |_, _| Does::Gives(Ok(())))
    }

    /// Such a one, whose lane is another one each time that it is asked for.
    pub(crate) fn handed_over_anew(home: &Loop) -> Self {
        let event_loop = home.clone();
        let lane = move || Some(Call::on(&event_loop, Place::OnLoop).as_lane());
        Self::with_lane(home, lane, |_, _| Does::Gives(Ok(())))
    }
}

impl<S: Signature<Args = (u32,)>> Callee<S> for FunctionInner<S> {
    fn is_here(&self) -> bool {
        self.home.is_here()
    }
    fn lane(&self) -> Option<Arc<dyn Lane>> {
        (self.lane)()
    }
    fn takes(&self, lane: &dyn Lane) -> bool {
        Call::is_on(lane, &self.home)
    }
    fn call(&self, (n,): (u32,), _: Option<&Arc<dyn Lane>>) -> Result<S::Given, HostError> {
        self.home.note(format!("call {n}"));
        match (self.act)(n, None) {
            Does::Gives(result) => result,
            Does::Waits | Does::Runs => unreachable!("a call gives its result at once"),
        }
    }
    fn start(&self, (n,): (u32,), _: &Arc<dyn Lane>, asker: &Asker<S::Given>) -> Started<S::Given> {
        self.home.note(format!("start {n}"));
        match (self.act)(n, Some(asker)) {
            Does::Gives(result) => return Started::Done(result),
            Does::Waits => drop(self.replies.lock().unwrap().insert(n, asker.reply())),
            Does::Runs => {}
        }
        Started::Running(Box::new(Stopper { home: self.home.clone(), n }))
    }
}

struct Stopper {
    home: Loop,
    n: u32,
}

impl Stop for Stopper {
    fn stop(self: Box<Self>) {
        self.home.note(format!("stop {}", self.n));
    }
}
