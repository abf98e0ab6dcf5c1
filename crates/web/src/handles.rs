//! The objects that JavaScript holds: a table, and numbers that tell a place in it.

use std::sync::Arc;

use ponton_core::lock::Own;
use ponton_js::engine::Handle;

use crate::one_thread::OneThread;

struct Table {
    places: Vec<Option<Handle>>,
    free: Vec<usize>,
    /// The first number of this instance. Those of an earlier one are smaller.
    base: f64,
}

static TABLE: OneThread<Own<Table>> = OneThread(Own::new(Table { places: Vec::new(), free: Vec::new(), base: 0.0 }));

/// Numbers from `base` on.
pub(crate) fn number_from(base: f64) {
    TABLE.0.get().base = base;
}

/// Keeps `handle` until it is released.
#[expect(clippy::cast_precision_loss, reason = "a table of this memory has fewer than 2^32 places")]
pub(crate) fn put(handle: Handle) -> f64 {
    let mut table = TABLE.0.get();
    let Table { places, free, base } = &mut *table;
    let place = free.pop().unwrap_or_else(|| {
        places.push(None);
        places.len() - 1
    });
    places[place] = Some(handle);
    *base + place as f64
}

/// The object behind `number`, if there is one and it is a `T`.
pub(crate) fn get<T: 'static>(number: f64) -> Option<Arc<T>> {
    let table = TABLE.0.get();
    table.places.get(table.place(number)?)?.as_ref()?.get()
}

impl Table {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked, and it saturates")]
    fn place(&self, number: f64) -> Option<usize> {
        let place = number - self.base;
        (place >= 0.0).then_some(place as usize)
    }
}

fn take(number: f64) -> Option<Handle> {
    let mut table = TABLE.0.get();
    let place = table.place(number)?;
    let handle = table.places.get_mut(place)?.take()?;
    table.free.push(place);
    Some(handle)
}

/// JavaScript let go of the object. Its destructor runs without a borrow.
#[unsafe(no_mangle)]
extern "C" fn ponton_release(number: f64) {
    drop(take(number));
}
