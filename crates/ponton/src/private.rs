//! What code emitted by `#[ponton::bridge]` names. No part of the public API.
//!
//! Feature gates live here, never in emitted code: a `#[cfg(feature)]` there would be about the author's features.

use std::marker::PhantomData;

pub use inventory;
pub use ponton_core::convert::{
    Borrowed, Bridged, ErrorText, Fields, FromHost, IntoHost, Lent, Methods, Numbers, Reader, StdError, Writer, numbers,
};
pub use ponton_core::desc::{
    CallbackDesc, EnumDesc, FieldDesc, FnDesc, FnKind, Mode, ModuleDesc, Name, ObjectDesc, ParamDesc, RecordDesc,
    TypeDesc, VariantDesc,
};
pub use ponton_core::host::HostError;
pub use ponton_core::host::error::FromHostError;
pub use ponton_core::host::function::{Given, HostFn, Overflow, Policy, Signature};
pub use ponton_core::host::notify::Notifier;
pub use ponton_core::ir::{json, json_len};
pub use ponton_core::marker::{BoxFuture, MaybeSend, MaybeSync};
pub use ponton_core::module::{
    Call, Function, Module, Object, ObjectVisitor, Raise, Return, Shared, TypeSlot, Visitor,
};
pub use ponton_core::task::Habit;

#[cfg(all(feature = "node", not(target_arch = "wasm32")))]
pub use ponton_node as node;
#[cfg(all(feature = "python", not(target_arch = "wasm32")))]
pub use ponton_python as python;
#[cfg(all(feature = "web", target_arch = "wasm32"))]
pub use ponton_web as web;

/// Whether descriptions keep their docs at run time: only Python shows them.
pub const KEEP_DOCS: bool = cfg!(feature = "python");

/// `text`, or nothing.
pub const fn doc(keep: bool, text: &'static str) -> &'static str {
    if keep { text } else { "" }
}

/// What a function gives, and what it raises.
pub const fn returned<R: Return>() -> (TypeDesc, Option<TypeDesc>) {
    (<R::Ok as Bridged>::TYPE, <R::Err as Raise>::THROWS)
}

/// What a function of the host's gives, and what it raises.
pub const fn given<G: Given>() -> (TypeDesc, Option<TypeDesc>) {
    (G::RETURNS, G::THROWS)
}

/// What `#[number]` says of a type.
///
/// # Panics
/// At compile time, when it says nothing.
#[track_caller]
pub const fn number(ty: &TypeDesc) -> bool {
    assert!(ty.may_hold_big(), "#[number] is for i64, u64, i128 and u128: this holds none of them");
    true
}

/// A field of an error that comes back in: `Field::<T>::read`.
///
/// The inherent function goes before the trait's, so the compiler chooses by what `T` is, not by how it is written.
#[derive(Debug)]
pub struct Field<T>(PhantomData<T>);

impl<T: FromHost> Field<T> {
    /// The value, if it fits.
    pub fn read<F: Fields>(fields: &mut F, index: usize) -> Option<T> {
        fields.field(index).ok()
    }
}

/// [`Field::read`] for types that only go out: an exception with such a field comes in as any other exception.
pub trait OutOnly<T> {
    /// Nothing.
    fn read<F: Fields>(_: &mut F, _: usize) -> Option<T> {
        None
    }
}

impl<T> OutOnly<T> for Field<T> {}

/// Registers a module with every host that is compiled in: `export!(ModuleType, FULL_DESC)`.
#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($module:ty, $full:expr) => {
        $crate::__export_python!($module);
        $crate::__export_node!($module);
        $crate::__export_web!($module);
        $crate::__export_ir!($full);
    };
}

macro_rules! host {
    ($name:ident, $host:ident, $($gate:tt)*) => {
        #[cfg($($gate)*)]
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $name {
            ($module:ty) => {
                $crate::__private::inventory::submit! { $crate::__private::$host::Entry::of::<$module>() }
            };
        }
        #[cfg(not($($gate)*))]
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $name {
            ($module:ty) => {};
        }
    };
}

host!(__export_python, python, all(feature = "python", not(target_arch = "wasm32")));
host!(__export_node, node, all(feature = "node", not(target_arch = "wasm32")));
host!(__export_web, web, all(feature = "web", target_arch = "wasm32"));

/// Writes the description into a section of the artifact.
#[cfg(feature = "ir")]
#[doc(hidden)]
#[macro_export]
macro_rules! __export_ir {
    ($full:expr) => {
        #[used]
        #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__ponton"))]
        #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".ponton"))]
        static __PONTON_IR: [u8; $crate::__private::json_len($full)] = $crate::__private::json($full);
    };
}

/// Leaves the description out.
#[cfg(not(feature = "ir"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __export_ir {
    ($full:expr) => {};
}

/// Refuses `#[blocking]` where no thread may block.
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
#[macro_export]
macro_rules! __assert_may_block {
    ($name:literal) => {
        ::core::compile_error!(concat!(
            "`",
            $name,
            "` is #[blocking], and the web has no thread that may block: leave it out there with ",
            "`#[cfg(not(target_arch = \"wasm32\"))]`, or make it an `async fn`"
        ));
    };
}

/// Allows `#[blocking]`.
#[cfg(not(target_arch = "wasm32"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __assert_may_block {
    ($name:literal) => {};
}
