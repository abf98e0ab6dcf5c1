//! How the host in memory reads its values.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use ponton::__private::{EnumDesc, Fields, FromHost, Object, Reader, RecordDesc, TypeSlot};
use ponton_core::convert::{ConvertError, ConvertErrorKind, Int, Lent};
use ponton_core::desc::CallbackDesc;
use ponton_core::host::function::{Callee, Signature};

use super::Value;
use super::function::{Called, MethodsOf};

type Result<T> = std::result::Result<T, ConvertError>;

impl Value {
    fn expected<T>(&self, what: &str) -> Result<T> {
        Err(ConvertError::expected(what, &format!("{self:?}")))
    }
}

thread_local! {
    /// Bytes that a plain call looks at where they lie.
    static LENT: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Runs a plain call; what was lent to it is freed when it has returned.
pub(super) fn lending<R>(call: impl FnOnce() -> R) -> R {
    let returned = call();
    LENT.take();
    returned
}

impl Reader for Value {
    type Error = ConvertError;
    type Fields = FieldsOf;
    type Methods = super::function::MethodsOf;

    fn unit(self) -> Result<()> {
        if self == Self::None { Ok(()) } else { self.expected("nothing") }
    }
    fn bool(self) -> Result<bool> {
        if let Self::Bool(value) = self { Ok(value) } else { self.expected("a boolean") }
    }
    fn int<T: Int>(self) -> Result<T> {
        let Self::Int(negative, magnitude) = self else { return self.expected("an integer") };
        let wide = if negative {
            0_i128.checked_sub_unsigned(magnitude).and_then(T::from_i128)
        } else {
            T::from_u128(magnitude)
        };
        wide.ok_or_else(|| ConvertError::out_of_range::<T>(magnitude))
    }
    fn float(self) -> Result<f64> {
        if let Self::Float(value) = self { Ok(value) } else { self.expected("a float") }
    }
    fn string(self) -> Result<String> {
        if let Self::Text(value) = self { Ok(value) } else { self.expected("text") }
    }
    fn bytes(self) -> Result<Bytes> {
        if let Self::Bytes(value) = self { Ok(value.into()) } else { self.expected("bytes") }
    }
    fn lent_bytes(self) -> Result<Lent> {
        let Self::Bytes(value) = self else { return self.expected("bytes") };
        // SAFETY: nobody writes to it, and `lending` frees it.
        let lent = unsafe { Lent::in_place(value.as_ptr(), value.len()) };
        LENT.with_borrow_mut(|all| all.push(value));
        Ok(lent)
    }
    fn duration(self) -> Result<Duration> {
        if let Self::Duration(value) = self { Ok(value) } else { self.expected("a duration") }
    }
    fn system_time(self) -> Result<SystemTime> {
        if let Self::Time(value) = self { Ok(value) } else { self.expected("a time") }
    }
    fn option<T>(self, some: impl FnOnce(Self) -> Result<T>) -> Result<Option<T>> {
        if self == Self::None { Ok(None) } else { some(self).map(Some) }
    }
    fn list<T>(self, mut item: impl FnMut(Self) -> Result<T>) -> Result<Vec<T>> {
        let Self::List(items) = self else { return self.expected("a list") };
        items.into_iter().enumerate().map(|(i, value)| item(value).map_err(|e| e.in_item(i))).collect()
    }
    fn map<T>(self, mut item: impl FnMut(Self) -> Result<T>) -> Result<Vec<(String, T)>> {
        let Self::Map(entries) = self else { return self.expected("a map") };
        let entry = |(key, value): (String, Self)| match item(value) {
            Ok(value) => Ok((key, value)),
            Err(error) => Err(error.in_field(&key)),
        };
        entries.into_iter().map(entry).collect()
    }
    fn tuple(self, len: usize) -> Result<FieldsOf> {
        match self {
            Self::Tuple(items) if items.len() == len => {
                Ok(FieldsOf(items.into_iter().map(|item| (None, Some(item))).collect()))
            }
            other => other.expected("a tuple"),
        }
    }
    fn record(self, desc: &'static RecordDesc, _: &'static TypeSlot) -> Result<FieldsOf> {
        match self {
            Self::Record(name, fields) if name == desc.name => Ok(FieldsOf::described(desc, &fields)),
            other => other.expected(desc.name),
        }
    }
    fn plain_enum(self, desc: &'static EnumDesc, _: &'static TypeSlot) -> Result<usize> {
        match self {
            Self::Plain(name, tag) if name == desc.name => variant(desc, tag),
            other => other.expected(desc.name),
        }
    }
    fn union(self, desc: &'static EnumDesc, _: &'static TypeSlot) -> Result<(usize, FieldsOf)> {
        match self {
            Self::Union(name, tag, fields) if name == desc.name => {
                let index = variant(desc, tag)?;
                Ok((index, FieldsOf::described(&desc.variants[index].data, &fields)))
            }
            other => other.expected(desc.name),
        }
    }
    fn object<T: Object>(self) -> Result<Arc<T>> {
        let Self::Object(instance) = self else { return self.expected(T::DESC.name) };
        instance.downcast()
    }
    fn function<S: Signature>(self) -> Result<Arc<dyn Callee<S>>> {
        let Self::Function(function) = self else { return self.expected("a function") };
        Ok(Arc::new(Called(function)))
    }
    fn awaitable<S: Signature<Args = ()>>(self) -> Result<Arc<dyn Callee<S>>> {
        self.function::<S>()
    }
    fn methods(self, desc: &'static CallbackDesc) -> Result<MethodsOf> {
        let Self::Methods(methods) = self else { return self.expected(desc.name) };
        Ok(MethodsOf(methods))
    }
    fn error(self, desc: &'static EnumDesc, _: &'static TypeSlot) -> Option<(usize, FieldsOf)> {
        let Self::Error(error) = self else { return None };
        let index = desc.variants.iter().position(|variant| variant.code == error.code)?;
        (error.class == desc.name).then(|| (index, FieldsOf::described(&desc.variants[index].data, &error.fields)))
    }
}

impl super::Instance {
    /// The Rust object, where it is a `T`.
    pub(super) fn downcast<T: Object>(self) -> Result<Arc<T>> {
        self.object.downcast().map_err(|_| ConvertError::expected(T::DESC.name, self.class))
    }
}

fn variant(desc: &'static EnumDesc, tag: &str) -> Result<usize> {
    desc.variants
        .iter()
        .position(|variant| variant.tag == tag)
        .ok_or_else(|| ConvertError::new(ConvertErrorKind::Value, format!("{} has no {tag}", desc.name)))
}

/// The fields of one value, by their position in the description.
pub struct FieldsOf(Vec<(Option<&'static str>, Option<Value>)>);

impl FieldsOf {
    fn described(desc: &'static RecordDesc, fields: &[(&'static str, Value)]) -> Self {
        let find = |name| fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        Self(desc.fields.iter().map(|field| (Some(field.name.rust), find(field.name.js))).collect())
    }
}

impl Fields for FieldsOf {
    type Error = ConvertError;

    fn field<T: FromHost>(&mut self, index: usize) -> Result<T> {
        let (name, value) = &mut self.0[index];
        let read = match value.take() {
            Some(value) => T::from_host(value),
            None => T::absent().ok_or_else(|| ConvertError::new(ConvertErrorKind::Type, "missing")),
        };
        read.map_err(|error| match name {
            Some(name) => error.in_field(name),
            None => error.in_item(index),
        })
    }
}
