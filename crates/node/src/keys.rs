//! Property names as JavaScript strings, made once per environment: making one costs more than reading the property.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::env::{Env, Reference, Result, Value};

/// The names that were used so far. They are `'static`, so where one lies tells which it is.
#[derive(Default)]
pub(crate) struct Keys {
    places: RefCell<HashMap<(*const u8, usize), u32, BuildHasherDefault<Mix>>>,
    strings: OnceCell<Reference>,
}

impl Keys {
    /// `name` as a JavaScript string.
    pub(crate) fn get(&self, env: Env, name: &'static str) -> Result<Value> {
        let at = (name.as_ptr(), name.len());
        if let (Some(strings), Some(place)) = (self.strings.get(), self.places.borrow().get(&at)) {
            return env.item(env.value_of(strings)?, *place);
        }
        if self.strings.get().is_none() {
            let _ = self.strings.set(env.keep(env.array(&[])?)?);
        }
        let string = env.string(name)?;
        if let Some(strings) = self.strings.get() {
            let mut places = self.places.borrow_mut();
            let place = u32::try_from(places.len()).unwrap_or(u32::MAX);
            env.set_item(env.value_of(strings)?, place, string)?;
            places.insert(at, place);
        }
        Ok(string)
    }
}

/// Two words in, one multiplication each: an address needs no more, and no outsider chooses it.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn write_usize(&mut self, word: usize) {
        self.0 = (self.0.rotate_left(5) ^ word as u64).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_usize(usize::from(*byte));
        }
    }

    fn finish(&self) -> u64 {
        // The table looks at the low bits, the multiplication mixes upwards.
        self.0.rotate_left(26)
    }
}
