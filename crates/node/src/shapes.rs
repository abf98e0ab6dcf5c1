//! Functions of JavaScript's that make what Rust gives out: one call of one is half as long as setting one property.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{BuildHasherDefault, Hasher};

use ponton_core::desc::FieldDesc;

use crate::env::{Env, Reference, Result, Value};

/// How many values one call passes: they lie on the stack.
const MOST: usize = 1024;

/// The functions that were needed so far, of one environment.
#[derive(Default)]
pub(crate) struct Shapes {
    objects: RefCell<HashMap<Shape, Reference, BuildHasherDefault<Mix>>>,
    lists: OnceCell<Lists>,
}

/// Where the descriptions lie: they are `'static`.
type Shape = (*const FieldDesc, usize, *const u8, usize);

struct Lists {
    make: Reference,
    extend: Reference,
}

impl Shapes {
    /// `{ kind: tag, field: value, .. }`.
    pub(crate) fn object(
        &self,
        env: Env,
        tag: Option<&'static str>,
        fields: &'static [FieldDesc],
        values: &[Value],
    ) -> Result<Value> {
        let tag_at = tag.map_or((std::ptr::null(), 0), |tag| (tag.as_ptr(), tag.len()));
        let shape = (fields.as_ptr(), fields.len(), tag_at.0, tag_at.1);
        if let Some(make) = self.objects.borrow().get(&shape) {
            return env.call(make, values);
        }
        let make = env.keep(env.run_script(&source(tag, fields))?)?;
        let object = env.call(&make, values);
        self.objects.borrow_mut().insert(shape, make);
        object
    }

    /// `[item, ..]`.
    pub(crate) fn list(&self, env: Env, items: &[Value]) -> Result<Value> {
        if items.len() < 2 {
            return env.array(items);
        }
        if self.lists.get().is_none() {
            let make = env.keep(env.run_script("((...items) => items)")?)?;
            let extend =
                env.keep(env.run_script("((list, ...items) => { for (const item of items) list.push(item); })")?)?;
            let _ = self.lists.set(Lists { make, extend });
        }
        let Some(Lists { make, extend }) = self.lists.get() else { return env.array(items) };
        let (first, rest) = items.split_at(items.len().min(MOST));
        let list = env.call(make, first)?;
        for items in rest.chunks(MOST) {
            env.call(extend, &[&[list], items].concat())?;
        }
        Ok(list)
    }
}

/// `((a0, a1) => ({ "kind": "tag", "id": a0, "name": a1 }))`. Names are identifiers, or what Rust and JavaScript quote alike.
fn source(tag: Option<&str>, fields: &[FieldDesc]) -> String {
    let mut source = String::from("((");
    for index in 0..fields.len() {
        let _ = write!(source, "a{index},");
    }
    source += ") => ({";
    if let Some(tag) = tag {
        let _ = write!(source, "\"kind\":{tag:?},");
    }
    for (index, field) in fields.iter().enumerate() {
        // Without the brackets this one would be the prototype.
        let _ = match field.name.js {
            "__proto__" => write!(source, "[\"__proto__\"]:a{index},"),
            name => write!(source, "{name:?}:a{index},"),
        };
    }
    source + "}))"
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

#[cfg(test)]
mod tests {
    use super::*;
    use ponton_core::desc::{Name, TypeDesc};

    #[test]
    fn the_source_of_a_record_and_of_a_variant() {
        const fn field(js: &'static str) -> FieldDesc {
            FieldDesc { name: Name { rust: "", python: "", js }, doc: "", ty: TypeDesc::Unit, number: false }
        }
        let fields = [field("id"), field("__proto__")];
        assert_eq!(source(None, &fields), r#"((a0,a1,) => ({"id":a0,["__proto__"]:a1,}))"#);
        assert_eq!(source(Some("far"), &fields[..1]), r#"((a0,) => ({"kind":"far","id":a0,}))"#);
        assert_eq!(source(None, &[]), "(() => ({}))");
    }
}
