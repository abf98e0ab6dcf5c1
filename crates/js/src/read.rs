//! Reading JavaScript values: the strictness of Web IDL's better parts. No truthiness, no wrapping, no silent `NaN`.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use ponton_core::convert::{ConvertError, ConvertErrorKind, Fields, FromHost, Int, Lent, Reader};
use ponton_core::desc::{CallbackDesc, EnumDesc, FieldDesc, RecordDesc};
use ponton_core::host::function::{Callee, Signature};
use ponton_core::module::{Object, TypeSlot};
use ponton_core::text::joined;

use crate::engine::{Engine, Failure, Hook, Kind};
use crate::host::callee::{HostCode, JsMethods, awaitable, missing};

/// `Number.MAX_SAFE_INTEGER`: beyond it two integers may share one number.
pub(crate) const MAX_SAFE: u64 = (1 << 53) - 1;

/// How deep values may nest. A value that contains itself would have no end, and the stack has one.
pub const MAX_DEPTH: u32 = 128;

/// How much room is made ahead of what was really read: an array's `length` is only a claim.
const ROOM: usize = 4096;
const BYTES: &str = "Uint8Array, ArrayBuffer or DataView";

/// One JavaScript value being read.
pub struct JsReader<'e, E: Engine> {
    engine: &'e E,
    value: E::Value,
    depth: u32,
}

type Read<E, T> = Result<T, Failure<<E as Engine>::Value>>;

impl<'e, E: Engine> JsReader<'e, E> {
    /// A reader of `value`.
    pub fn new(engine: &'e E, value: E::Value) -> Self {
        Self { engine, value, depth: 0 }
    }

    fn inner(&self, value: E::Value) -> Read<E, Self> {
        nested(self.engine, value, self.depth)
    }

    fn kind(&self) -> Kind {
        self.engine.kind(&self.value)
    }

    fn mismatch<T>(&self, expected: &str) -> Read<E, T> {
        Err(ConvertError::expected(expected, &describe(self.engine, &self.value)).into())
    }

    fn integral(&self, number: f64, takes_bigint: bool) -> Read<E, i64> {
        #[expect(clippy::cast_possible_truncation, reason = "looked at right here")]
        let integer = number as i32;
        #[expect(clippy::float_cmp, reason = "the same number, or it was none")]
        if f64::from(integer) == number {
            return Ok(integer.into());
        }
        self.wide(number, takes_bigint)
    }

    fn wide(&self, number: f64, takes_bigint: bool) -> Read<E, i64> {
        if number.is_nan() || number.fract() != 0.0 {
            return range(joined(&["expected an integer, got ", &self.engine.show(number)]));
        }
        #[expect(clippy::cast_precision_loss, reason = "2^53 - 1 is exact")]
        let safe = number.abs() <= MAX_SAFE as f64;
        if !safe {
            let cure = if takes_bigint { "; pass a bigint" } else { "" };
            let what = " is beyond 2^53 - 1 (Number.MAX_SAFE_INTEGER), where numbers skip integers";
            return range(joined(&[&self.engine.show(number), what, cure]));
        }
        #[expect(clippy::cast_possible_truncation, reason = "integral, and within ±2^53")]
        Ok(number as i64)
    }

    /// As [`ConvertError::out_of_range`]. JavaScript writes the numbers where it can: code that does is large, and a small
    /// module has no other use for it.
    #[cold]
    fn out_of_range<T: Int>(&self, found: i64) -> Failure<E::Value> {
        match (safe(T::MIN), i128::try_from(T::MAX).ok().and_then(safe)) {
            (Some(min), Some(max)) => {
                #[expect(clippy::cast_precision_loss, reason = "it was a number that is a safe integer")]
                let found = found as f64;
                let [found, min, max] = [found, min, max].map(|number| self.engine.show(number));
                let message = joined(&[&found, " is out of range for ", T::NAME, " (", &min, "..=", &max, ")"]);
                ConvertError::new(ConvertErrorKind::Range, message).into()
            }
            _ => ConvertError::out_of_range::<T>(found).into(),
        }
    }

    fn text(&self) -> Read<E, String> {
        self.engine.as_string(&self.value).ok_or_else(|| {
            let message =
                "expected well-formed text, got a string with a lone surrogate; see String.prototype.toWellFormed";
            ConvertError::new(ConvertErrorKind::Unicode, message).into()
        })
    }
}

/// As a number of JavaScript's, where that is exact.
fn safe(integer: i128) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "checked")]
    (integer.unsigned_abs() <= u128::from(MAX_SAFE)).then_some(integer as f64)
}

fn nested<E: Engine>(engine: &E, value: E::Value, depth: u32) -> Read<E, JsReader<'_, E>> {
    if depth >= MAX_DEPTH {
        return range(format!("the value nests deeper than {MAX_DEPTH} levels; does it contain itself?"));
    }
    Ok(JsReader { engine, value, depth: depth + 1 })
}

fn range<T, V>(message: String) -> Result<T, Failure<V>> {
    Err(ConvertError::new(ConvertErrorKind::Range, message).into())
}

fn describe<E: Engine>(engine: &E, value: &E::Value) -> String {
    let described = engine.call_hook(Hook::Describe, std::slice::from_ref(value)).ok();
    described.and_then(|text| engine.as_string(&text)).unwrap_or_else(|| engine.kind(value).name().to_owned())
}

impl<'e, E: Engine> Reader for JsReader<'e, E> {
    type Error = Failure<E::Value>;
    type Fields = JsFields<'e, E>;
    type Methods = JsMethods<'e, E>;

    fn unit(self) -> Read<E, ()> {
        match self.kind() {
            Kind::Undefined | Kind::Null => Ok(()),
            _ => self.mismatch("undefined"),
        }
    }

    fn bool(self) -> Read<E, bool> {
        match self.kind() {
            Kind::Boolean => Ok(self.engine.as_bool(&self.value)),
            _ => self.mismatch("boolean"),
        }
    }

    fn int<T: Int>(self) -> Read<E, T> {
        if let Some(number) = self.engine.number(&self.value) {
            let integer = self.integral(number, T::BIG)?;
            return T::from_i64(integer).ok_or_else(|| self.out_of_range::<T>(integer));
        }
        match self.kind() {
            Kind::BigInt if T::BIG => match self.engine.as_bigint(&self.value) {
                Some((false, magnitude)) => {
                    T::from_u128(magnitude).ok_or_else(|| ConvertError::out_of_range::<T>(magnitude).into())
                }
                Some((true, magnitude)) => {
                    let integer = 0_i128.checked_sub_unsigned(magnitude).and_then(T::from_i128);
                    integer.ok_or_else(|| ConvertError::out_of_range::<T>(format_args!("-{magnitude}")).into())
                }
                None => Err(ConvertError::out_of_range::<T>("a bigint of more than 128 bits").into()),
            },
            _ => self.mismatch(if T::BIG { "bigint or number" } else { "number" }),
        }
    }

    fn float(self) -> Read<E, f64> {
        match self.engine.number(&self.value) {
            Some(number) => Ok(number),
            None => self.mismatch("number"),
        }
    }

    fn string(self) -> Read<E, String> {
        match self.engine.string(&self.value) {
            Some(text) => Ok(text),
            None if self.kind() == Kind::String => self.text(),
            None => self.mismatch("string"),
        }
    }

    fn bytes(self) -> Read<E, Bytes> {
        if self.kind() == Kind::Object
            && let Some(bytes) = self.engine.as_bytes(&self.value)?
        {
            return Ok(bytes);
        }
        self.mismatch(BYTES)
    }

    fn lent_bytes(self) -> Read<E, Lent> {
        if self.kind() == Kind::Object
            && let Some(bytes) = self.engine.lend_bytes(&self.value)?
        {
            return Ok(bytes);
        }
        self.mismatch(BYTES)
    }

    fn duration(self) -> Read<E, Duration> {
        if self.kind() != Kind::Number {
            return self.mismatch("number of milliseconds");
        }
        let millis = self.engine.as_number(&self.value);
        duration(millis).map_or_else(
            || range(format!("expected milliseconds, zero or more and finite, got {}", self.engine.show(millis))),
            Ok,
        )
    }

    fn system_time(self) -> Read<E, SystemTime> {
        let Some(millis) = (self.kind() == Kind::Object).then(|| self.engine.as_date(&self.value)).flatten() else {
            return self.mismatch("Date");
        };
        // Times of a valid Date are integers within ±8.64e15.
        let time = duration(millis.abs()).and_then(|distance| {
            if millis < 0.0 {
                SystemTime::UNIX_EPOCH.checked_sub(distance)
            } else {
                SystemTime::UNIX_EPOCH.checked_add(distance)
            }
        });
        time.ok_or_else(|| {
            let message = if millis.is_nan() {
                "expected a valid Date, got an invalid one"
            } else {
                "expected a Date from 1970 on, got an earlier one: on the web, a SystemTime reaches no further back"
            };
            ConvertError::new(ConvertErrorKind::Value, message).into()
        })
    }

    fn option<T>(self, some: impl FnOnce(Self) -> Read<E, T>) -> Read<E, Option<T>> {
        match self.kind() {
            Kind::Undefined | Kind::Null => Ok(None),
            _ => some(self).map(Some),
        }
    }

    fn list<T>(self, mut item: impl FnMut(Self) -> Read<E, T>) -> Read<E, Vec<T>> {
        let Some(len) = self.items()? else { return self.mismatch("Array") };
        let mut items = Vec::with_capacity((len as usize).min(ROOM));
        for index in 0..len {
            let value = self.engine.item(&self.value, index)?;
            let read = self.inner(value).and_then(&mut item);
            items.push(read.map_err(|failure| failure.within(|error| error.in_item(index as usize)))?);
        }
        Ok(items)
    }

    fn map<T>(self, mut item: impl FnMut(Self) -> Read<E, T>) -> Read<E, Vec<(String, T)>> {
        let flat = match self.kind() {
            Kind::Object => self.engine.call_hook(Hook::Entries, std::slice::from_ref(&self.value))?,
            _ => self.engine.undefined(),
        };
        let Some(len) = array_len(self.engine, &flat) else { return self.mismatch("plain object or Map") };
        let mut entries = Vec::with_capacity((len as usize / 2).min(ROOM));
        for index in (0..len).step_by(2) {
            let key = Self { value: self.engine.item(&flat, index)?, ..self };
            if key.kind() != Kind::String {
                return key.mismatch("string keys").map_err(|failure| failure.within(|error| error.in_field("key")));
            }
            let key = key.text()?;
            let value = self.engine.item(&flat, index + 1)?;
            match self.inner(value).and_then(&mut item) {
                Ok(value) => entries.push((key, value)),
                Err(failure) => return Err(failure.within(|error| error.in_field(&format!("[{key:?}]")))),
            }
        }
        Ok(entries)
    }

    fn tuple(self, len: usize) -> Read<E, Self::Fields> {
        match self.items()? {
            Some(found) if found as usize == len => Ok(self.fields(&[])),
            Some(found) => Err(ConvertError::expected(&format!("Array of {len}"), &format!("Array of {found}")).into()),
            None => self.mismatch(&format!("Array of {len}")),
        }
    }

    fn record(self, desc: &'static RecordDesc, _: &'static TypeSlot) -> Read<E, Self::Fields> {
        if self.kind() != Kind::Object || self.array_len().is_some() {
            return self.mismatch(&format!("object ({})", desc.name));
        }
        Ok(self.fields(desc.fields))
    }

    fn plain_enum(self, desc: &'static EnumDesc, _: &'static TypeSlot) -> Read<E, usize> {
        if self.kind() != Kind::String {
            return self.mismatch(&tags(desc));
        }
        variant(&self, desc)
    }

    fn union(self, desc: &'static EnumDesc, _: &'static TypeSlot) -> Read<E, (usize, Self::Fields)> {
        if self.kind() != Kind::Object || self.array_len().is_some() {
            return self.mismatch(&format!("object ({}) with `kind`", desc.name));
        }
        let kind = Self { value: self.engine.property(&self.value, "kind")?, ..self };
        let index = match kind.kind() {
            Kind::String => variant(&kind, desc),
            _ => kind.mismatch(&tags(desc)),
        };
        let index = index.map_err(|failure| failure.within(|error| error.in_field("kind")))?;
        Ok((index, self.fields(desc.variants[index].data.fields)))
    }

    fn object<T: Object>(self) -> Read<E, Arc<T>> {
        let ordinal = self.engine.new_number(f64::from(self.engine.ordinal(T::slot())));
        let handle = self.engine.call_hook(Hook::Unwrap, &[ordinal, self.value.clone()])?;
        match self.engine.handle::<T>(&handle) {
            Some(object) => Ok(object),
            None => self.mismatch(T::DESC.name),
        }
    }

    fn function<S: Signature>(self) -> Read<E, Arc<dyn Callee<S>>> {
        match self.kind() {
            Kind::Function => HostCode::<E, S>::function(self.engine, &self.value, None),
            _ => self.mismatch("function"),
        }
    }

    fn awaitable<S: Signature<Args = ()>>(self) -> Read<E, Arc<dyn Callee<S>>> {
        match awaitable(self.engine, &self.value)? {
            Some(callee) => Ok(callee),
            None => self.mismatch("Promise"),
        }
    }

    fn methods(self, desc: &'static CallbackDesc) -> Read<E, Self::Methods> {
        if !matches!(self.kind(), Kind::Object | Kind::Function) {
            return self.mismatch(desc.name);
        }
        match missing(self.engine, &self.value, desc)? {
            Some(name) => Err(ConvertError::expected(desc.name, &format!("an object without method '{name}'")).into()),
            None => Ok(JsMethods { engine: self.engine, value: self.value }),
        }
    }

    fn error(self, desc: &'static EnumDesc, slot: &'static TypeSlot) -> Option<(usize, Self::Fields)> {
        let ordinal = self.engine.new_number(f64::from(self.engine.ordinal(slot)));
        let variant = self.engine.call_hook(Hook::Variant, &[ordinal, self.value.clone()]).ok()?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "-1, or a place in a list of variants"
        )]
        let index = Some(self.engine.as_number(&variant)).filter(|index| *index >= 0.0)? as usize;
        Some((index, self.fields(desc.variants.get(index)?.data.fields)))
    }
}

impl<'e, E: Engine> JsReader<'e, E> {
    /// The length of an array, or of a proxy of one, as reactive frameworks pass around.
    fn items(&self) -> Read<E, Option<u32>> {
        let len = self.array_len();
        if len.is_some() || self.kind() != Kind::Object || describe(self.engine, &self.value) != "Array" {
            return Ok(len);
        }
        let len = self.engine.property(&self.value, "length")?;
        let len = self.inner(len)?.int()?;
        Ok(Some(len))
    }

    fn array_len(&self) -> Option<u32> {
        array_len(self.engine, &self.value)
    }

    fn fields(self, desc: &'static [FieldDesc]) -> JsFields<'e, E> {
        JsFields { engine: self.engine, value: self.value, desc, depth: self.depth }
    }
}

fn array_len<E: Engine>(engine: &E, value: &E::Value) -> Option<u32> {
    if engine.kind(value) == Kind::Object { engine.array_len(value) } else { None }
}

/// The index of the variant that `tag`, a string, names.
fn variant<E: Engine>(tag: &JsReader<'_, E>, desc: &'static EnumDesc) -> Read<E, usize> {
    let text = tag.text()?;
    let index = desc.variants.iter().position(|variant| variant.tag == text);
    index.ok_or_else(|| ConvertError::expected(&tags(desc), &format!("'{text}'")).into())
}

fn tags(desc: &EnumDesc) -> String {
    let tags: Vec<_> = desc.variants.iter().map(|variant| format!("'{}'", variant.tag)).collect();
    tags.join(" or ")
}

/// `None` when negative, not finite, or beyond what a `Duration` holds.
fn duration(millis: f64) -> Option<Duration> {
    let whole = millis.trunc();
    #[expect(clippy::cast_precision_loss, reason = "an upper bound is enough")]
    if !(whole >= 0.0 && millis >= 0.0 && whole < u64::MAX as f64) {
        return None;
    }
    // Apart from the fraction, so that whole milliseconds stay exact.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked above; the fraction is below 1e6"
    )]
    let (whole, nanos) = (whole as u64, ((millis - whole) * 1e6).round() as u64);
    Duration::from_millis(whole).checked_add(Duration::from_nanos(nanos))
}

/// The fields of one record, variant or tuple.
pub struct JsFields<'e, E: Engine> {
    engine: &'e E,
    value: E::Value,
    /// Empty for a tuple.
    desc: &'static [FieldDesc],
    depth: u32,
}

impl<E: Engine> Fields for JsFields<'_, E> {
    type Error = Failure<E::Value>;

    fn field<T: FromHost>(&mut self, index: usize) -> Read<E, T> {
        let place = |failure: Failure<E::Value>| {
            failure.within(|error| match self.desc.get(index) {
                Some(field) => error.in_field(field.name.js),
                None => error.in_item(index),
            })
        };
        let value = match self.desc.get(index) {
            Some(field) => self.engine.property(&self.value, field.name.js)?,
            None => self.engine.item(&self.value, u32::try_from(index).unwrap_or(u32::MAX))?,
        };
        nested(self.engine, value, self.depth).and_then(T::from_host).map_err(place)
    }
}
