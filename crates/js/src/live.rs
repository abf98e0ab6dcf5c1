//! The calls that are in flight, as the API's `live()` tells them.

use ponton_core::task::live_unsorted;

use crate::engine::{Engine, Failure, Hook};

/// Tells [`Hook::Live`] of each, in no order.
pub fn live<E: Engine>(engine: &E) {
    let tell = |name, age, state| {
        let args = [engine.new_string(name)?, engine.new_number(age), engine.new_string(state)?];
        engine.call_hook(Hook::Live, &args)
    };
    for call in live_unsorted() {
        let told: Result<_, Failure<E::Value>> = tell(call.name, call.age.as_secs_f64() * 1e3, call.state.name());
        if told.is_err() {
            return; // the engine is going away
        }
    }
}
