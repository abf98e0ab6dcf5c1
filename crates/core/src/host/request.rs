//! One call of host code, between the future that waits for it and the loop that runs it.

use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};

use super::error::HostError;
use super::function::{Answer, Asker, Callee, Given, Signature, Started, Stop, name};
use super::lane::{self, Errand, Lane};
use crate::marker::{MaybeSend, MaybeSync};
use crate::panic::PanicMessage;
use crate::sync::{Mutex, MutexGuard};

/// A [`Request`] as its future sees it.
pub(super) trait Ask<G>: MaybeSend + MaybeSync {
    /// An `Err` ends the bridged call.
    fn poll(self: Arc<Self>, cx: &Context<'_>) -> Poll<Result<G, HostError>>;
    /// Nobody waits any longer.
    fn let_go(self: Arc<Self>);
    /// Where it was started.
    fn lane(&self) -> Option<Arc<dyn Lane>>;
}

/// Shared by the future and the loop.
pub(super) struct Request<S: Signature> {
    callee: Arc<dyn Callee<S>>,
    state: Mutex<State<S>>,
}

struct State<S: Signature> {
    phase: Phase<S>,
    lane: Option<Arc<dyn Lane>>,
    waker: Option<Waker>,
}

enum Phase<S: Signature> {
    /// Not polled yet.
    Created(S::Args),
    /// On its way to the loop's thread.
    Queued(S::Args),
    /// The loop's thread is calling the host code.
    Starting,
    Running(Box<dyn Stop>),
    /// Let go of elsewhere; on its way to the loop's thread, to be stopped.
    Stopping(Box<dyn Stop>),
    Done(Result<S::Given, HostError>),
    /// The answer was taken, or nobody waits for it.
    Gone,
}

impl<S: Signature> Request<S> {
    pub(super) fn new(callee: Arc<dyn Callee<S>>, args: S::Args) -> Arc<Self> {
        let state = State { phase: Phase::Created(args), lane: None, waker: None };
        Arc::new(Self { callee, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls the host code. The phase is `Starting`, and no lock is held: anything may happen meanwhile.
    fn start(self: &Arc<Self>, args: S::Args, lane: &Arc<dyn Lane>) -> Option<Result<S::Given, HostError>> {
        let request = Arc::clone(self) as Arc<dyn Answer<S::Given>>;
        match lane::outside(|| self.callee.start(args, lane, &Asker::new(request))) {
            Started::Done(result) => Some(result),
            Started::Running(stop) => {
                let mut state = self.state();
                match &state.phase {
                    Phase::Starting => {
                        state.phase = Phase::Running(stop);
                    }
                    Phase::Gone => {
                        drop(state);
                        lane::outside(|| stop.stop());
                    }
                    // Answered already.
                    _ => {}
                }
                None
            }
        }
    }

    fn first_poll(self: &Arc<Self>, args: S::Args, cx: &Context<'_>) -> Poll<Result<S::Given, HostError>> {
        let Some(lane) = lane::current_for(&*self.callee).or_else(|| self.callee.lane()) else {
            self.state().phase = Phase::Gone;
            return Poll::Ready(S::Given::failed(HostError::no_loop(&name::<S>())));
        };
        {
            let mut state = self.state();
            state.lane = Some(Arc::clone(&lane));
            state.waker = Some(cx.waker().clone());
        }
        if lane.is_here() {
            self.state().phase = Phase::Starting;
            if let Some(result) = self.start(args, &lane) {
                self.state().phase = Phase::Gone;
                return Poll::Ready(result);
            }
        } else {
            self.state().phase = Phase::Queued(args);
            if let Err(errand) = lane.post(Arc::clone(self) as Arc<dyn Errand>) {
                errand.abandon();
            }
        }
        self.take()
    }

    /// The answer, if it is there.
    fn take(&self) -> Poll<Result<S::Given, HostError>> {
        let mut state = self.state();
        match mem::replace(&mut state.phase, Phase::Gone) {
            Phase::Done(result) => Poll::Ready(result),
            Phase::Gone => panic!("a call of host code was polled after it was ready"),
            waiting => {
                state.phase = waiting;
                Poll::Pending
            }
        }
    }

    /// Leaves the answer for the future. Gives its waker, if it waits.
    fn finish(&self, result: Result<S::Given, HostError>) -> Option<Waker> {
        let mut state = self.state();
        if !matches!(state.phase, Phase::Queued(_) | Phase::Starting | Phase::Running(_)) {
            return None;
        }
        // What is replaced may hold objects of the host's, whose destructors run any code.
        let before = mem::replace(&mut state.phase, Phase::Done(result));
        let waker = state.waker.take();
        drop(state);
        drop(before);
        waker
    }
}

impl<S: Signature> Ask<S::Given> for Request<S> {
    fn poll(self: Arc<Self>, cx: &Context<'_>) -> Poll<Result<S::Given, HostError>> {
        let mut state = self.state();
        if !matches!(state.phase, Phase::Created(_)) {
            match &mut state.waker {
                Some(waker) => waker.clone_from(cx.waker()),
                none => *none = Some(cx.waker().clone()),
            }
            drop(state);
            return self.take();
        }
        let Phase::Created(args) = mem::replace(&mut state.phase, Phase::Gone) else { unreachable!("just seen") };
        drop(state);
        self.first_poll(args, cx)
    }

    fn lane(&self) -> Option<Arc<dyn Lane>> {
        self.state().lane.clone()
    }

    fn let_go(self: Arc<Self>) {
        let mut state = self.state();
        let lane = state.lane.clone();
        let before = mem::replace(&mut state.phase, Phase::Gone);
        let waker = state.waker.take();
        match (before, lane) {
            (Phase::Running(stop), Some(lane)) if lane.is_here() => {
                drop(state);
                lane::outside(|| stop.stop());
            }
            (Phase::Running(stop), Some(lane)) => {
                state.phase = Phase::Stopping(stop);
                drop(state);
                if let Err(errand) = lane.post(Arc::clone(&self) as Arc<dyn Errand>) {
                    errand.abandon();
                }
            }
            (before, _) => {
                drop(state);
                drop(before);
            }
        }
        drop(waker);
    }
}

impl<S: Signature> Answer<S::Given> for Request<S> {
    fn answer(self: Arc<Self>, result: Result<S::Given, HostError>) {
        if let Some(waker) = self.finish(result) {
            lane::deliver(|| waker.wake());
        }
    }

    fn give_up(self: Arc<Self>) {
        Errand::abandon(self);
    }

    fn errand(self: Arc<Self>) -> Arc<dyn Errand> {
        self
    }
}

impl<S: Signature> Errand for Request<S> {
    fn run(self: Arc<Self>) {
        let mut state = self.state();
        match mem::replace(&mut state.phase, Phase::Gone) {
            Phase::Queued(args) => {
                let Some(lane) = state.lane.clone() else { return };
                state.phase = Phase::Starting;
                drop(state);
                let started = panic::catch_unwind(AssertUnwindSafe(|| self.start(args, &lane)));
                match started {
                    Ok(None) => {}
                    Ok(Some(result)) => self.answer(result),
                    Err(payload) => {
                        let panic = PanicMessage::from_payload(payload);
                        self.answer(Err(HostError::new("PanicError", panic.message)));
                    }
                }
            }
            Phase::Stopping(stop) => {
                drop(state);
                lane::outside(|| stop.stop());
            }
            other => state.phase = other,
        }
    }

    fn abandon(self: Arc<Self>) {
        {
            let mut state = self.state();
            if let Phase::Stopping(_) = state.phase {
                let stop = mem::replace(&mut state.phase, Phase::Gone);
                drop(state);
                drop(stop);
                return;
            }
        }
        if let Some(waker) = self.finish(S::Given::failed(HostError::loop_is_gone())) {
            waker.wake();
        }
    }
}
