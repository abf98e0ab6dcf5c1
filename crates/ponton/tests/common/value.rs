//! The values of the host in memory.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// One host value. Names in it are the JavaScript ones.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The absent value.
    None,
    Bool(bool),
    /// Negative, magnitude.
    Int(bool, u128),
    /// A 64-bit integer that went out as a number.
    Number(bool, u128),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    Duration(Duration),
    Time(SystemTime),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
    Tuple(Vec<Value>),
    Record(&'static str, Vec<(&'static str, Value)>),
    /// Type, tag.
    Plain(&'static str, &'static str),
    /// Type, tag, fields.
    Union(&'static str, &'static str, Vec<(&'static str, Value)>),
    Error(Box<Error>),
    Object(Instance),
    Function(Function),
    /// An object of the host's own, with methods.
    Methods(BTreeMap<&'static str, Function>),
}

/// A function of the host's: it gives a value, or raises one.
#[derive(Clone)]
pub struct Function(pub Arc<dyn Fn(Vec<Value>) -> Result<Value, Value> + Send + Sync>);

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a function")
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// An exception.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    pub class: &'static str,
    pub variant: &'static str,
    pub code: &'static str,
    pub message: String,
    pub sources: Vec<Value>,
    pub fields: Vec<(&'static str, Value)>,
}

/// An instance of a bridged class.
#[derive(Clone)]
pub struct Instance {
    pub class: &'static str,
    pub object: Arc<dyn Any + Send + Sync>,
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:p}", self.class, self.object)
    }
}

impl PartialEq for Instance {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.object, &other.object)
    }
}

/// A function of the host's.
pub fn function(body: impl Fn(Vec<Value>) -> Result<Value, Value> + Send + Sync + 'static) -> Value {
    Value::Function(Function(Arc::new(body)))
}

pub fn int(value: i128) -> Value {
    Value::Int(value < 0, value.unsigned_abs())
}

pub fn number(value: i128) -> Value {
    Value::Number(value < 0, value.unsigned_abs())
}

pub fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

pub fn bytes(value: &[u8]) -> Value {
    Value::Bytes(value.to_owned())
}

pub fn list<const N: usize>(items: [Value; N]) -> Value {
    Value::List(items.into())
}

pub fn tuple<const N: usize>(items: [Value; N]) -> Value {
    Value::Tuple(items.into())
}

pub fn record<const N: usize>(name: &'static str, fields: [(&'static str, Value); N]) -> Value {
    Value::Record(name, fields.into())
}

pub fn plain(name: &'static str, tag: &'static str) -> Value {
    Value::Plain(name, tag)
}

pub fn union<const N: usize>(name: &'static str, tag: &'static str, fields: [(&'static str, Value); N]) -> Value {
    Value::Union(name, tag, fields.into())
}

/// An error of class, variant, code, message and fields, without sources.
pub fn error<const N: usize>(
    [class, variant, code]: [&'static str; 3],
    message: &str,
    fields: [(&'static str, Value); N],
) -> Value {
    let message = message.to_owned();
    Value::Error(Box::new(Error { class, variant, code, message, sources: Vec::new(), fields: fields.into() }))
}
