//! The host code that Rust waits for.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem;
use std::sync::Arc;

use ponton_core::host::function::Stop;
use ponton_core::host::lane::Errand;

use super::link::Link;
use crate::engine::{Engine, Hook};

/// Who waits, with its types erased.
pub(super) trait Waiting<E: Engine> {
    /// The promise was fulfilled with `value`, or failed with it.
    fn answer(self: Box<Self>, engine: &E, failed: bool, value: E::Value);
}

/// The table of one environment. It lives on that environment's thread.
pub struct Requests<E> {
    places: RefCell<Vec<Place<E>>>,
    free: RefCell<Vec<u32>>,
    serial: Cell<u64>,
}

struct Place<E> {
    /// Tells apart those that had the place one after the other.
    serial: u64,
    waiting: Waiter<E>,
}

enum Waiter<E> {
    Nobody,
    /// Somebody will: a promise was handed over, and Rust has not asked for it yet.
    Expected,
    /// The answer is there, in JavaScript, and Rust has not asked for it yet.
    Early,
    Here(Box<dyn Waiting<E>>),
}

/// One place of the table.
#[derive(Clone, Copy)]
pub(super) struct Ticket {
    index: u32,
    serial: u64,
}

impl Ticket {
    /// As hooks take it.
    pub(super) fn number<E: Engine>(self, engine: &E) -> E::Value {
        engine.new_number(f64::from(self.index))
    }
}

impl<E: Engine> Requests<E> {
    /// Without requests.
    #[expect(clippy::new_without_default, reason = "it belongs to an environment")]
    pub const fn new() -> Self {
        Self { places: RefCell::new(Vec::new()), free: RefCell::new(Vec::new()), serial: Cell::new(0) }
    }

    /// A place for what is about to be called.
    pub(super) fn reserve(&self) -> Ticket {
        self.place(Waiter::Nobody)
    }

    /// A place for a promise that Rust may ask for later.
    pub(super) fn expect(&self) -> Ticket {
        self.place(Waiter::Expected)
    }

    /// Whether the answer came before Rust asked.
    pub(super) fn is_early(&self, ticket: Ticket) -> bool {
        let places = self.places.borrow();
        places.get(ticket.index as usize).is_some_and(|place| matches!(place.waiting, Waiter::Early))
    }

    fn place(&self, waiting: Waiter<E>) -> Ticket {
        let serial = self.serial.get();
        self.serial.set(serial + 1);
        let mut places = self.places.borrow_mut();
        let index = self.free.borrow_mut().pop().unwrap_or_else(|| {
            places.push(Place { serial, waiting: Waiter::Nobody });
            u32::try_from(places.len() - 1).expect("fewer than 2^32 requests at a time")
        });
        places[index as usize] = Place { serial, waiting };
        Ticket { index, serial }
    }

    /// The answer comes later.
    pub(super) fn wait(&self, ticket: Ticket, waiting: Box<dyn Waiting<E>>) {
        match self.places.borrow_mut().get_mut(ticket.index as usize) {
            Some(place) => place.waiting = Waiter::Here(waiting),
            // The environment ended meanwhile.
            None => drop(waiting),
        }
    }

    /// The place is free again.
    pub(super) fn free(&self, ticket: Ticket) {
        self.free.borrow_mut().push(ticket.index);
    }

    /// What `native.answer` does first: true when Rust has not asked yet, and JavaScript is to keep the answer.
    pub fn comes_early(&self, request: u32) -> bool {
        let mut places = self.places.borrow_mut();
        let Some(place) = places.get_mut(request as usize) else { return false };
        let early = matches!(place.waiting, Waiter::Expected);
        if early {
            place.waiting = Waiter::Early;
        }
        early
    }

    /// What it does then: polls who waits, here and now.
    pub fn answer(&self, engine: &E, request: u32, failed: bool, value: E::Value) {
        let waiting = {
            let mut places = self.places.borrow_mut();
            let Some(place) = places.get_mut(request as usize) else { return };
            mem::replace(&mut place.waiting, Waiter::Nobody)
        };
        if let Waiter::Here(waiting) = waiting {
            self.free.borrow_mut().push(request);
            waiting.answer(engine, failed, value);
        }
    }

    /// `None` when it was answered, or taken before.
    fn take(&self, ticket: Ticket) -> Option<Waiter<E>> {
        let mut places = self.places.borrow_mut();
        let place = places.get_mut(ticket.index as usize).filter(|place| place.serial == ticket.serial)?;
        match mem::replace(&mut place.waiting, Waiter::Nobody) {
            Waiter::Nobody => None,
            waiting => Some(waiting),
        }
    }

    /// Tells everybody that nothing will be answered any more, for the environment is going away.
    pub fn close(&self) {
        let places = std::mem::take(&mut *self.places.borrow_mut());
        self.free.borrow_mut().clear();
        // Dropping one runs the code that waits: not under a borrow.
        drop(places);
    }
}

impl<E> fmt::Debug for Requests<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Requests")
    }
}

/// Ends the waiting for one request.
pub(super) struct Stopper<E: Engine> {
    pub(super) link: E::Link,
    pub(super) ticket: Ticket,
}

impl<E: Engine> Stop for Stopper<E> {
    fn stop(self: Box<Self>) {
        let Self { link, ticket } = *self;
        link.with(|engine| {
            // It may have been answered while this was on its way.
            let Some(waiting) = engine.requests().take(ticket) else { return };
            engine.scope(|| {
                // The listeners of the signal run in here; what they throw is reported by the host.
                let _ = engine.call_hook(Hook::Stop, &[ticket.number(engine)]);
            });
            engine.requests().free(ticket);
            drop(waiting);
        });
    }
}

impl<E: Engine> Stopper<E> {
    /// As [`Stop::stop`], on any thread.
    pub(super) fn stop_from_anywhere(self) {
        if self.link.is_here() {
            Box::new(self).stop();
        } else {
            // When the engine has ended, nobody waits; but what comes back may be another's.
            if let Err(errand) = self.link.clone().post(Arc::new(self)) {
                errand.abandon();
            }
        }
    }
}

impl<E: Engine> Errand for Stopper<E> {
    fn run(self: Arc<Self>) {
        Box::new(Self { link: self.link.clone(), ticket: self.ticket }).stop();
    }

    fn abandon(self: Arc<Self>) {}
}
