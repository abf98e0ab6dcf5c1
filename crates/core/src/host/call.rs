//! The futures that wait for host code.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::error::{HostError, short_name};
use super::function::{Given, Signature};
use super::lane;
use super::request::{Ask, Request};
use crate::convert::{Bridged, FromHost, Reader};
use crate::desc::{FnDesc, FnKind, Mode, Name, TypeDesc};
use crate::marker::MaybeSend;

/// One call of host code. It starts when it is first polled, on the loop of the bridged call that polls it.
///
/// # Cancel safety
/// Dropping it before it is ready cancels the host code: the Python task, the function's `AbortSignal`.
#[must_use = "host code is called when this is awaited"]
pub struct HostCall<G: Given> {
    request: Arc<dyn Ask<G>>,
    /// What the bridged call ends with, since this has no place for it.
    failure: Option<HostError>,
}

// SAFETY: without threads nothing is ever sent or shared.
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
unsafe impl<G: Given> Send for HostCall<G> {}
// SAFETY: as above.
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
unsafe impl<G: Given> Sync for HostCall<G> {}

impl<G: Given> HostCall<G> {
    pub(super) fn new<S: Signature<Given = G>>(request: Arc<Request<S>>) -> Self {
        Self { request, failure: None }
    }
}

impl<G: Given> Future for HostCall<G> {
    type Output = G;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<G> {
        if let Some(error) = self.failure.take() {
            error.unwind()
        }
        match Arc::clone(&self.request).poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(given)) => Poll::Ready(given),
            Poll::Ready(Err(error)) if lane::in_task() => {
                // The task that polls us ends with this poll, and drops us. An executor within it would wait for ever: it is
                // woken, and polls on into the unwinding.
                self.failure = Some(error.clone());
                cx.waker().wake_by_ref();
                lane::fail(error, None);
                Poll::Pending
            }
            Poll::Ready(Err(error)) => {
                // Whoever joins the spawned task may never look.
                if let Some(lane) = self.request.lane() {
                    lane.fail(error.clone());
                }
                error.unwind()
            }
        }
    }
}

impl<G: Given> Drop for HostCall<G> {
    fn drop(&mut self) {
        Arc::clone(&self.request).let_go();
    }
}

impl<G: Given> fmt::Debug for HostCall<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostCall")
    }
}

/// Something that the host can await, passed in: a coroutine, task or future of Python's, a JavaScript promise or thenable.
///
/// It is started by its host's own rule: a coroutine when Rust first polls it, a promise is running already.
///
/// # Errors
/// [`HostError`]: the exception that it ended with; also when its value is no `T`, or its loop went away.
///
/// # Cancel safety
/// Dropping it while it is awaited cancels the Python task or future. A coroutine that was never polled is let go of, as
/// if nobody had awaited it. A promise goes on: JavaScript has no way to stop it.
#[must_use = "a coroutine of the host's does nothing unless it is awaited"]
pub struct HostFuture<T: FromHost + MaybeSend + 'static>(HostCall<Result<T, HostError>>);

impl<T: FromHost + MaybeSend + 'static> Future for HostFuture<T> {
    type Output = Result<T, HostError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<T: FromHost + MaybeSend + 'static> fmt::Debug for HostFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostFuture<{}>", short_name::<T>())
    }
}

/// The signature of an awaitable: no arguments.
#[derive(Debug)]
pub struct Awaited<T>(PhantomData<fn() -> T>);

impl<T: FromHost + MaybeSend + 'static> Signature for Awaited<T> {
    type Args = ();
    type Given = Result<T, HostError>;
    const OWNER: Option<&'static str> = None;
    const DESC: &'static FnDesc = &FnDesc {
        name: Name { rust: "awaitable", python: "awaitable", js: "promise" },
        path: "",
        doc: "",
        kind: FnKind::Function,
        mode: Mode::Async,
        params: &[],
        returns: <T as Bridged>::TYPE,
        throws: None,
        number: false,
    };
}

#[diagnostic::do_not_recommend]
impl<T: FromHost + MaybeSend + 'static> Bridged for HostFuture<T> {
    const TYPE: TypeDesc = TypeDesc::Future(&T::TYPE);
}

#[diagnostic::do_not_recommend]
impl<T: FromHost + MaybeSend + 'static> FromHost for HostFuture<T> {
    fn from_host<R: Reader>(value: R) -> Result<Self, R::Error> {
        let callee = value.awaitable::<Awaited<T>>()?;
        super::put_to_use();
        Ok(Self(HostCall::new(Request::new(callee, ()))))
    }
}
