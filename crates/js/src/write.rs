//! Building JavaScript values.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use ponton_core::convert::{ConvertError, ConvertErrorKind, ErrorText, Int, IntoHost, PlainError, Source, Writer};
use ponton_core::desc::{EnumDesc, RecordDesc};
use ponton_core::host::HostError;
use ponton_core::module::{Object, TypeSlot};

use crate::engine::{Engine, Failure, Handle, Hook};
use crate::host::raised;
use crate::read::MAX_SAFE;

/// The furthest a `Date` reaches from 1970, in milliseconds.
const MAX_DATE: u128 = 8_640_000_000_000_000;

/// Builds values of one engine.
pub struct JsWriter<'e, E: Engine> {
    engine: &'e E,
    numbers: bool,
}

type Written<E> = Result<<E as Engine>::Value, Failure<<E as Engine>::Value>>;

impl<'e, E: Engine> JsWriter<'e, E> {
    /// A writer; with `numbers` 64-bit integers become numbers instead of `bigint`s.
    pub const fn new(engine: &'e E, numbers: bool) -> Self {
        Self { engine, numbers }
    }

    fn index(&self, index: usize) -> E::Value {
        #[expect(clippy::cast_precision_loss, reason = "positions in a list of variants")]
        self.engine.new_number(index as f64)
    }

    /// As [`Hook::Error`] takes them.
    fn sources(&self, sources: &[Source]) -> Written<E> {
        let sources: Result<Vec<_>, _> = sources.iter().map(|source| self.source(source)).collect();
        self.engine.new_array(&sources?)
    }

    fn source(&self, source: &Source) -> Written<E> {
        match source {
            Source::Text(text) => self.engine.new_string(text),
            Source::Io(error) => {
                let undefined = || Ok(self.engine.undefined());
                // Elsewhere it is not the number that Node gives to the same error.
                let number = error.os_error.filter(|_| cfg!(unix));
                self.engine.new_array(&[
                    self.engine.new_string(&error.message)?,
                    error.code.map_or_else(undefined, |code| self.engine.new_string(code))?,
                    number.map_or_else(undefined, |number| Ok(self.engine.new_number(-f64::from(number))))?,
                ])
            }
            Source::Host(error) => self.engine.new_array(&[raised(self.engine, error)]),
        }
    }
}

fn range<T, V>(message: String) -> Result<T, Failure<V>> {
    Err(ConvertError::new(ConvertErrorKind::Range, message).into())
}

impl<E: Engine> Writer for JsWriter<'_, E> {
    type Value = E::Value;
    type Error = Failure<E::Value>;

    fn unit(&mut self) -> Written<E> {
        Ok(self.engine.undefined())
    }

    fn bool(&mut self, value: bool) -> Written<E> {
        Ok(self.engine.new_bool(value))
    }

    fn int<T: Int>(&mut self, value: T) -> Written<E> {
        if T::BIG && !self.numbers {
            let (negative, magnitude) = value.to_parts();
            return self.engine.new_bigint(negative, magnitude);
        }
        match value.to_i64() {
            #[expect(clippy::cast_precision_loss, reason = "checked: exact up to 2^53")]
            Some(narrow) if narrow.unsigned_abs() <= MAX_SAFE => Ok(self.engine.new_number(narrow as f64)),
            _ => range(format!("{value} is beyond 2^53 - 1 (Number.MAX_SAFE_INTEGER) and cannot be a number")),
        }
    }

    fn float(&mut self, value: f64) -> Written<E> {
        Ok(self.engine.new_number(value))
    }

    fn string(&mut self, value: &str) -> Written<E> {
        self.engine.new_string(value)
    }

    fn bytes(&mut self, value: Bytes) -> Written<E> {
        self.engine.new_bytes(value)
    }

    fn duration(&mut self, value: Duration) -> Written<E> {
        #[expect(clippy::cast_precision_loss, reason = "a number holds 285,000 years of milliseconds exactly")]
        let whole = value.as_millis() as f64;
        Ok(self.engine.new_number(whole + f64::from(value.subsec_nanos() % 1_000_000) / 1e6))
    }

    fn system_time(&mut self, value: SystemTime) -> Written<E> {
        // A Date has whole milliseconds; both ways round down, as its own arithmetic does.
        let (millis, sign) = match value.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => (after.as_millis(), 1.0),
            Err(before) => (before.duration().as_nanos().div_ceil(1_000_000), -1.0),
        };
        if millis > MAX_DATE {
            return range(format!("{value:?} is further from 1970 than a Date reaches"));
        }
        #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
        self.engine.new_date(millis as f64 * sign)
    }

    fn none(&mut self) -> Written<E> {
        Ok(self.engine.undefined())
    }

    fn list<T: IntoHost>(&mut self, items: Vec<T>) -> Written<E> {
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let written = item.into_host(self);
            values.push(written.map_err(|failure| failure.within(|error| error.in_item(index)))?);
        }
        self.engine.new_array(&values)
    }

    fn map<T: IntoHost>(&mut self, len: usize, entries: impl Iterator<Item = (String, T)>) -> Written<E> {
        let mut flat = Vec::with_capacity(len * 2);
        for (key, value) in entries {
            flat.push(self.engine.new_string(&key)?);
            let written = value.into_host(self);
            flat.push(written.map_err(|failure| failure.within(|error| error.in_field(&format!("[{key:?}]"))))?);
        }
        let flat = self.engine.new_array(&flat)?;
        self.engine.call_hook(Hook::Dict, &[flat])
    }

    fn tuple<const N: usize>(&mut self, items: [E::Value; N]) -> Written<E> {
        self.engine.new_array(&items)
    }

    fn record<const N: usize>(
        &mut self,
        desc: &'static RecordDesc,
        _: &'static TypeSlot,
        values: [E::Value; N],
    ) -> Written<E> {
        self.engine.new_object(None, desc.fields, &values)
    }

    fn plain_enum(&mut self, desc: &'static EnumDesc, _: &'static TypeSlot, index: usize) -> Written<E> {
        self.engine.new_string(desc.variants[index].tag)
    }

    fn union<const N: usize>(
        &mut self,
        desc: &'static EnumDesc,
        _: &'static TypeSlot,
        index: usize,
        values: [E::Value; N],
    ) -> Written<E> {
        let variant = &desc.variants[index];
        self.engine.new_object(Some(variant.tag), variant.data.fields, &values)
    }

    fn error<const N: usize>(
        &mut self,
        _: &'static EnumDesc,
        slot: &'static TypeSlot,
        index: usize,
        text: ErrorText,
        values: [E::Value; N],
    ) -> Written<E> {
        let args = [
            self.engine.new_number(f64::from(self.engine.ordinal(slot))),
            self.index(index),
            self.engine.new_string(&text.message)?,
            self.sources(&text.sources)?,
            self.engine.new_array(&values)?,
        ];
        self.engine.call_hook(Hook::Error, &args)
    }

    fn object<T: Object>(&mut self, object: Arc<T>) -> Written<E> {
        let ordinal = self.engine.new_number(f64::from(self.engine.ordinal(T::slot())));
        let handle = self.engine.new_handle(Handle::new(object))?;
        self.engine.call_hook(Hook::Wrap, &[ordinal, handle])
    }

    fn host_error(&mut self, error: &HostError) -> Written<E> {
        Ok(raised(self.engine, error))
    }

    fn plain_error(&mut self, error: PlainError) -> Written<E> {
        let backtrace = error.backtrace.as_deref().map(|text| self.engine.new_string(text)).transpose()?;
        let args = [self.sources(&error.chain)?, backtrace.unwrap_or_else(|| self.engine.undefined())];
        self.engine.call_hook(Hook::Plain, &args)
    }

    fn numbers(&mut self, body: impl FnOnce(&mut Self) -> Written<E>) -> Written<E> {
        let before = std::mem::replace(&mut self.numbers, true);
        let written = body(self);
        self.numbers = before;
        written
    }
}
