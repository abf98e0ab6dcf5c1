//! How the host in memory builds its values.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use ponton::__private::{EnumDesc, ErrorText, IntoHost, Object, RecordDesc, TypeSlot, Writer};
use ponton_core::convert::{ConvertError, ConvertErrorKind, Int};

use ponton_core::convert::{PlainError, Source};
use ponton_core::host::HostError;

use super::Exception;
use super::value::{Error, Instance};
use super::{Value, int, text};

type Result<T> = std::result::Result<T, ConvertError>;

/// Builds values; with `numbers`, 64-bit integers as numbers.
#[derive(Default)]
pub struct Build {
    numbers: bool,
}

impl Writer for Build {
    type Value = Value;
    type Error = ConvertError;

    fn unit(&mut self) -> Result<Value> {
        Ok(Value::None)
    }
    fn bool(&mut self, value: bool) -> Result<Value> {
        Ok(Value::Bool(value))
    }
    fn int<T: Int>(&mut self, value: T) -> Result<Value> {
        let (negative, magnitude) = value.to_parts();
        if self.numbers && T::BIG {
            if magnitude > 1 << 53 {
                return Err(ConvertError::new(ConvertErrorKind::Range, "beyond 2^53"));
            }
            return Ok(Value::Number(negative, magnitude));
        }
        Ok(value.to_i64().map_or(Value::Int(negative, magnitude), |narrow| int(narrow.into())))
    }
    fn float(&mut self, value: f64) -> Result<Value> {
        Ok(Value::Float(value))
    }
    fn string(&mut self, value: &str) -> Result<Value> {
        Ok(text(value))
    }
    fn bytes(&mut self, value: Bytes) -> Result<Value> {
        Ok(Value::Bytes(value.into()))
    }
    fn duration(&mut self, value: Duration) -> Result<Value> {
        Ok(Value::Duration(value))
    }
    fn system_time(&mut self, value: SystemTime) -> Result<Value> {
        Ok(Value::Time(value))
    }
    fn none(&mut self) -> Result<Value> {
        Ok(Value::None)
    }
    fn list<T: IntoHost>(&mut self, items: Vec<T>) -> Result<Value> {
        items.into_iter().map(|item| item.into_host(self)).collect::<Result<_>>().map(Value::List)
    }
    fn map<T: IntoHost>(&mut self, _: usize, entries: impl Iterator<Item = (String, T)>) -> Result<Value> {
        entries.map(|(key, value)| Ok((key, value.into_host(self)?))).collect::<Result<_>>().map(Value::Map)
    }
    fn tuple<const N: usize>(&mut self, items: [Value; N]) -> Result<Value> {
        Ok(Value::Tuple(items.into()))
    }
    fn record<const N: usize>(
        &mut self,
        desc: &'static RecordDesc,
        _: &'static TypeSlot,
        values: [Value; N],
    ) -> Result<Value> {
        Ok(Value::Record(desc.name, named(desc, values)))
    }
    fn plain_enum(&mut self, desc: &'static EnumDesc, _: &'static TypeSlot, index: usize) -> Result<Value> {
        Ok(Value::Plain(desc.name, desc.variants[index].tag))
    }
    fn union<const N: usize>(
        &mut self,
        desc: &'static EnumDesc,
        _: &'static TypeSlot,
        index: usize,
        values: [Value; N],
    ) -> Result<Value> {
        let variant = &desc.variants[index];
        Ok(Value::Union(desc.name, variant.tag, named(&variant.data, values)))
    }
    fn error<const N: usize>(
        &mut self,
        desc: &'static EnumDesc,
        _: &'static TypeSlot,
        index: usize,
        text: ErrorText,
        values: [Value; N],
    ) -> Result<Value> {
        let variant = &desc.variants[index];
        Ok(Value::Error(Box::new(Error {
            class: desc.name,
            variant: variant.data.name,
            code: variant.code,
            message: text.message,
            sources: text.sources.into_iter().map(source).collect(),
            fields: named(&variant.data, values),
        })))
    }
    fn host_error(&mut self, error: &HostError) -> Result<Value> {
        Ok(raised(error))
    }
    fn plain_error(&mut self, error: PlainError) -> Result<Value> {
        Ok(Value::List(error.chain.into_iter().map(source).collect()))
    }
    fn object<T: Object>(&mut self, object: Arc<T>) -> Result<Value> {
        Ok(Value::Object(Instance { class: T::DESC.name, object }))
    }
    fn numbers(&mut self, body: impl FnOnce(&mut Self) -> Result<Value>) -> Result<Value> {
        let before = std::mem::replace(&mut self.numbers, true);
        let written = body(self);
        self.numbers = before;
        written
    }
}

fn source(source: Source) -> Value {
    match source {
        Source::Text(text) => Value::Text(text),
        Source::Io(error) => text(&[error.code.unwrap_or_default(), &error.message].join(" ")),
        Source::Host(error) => raised(&error),
    }
}

/// The exception that `error` was made from.
fn raised(error: &HostError) -> Value {
    error.origin::<Exception>().map_or_else(|| Value::Text(error.to_string()), |exception| exception.0.clone())
}

fn named<const N: usize>(desc: &'static RecordDesc, values: [Value; N]) -> Vec<(&'static str, Value)> {
    assert_eq!(desc.fields.len(), N, "as many values as fields of {}", desc.name);
    desc.fields.iter().map(|field| field.name.js).zip(values).collect()
}
