//! The type table: every type of the standard library that crosses.
//!
//! No impl is recommended in errors: the notes on the traits say more than a list of some of them.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::{Borrowed, Bridged, Fields, FromHost, Int, IntoHost, Reader, Writer};
use crate::desc::TypeDesc;
use crate::module::{Object, Shared};

macro_rules! scalar {
    ($($ty:ty: $desc:ident, |$r:ident| $read:expr, |$w:ident, $value:ident| $write:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Bridged for $ty {
            const TYPE: TypeDesc = TypeDesc::$desc;
        }
        #[diagnostic::do_not_recommend]
        impl FromHost for $ty {
            fn from_host<R: Reader>($r: R) -> Result<Self, R::Error> {
                $read
            }
        }
        #[diagnostic::do_not_recommend]
        impl IntoHost for $ty {
            fn into_host<W: Writer>(self, $w: &mut W) -> Result<W::Value, W::Error> {
                let $value = self;
                $write
            }
        }
    )*};
}

scalar! {
    bool: Bool, |r| r.bool(), |w, value| w.bool(value);
    f64: F64, |r| r.float(), |w, value| w.float(value);
    String: String, |r| r.string(), |w, value| w.string(&value);
    Bytes: Bytes, |r| r.bytes(), |w, value| w.bytes(value);
    Duration: Duration, |r| r.duration(), |w, value| w.duration(value);
    SystemTime: SystemTime, |r| r.system_time(), |w, value| w.system_time(value);
}

#[diagnostic::do_not_recommend]
impl Bridged for f32 {
    const TYPE: TypeDesc = TypeDesc::F32;
}

#[diagnostic::do_not_recommend]
impl FromHost for f32 {
    #[expect(clippy::cast_possible_truncation, reason = "rounding to the nearest f32 is what the type asks for")]
    fn from_host<R: Reader>(value: R) -> Result<Self, R::Error> {
        value.float().map(|wide| wide as Self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoHost for f32 {
    fn into_host<W: Writer>(self, host: &mut W) -> Result<W::Value, W::Error> {
        host.float(f64::from(self))
    }
}

#[diagnostic::do_not_recommend]
impl Bridged for () {
    const TYPE: TypeDesc = TypeDesc::Unit;
}

#[diagnostic::do_not_recommend]
impl FromHost for () {
    fn from_host<R: Reader>(value: R) -> Result<Self, R::Error> {
        value.unit()
    }
    fn from_returned<R: Reader>(_: R) -> Result<Self, R::Error> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl IntoHost for () {
    fn into_host<W: Writer>(self, host: &mut W) -> Result<W::Value, W::Error> {
        host.unit()
    }
}

macro_rules! int {
    ($($ty:ty: $desc:ident, $big:expr $(, list $list:tt)?;)*) => {$(
        #[allow(
            clippy::cast_sign_loss, clippy::cast_lossless, clippy::cast_possible_wrap, clippy::cast_possible_truncation,
            clippy::unnecessary_cast, irrefutable_let_patterns, unused_comparisons,
            reason = "one body for every width: some of it is trivial for some"
        )]
        impl Int for $ty {
            const NAME: &'static str = stringify!($ty);
            const BIG: bool = $big;
            const MIN: i128 = <$ty>::MIN as i128;
            const MAX: u128 = <$ty>::MAX as u128;
            fn from_i128(wide: i128) -> Option<Self> {
                Self::try_from(wide).ok()
            }
            fn from_u128(wide: u128) -> Option<Self> {
                Self::try_from(wide).ok()
            }
            fn to_parts(self) -> (bool, u128) {
                if self < 0 { (true, (self as i128).unsigned_abs()) } else { (false, self as u128) }
            }
            fn to_i64(self) -> Option<i64> {
                i64::try_from(self).ok()
            }
            fn from_i64(narrow: i64) -> Option<Self> {
                Self::try_from(narrow).ok()
            }
        }
        #[diagnostic::do_not_recommend]
        impl Bridged for $ty {
            const TYPE: TypeDesc = TypeDesc::$desc;
            $(const LIST: TypeDesc = TypeDesc::$list;)?
        }
        #[diagnostic::do_not_recommend]
        impl FromHost for $ty {
            fn from_host<R: Reader>(value: R) -> Result<Self, R::Error> {
                value.int()
            }
            $(int!(@read $list);)?
        }
        #[diagnostic::do_not_recommend]
        impl IntoHost for $ty {
            fn into_host<W: Writer>(self, host: &mut W) -> Result<W::Value, W::Error> {
                host.int(self)
            }
            $(int!(@write $list);)?
        }
    )*};
    (@read Bytes) => {
        fn list_from_host<R: Reader>(value: R) -> Result<Vec<Self>, R::Error> {
            value.bytes().map(Vec::from)
        }
    };
    (@write Bytes) => {
        fn list_into_host<W: Writer>(list: Vec<Self>, host: &mut W) -> Result<W::Value, W::Error> {
            host.bytes(Bytes::from(list))
        }
    };
}

int! {
    i8: I8, false;
    i16: I16, false;
    i32: I32, false;
    i64: I64, true;
    i128: I128, true;
    isize: Isize, false;
    u8: U8, false, list Bytes;
    u16: U16, false;
    u32: U32, false;
    u64: U64, true;
    u128: U128, true;
    usize: Usize, false;
}

#[diagnostic::do_not_recommend]
impl<T: Bridged> Bridged for Option<T> {
    const TYPE: TypeDesc = TypeDesc::Option(&T::TYPE);
    const OPTIONAL: bool = true;
}

#[diagnostic::do_not_recommend]
impl<T: FromHost> FromHost for Option<T> {
    fn from_host<R: Reader>(value: R) -> Result<Self, R::Error> {
        value.option(T::from_host)
    }
    fn absent() -> Option<Self> {
        Some(None)
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoHost> IntoHost for Option<T> {
    fn into_host<W: Writer>(self, host: &mut W) -> Result<W::Value, W::Error> {
        match self {
            None => host.none(),
            Some(value) => value.into_host(host),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Bridged> Bridged for Vec<T> {
    const TYPE: TypeDesc = T::LIST;
}

#[diagnostic::do_not_recommend]
impl<T: FromHost> FromHost for Vec<T> {
    fn from_host<R: Reader>(value: R) -> Result<Self, R::Error> {
        T::list_from_host(value)
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoHost> IntoHost for Vec<T> {
    fn into_host<W: Writer>(self, host: &mut W) -> Result<W::Value, W::Error> {
        T::list_into_host(self, host)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Bridged> Bridged for Box<T> {
    const TYPE: TypeDesc = T::TYPE;
    const OPTIONAL: bool = T::OPTIONAL;
}

#[diagnostic::do_not_recommend]
impl<T: FromHost> FromHost for Box<T> {
    fn from_host<R: Reader>(value: R) -> Result<Self, R::Error> {
        T::from_host(value).map(Self::new)
    }
    fn absent() -> Option<Self> {
        T::absent().map(Self::new)
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoHost> IntoHost for Box<T> {
    fn into_host<W: Writer>(self, host: &mut W) -> Result<W::Value, W::Error> {
        (*self).into_host(host)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Bridged, S> Bridged for HashMap<String, T, S> {
    const TYPE: TypeDesc = TypeDesc::Map(&T::TYPE);
}

#[diagnostic::do_not_recommend]
impl<T: FromHost, S: BuildHasher + Default> FromHost for HashMap<String, T, S> {
    fn from_host<R: Reader>(value: R) -> Result<Self, R::Error> {
        value.map(T::from_host).map(Self::from_iter)
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoHost, S> IntoHost for HashMap<String, T, S> {
    fn into_host<W: Writer>(self, host: &mut W) -> Result<W::Value, W::Error> {
        host.map(self.len(), self.into_iter())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Bridged> Bridged for BTreeMap<String, T> {
    const TYPE: TypeDesc = TypeDesc::Map(&T::TYPE);
}

#[diagnostic::do_not_recommend]
impl<T: FromHost> FromHost for BTreeMap<String, T> {
    fn from_host<R: Reader>(value: R) -> Result<Self, R::Error> {
        value.map(T::from_host).map(Self::from_iter)
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoHost> IntoHost for BTreeMap<String, T> {
    fn into_host<W: Writer>(self, host: &mut W) -> Result<W::Value, W::Error> {
        host.map(self.len(), self.into_iter())
    }
}

macro_rules! tuple {
    ($($len:literal: $($ty:ident $index:tt),*;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($ty: Bridged),*> Bridged for ($($ty,)*) {
            const TYPE: TypeDesc = TypeDesc::Tuple(&[$($ty::TYPE),*]);
        }
        #[diagnostic::do_not_recommend]
        impl<$($ty: FromHost),*> FromHost for ($($ty,)*) {
            fn from_host<R: Reader>(value: R) -> Result<Self, R::Error> {
                let mut items = value.tuple($len)?;
                Ok(($(items.field::<$ty>($index)?,)*))
            }
        }
        #[diagnostic::do_not_recommend]
        impl<$($ty: IntoHost),*> IntoHost for ($($ty,)*) {
            fn into_host<W: Writer>(self, host: &mut W) -> Result<W::Value, W::Error> {
                let items = [$(self.$index.into_host(host)?),*];
                host.tuple(items)
            }
        }
    )*};
}

tuple! {
    1: A 0;
    2: A 0, B 1;
    3: A 0, B 1, C 2;
    4: A 0, B 1, C 2, D 3;
    5: A 0, B 1, C 2, D 3, E 4;
    6: A 0, B 1, C 2, D 3, E 4, F 5;
}

#[diagnostic::do_not_recommend]
impl<T: Shared + ?Sized> Bridged for Arc<T> {
    const TYPE: TypeDesc = <T as Shared>::TYPE;
}

#[diagnostic::do_not_recommend]
impl<T: Shared + ?Sized> FromHost for Arc<T> {
    fn from_host<R: Reader>(value: R) -> Result<Self, R::Error> {
        T::shared_from_host(value)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Object> IntoHost for Arc<T> {
    fn into_host<W: Writer>(self, host: &mut W) -> Result<W::Value, W::Error> {
        host.object(self)
    }
}

#[diagnostic::do_not_recommend]
impl Borrowed for str {
    type Owned = String;
    fn borrowed(owned: &String) -> &Self {
        owned
    }
}

#[diagnostic::do_not_recommend]
impl Borrowed for [u8] {
    type Owned = Bytes;
    fn borrowed(owned: &Bytes) -> &Self {
        owned
    }
}
