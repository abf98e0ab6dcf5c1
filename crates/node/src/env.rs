//! Node-API, checked.
//!
//! A [`Value`] is made from what a callback of ours was given, and nothing keeps it longer than that callback runs. An
//! [`Env`] lives as long as its environment, and is used inside callbacks only, on its own thread (neither is `Send`).
//! That is what every call below relies on.

use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr;

use napi_sys as sys;
use ponton_core::convert::{ConvertError, ConvertErrorKind};
use ponton_js::engine::{Failure, Handle, Kind};

/// A JavaScript value, valid until the callback that we are in returns.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(crate) struct Value(sys::napi_value);

impl Value {
    /// For handing it back to Node.
    pub(crate) const fn raw(self) -> sys::napi_value {
        self.0
    }

    /// No value; only to be returned to Node, which takes it for `undefined`.
    pub(crate) const NOTHING: Self = Self(ptr::null_mut());
}

/// A JavaScript environment: the main thread's, or a worker's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Env(sys::napi_env);

pub(crate) type Result<T> = std::result::Result<T, Failure<Value>>;

/// A function or another object that outlives the callback. It goes before its environment does.
#[derive(Debug)]
pub(crate) struct Reference(sys::napi_ref, Env);

impl Drop for Reference {
    fn drop(&mut self) {
        // SAFETY: `Env::keep` made it, in this environment, on whose thread we are: it is in the environment's state.
        unsafe { sys::napi_delete_reference(self.1.0, self.0) };
    }
}

/// Calls one function of Node-API that gives a value.
macro_rules! value {
    ($env:expr, $function:ident ( $($arg:expr),* )) => {{
        let mut result = ptr::null_mut();
        // SAFETY: the environment and every value belong to the callback that we are in (see the module's docs), and
        // `result` has room for the answer.
        let status = unsafe { sys::$function($env.0, $($arg,)* &raw mut result) };
        $env.check(status).map(|()| Value(result))
    }};
}

/// Calls one function of Node-API that fills in `$out`.
macro_rules! fill {
    ($env:expr, $function:ident ( $($arg:expr),* ), $out:expr) => {{
        let mut out = $out;
        // SAFETY: as for `value!`.
        let status = unsafe { sys::$function($env.0, $($arg,)* &raw mut out) };
        if status == sys::Status::napi_ok { Some(out) } else { None }
    }};
}

mod buffers;

impl Env {
    /// # Safety
    /// `env` is what Node gave to the callback that we are in, and the result is used in its callbacks only.
    pub(crate) const unsafe fn new(env: sys::napi_env) -> Self {
        Self(env)
    }

    pub(crate) const fn raw(self) -> sys::napi_env {
        self.0
    }

    fn check(self, status: sys::napi_status) -> Result<()> {
        if status == sys::Status::napi_ok { Ok(()) } else { Err(self.failure(status)) }
    }

    pub(crate) fn check_status(self, status: sys::napi_status) -> Result<()> {
        self.check(status)
    }

    #[cold]
    fn failure(self, status: sys::napi_status) -> Failure<Value> {
        if status == sys::Status::napi_pending_exception
            && let Ok(thrown) = value!(self, napi_get_and_clear_last_exception())
        {
            return Failure::Thrown(thrown);
        }
        if matches!(status, sys::Status::napi_cannot_run_js | sys::Status::napi_closing) {
            // The worker is being terminated; nobody will see what we throw.
            return Failure::Thrown(self.undefined());
        }
        ConvertError::new(ConvertErrorKind::Type, format!("Node-API refused an operation (status {status})")).into()
    }

    pub(crate) fn throw(self, error: Value) {
        // SAFETY: as for `value!`. An environment that refuses is going away.
        unsafe { sys::napi_throw(self.0, error.0) };
    }

    /// Throws a plain `Error`, before there is a runtime to make better ones.
    pub(crate) fn throw_error(self, message: &str) {
        let Ok(message) = self.string(message) else { return };
        if let Ok(error) = value!(self, napi_create_error(ptr::null_mut(), message.0)) {
            self.throw(error);
        }
    }

    pub(crate) fn kind(self, value: Value) -> Kind {
        use sys::ValueType as Type;
        match fill!(self, napi_typeof(value.0), Type::napi_undefined) {
            Some(Type::napi_null) => Kind::Null,
            Some(Type::napi_boolean) => Kind::Boolean,
            Some(Type::napi_number) => Kind::Number,
            Some(Type::napi_string) => Kind::String,
            Some(Type::napi_symbol) => Kind::Symbol,
            Some(Type::napi_function) => Kind::Function,
            Some(Type::napi_bigint) => Kind::BigInt,
            Some(Type::napi_object | Type::napi_external) => Kind::Object,
            _ => Kind::Undefined,
        }
    }

    pub(crate) fn as_bool(self, value: Value) -> bool {
        fill!(self, napi_get_value_bool(value.0), false).unwrap_or(false)
    }

    pub(crate) fn as_number(self, value: Value) -> f64 {
        self.number_of(value).unwrap_or(f64::NAN)
    }

    /// `None` for what is no number: Node looks by itself.
    pub(crate) fn number_of(self, value: Value) -> Option<f64> {
        fill!(self, napi_get_value_double(value.0), 0.0)
    }

    pub(crate) fn as_u32(self, value: Value) -> u32 {
        fill!(self, napi_get_value_uint32(value.0), 0).unwrap_or(u32::MAX)
    }

    pub(crate) fn as_string(self, value: Value) -> Option<String> {
        const ROOM: usize = 256;
        // V8 writes no half character: up to 3 bytes may stay free, and 1 is for the NUL.
        const SLACK: usize = 4;
        let mut buffer = [MaybeUninit::<u8>::uninit(); ROOM];
        let len = fill!(self, napi_get_value_string_utf8(value.0, buffer.as_mut_ptr().cast(), ROOM), 0)?;
        let bytes = if len < ROOM - SLACK {
            // SAFETY: Node wrote the first `len` bytes.
            unsafe { std::slice::from_raw_parts(buffer.as_ptr().cast(), len) }.to_vec()
        } else {
            let len = fill!(self, napi_get_value_string_utf8(value.0, ptr::null_mut(), 0), 0)?;
            let mut bytes: Vec<u8> = Vec::with_capacity(len + 1);
            let wrote = fill!(self, napi_get_value_string_utf8(value.0, bytes.as_mut_ptr().cast(), len + 1), 0)?;
            // SAFETY: Node wrote `wrote` bytes, at most the `len` there is room for.
            unsafe { bytes.set_len(wrote) };
            bytes
        };
        let text = String::from_utf8(bytes).ok()?;
        // A lone surrogate arrives as U+FFFD. So does U+FFFD itself; only then look at the code units.
        if text.contains('\u{FFFD}') && !self.is_well_formed(value) { None } else { Some(text) }
    }

    /// A number as JavaScript writes it.
    pub(crate) fn show(self, number: f64) -> String {
        let shown = value!(self, napi_coerce_to_string(self.number(number).0));
        shown.ok().and_then(|text| self.as_string(text)).unwrap_or_default()
    }

    fn is_well_formed(self, value: Value) -> bool {
        let Some(len) = fill!(self, napi_get_value_string_utf16(value.0, ptr::null_mut(), 0), 0) else { return false };
        let mut units = vec![0_u16; len + 1];
        let wrote = fill!(self, napi_get_value_string_utf16(value.0, units.as_mut_ptr(), len + 1), 0).unwrap_or(0);
        char::decode_utf16(units[..wrote].iter().copied()).all(|unit| unit.is_ok())
    }

    pub(crate) fn as_bigint(self, value: Value) -> Option<(bool, u128)> {
        let mut sign: c_int = 0;
        // One word more than fits: Node says how many there are, Deno how many it wrote.
        let mut words = [0_u64; 3];
        let mut count = words.len();
        // SAFETY: as for `value!`; `words` has room for `count` words.
        let status = unsafe {
            sys::napi_get_value_bigint_words(self.0, value.0, &raw mut sign, &raw mut count, words.as_mut_ptr())
        };
        let fits = status == sys::Status::napi_ok && count < words.len();
        fits.then(|| (sign != 0, u128::from(words[1]) << 64 | u128::from(words[0])))
    }

    pub(crate) fn as_date(self, value: Value) -> Option<f64> {
        if !fill!(self, napi_is_date(value.0), false)? {
            return None;
        }
        fill!(self, napi_get_date_value(value.0), 0.0)
    }

    pub(crate) fn array_len(self, value: Value) -> Option<u32> {
        if !fill!(self, napi_is_array(value.0), false)? {
            return None;
        }
        fill!(self, napi_get_array_length(value.0), 0)
    }

    pub(crate) fn item(self, value: Value, index: u32) -> Result<Value> {
        value!(self, napi_get_element(value.0, index))
    }

    pub(crate) fn property(self, value: Value, key: Value) -> Result<Value> {
        value!(self, napi_get_property(value.0, key.0))
    }

    /// `value[name]`. Cheaper than with a key that is kept: to fetch that costs as much as a property, and Node keeps no strings.
    pub(crate) fn named(self, value: Value, name: &str) -> Result<Value> {
        const ROOM: usize = 64;
        let mut room = [0_u8; ROOM];
        if name.len() < ROOM {
            room[..name.len()].copy_from_slice(name.as_bytes());
            return value!(self, napi_get_named_property(value.0, room.as_ptr().cast()));
        }
        self.property(value, self.string(name)?)
    }

    pub(crate) fn set(self, object: Value, key: Value, value: Value) -> Result<()> {
        // SAFETY: as for `value!`.
        self.check(unsafe { sys::napi_set_property(self.0, object.0, key.0, value.0) })
    }

    pub(crate) fn undefined(self) -> Value {
        value!(self, napi_get_undefined()).unwrap_or(Value::NOTHING)
    }

    pub(crate) fn null(self) -> Value {
        value!(self, napi_get_null()).unwrap_or(Value::NOTHING)
    }

    pub(crate) fn bool(self, value: bool) -> Value {
        value!(self, napi_get_boolean(value)).unwrap_or(Value::NOTHING)
    }

    pub(crate) fn number(self, value: f64) -> Value {
        value!(self, napi_create_double(value)).unwrap_or(Value::NOTHING)
    }

    pub(crate) fn string(self, text: &str) -> Result<Value> {
        // The size of a `str` fits an `isize`. `NonNull::dangling` of an empty one is fine: nothing is read.
        value!(self, napi_create_string_utf8(text.as_ptr().cast(), text.len().cast_signed()))
    }

    pub(crate) fn bigint(self, negative: bool, magnitude: u128) -> Result<Value> {
        #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
        let words = [magnitude as u64, (magnitude >> 64) as u64];
        let count = if words[1] == 0 { 1 } else { 2 };
        value!(self, napi_create_bigint_words(c_int::from(negative), count, words.as_ptr()))
    }

    pub(crate) fn date(self, millis: f64) -> Result<Value> {
        value!(self, napi_create_date(millis))
    }

    pub(crate) fn array(self, items: &[Value]) -> Result<Value> {
        let array = value!(self, napi_create_array_with_length(items.len()))?;
        for (index, item) in (0..).zip(items) {
            self.set_item(array, index, *item)?;
        }
        Ok(array)
    }

    pub(crate) fn set_item(self, array: Value, index: u32, item: Value) -> Result<()> {
        // SAFETY: as for `value!`.
        self.check(unsafe { sys::napi_set_element(self.0, array.0, index, item.0) })
    }

    pub(crate) fn object(self) -> Result<Value> {
        value!(self, napi_create_object())
    }

    pub(crate) fn handle(self, handle: Handle) -> Result<Value> {
        unsafe extern "C" fn free(_: sys::napi_env, data: *mut c_void, _: *mut c_void) {
            // SAFETY: `data` is the box leaked below; Node finalizes each external once.
            let handle = unsafe { Box::from_raw(data.cast::<Handle>()) };
            crate::call::guarded(|| drop(handle));
        }
        let data = Box::into_raw(Box::new(handle));
        value!(self, napi_create_external(data.cast(), Some(free), ptr::null_mut())).inspect_err(|_| {
            // SAFETY: the external was not made, so the box is still ours.
            drop(unsafe { Box::from_raw(data) });
        })
    }

    /// What is behind an external made by [`Self::handle`].
    pub(crate) fn with_handle<T>(self, value: Value, read: impl FnOnce(&Handle) -> T) -> Option<T> {
        if fill!(self, napi_typeof(value.0), 0)? != sys::ValueType::napi_external {
            return None;
        }
        let data = fill!(self, napi_get_value_external(value.0), ptr::null_mut())?;
        // SAFETY: only `runtime.js` calls us, with externals out of the private fields of its own classes, and those are
        // made by `Self::handle`. The caller holds the value, so it has not been finalized.
        unsafe { data.cast::<Handle>().as_ref() }.map(read)
    }

    pub(crate) fn call(self, function: &Reference, args: &[Value]) -> Result<Value> {
        let function = self.value_of(function)?;
        self.call_value(function, args)
    }

    /// `function(argument)`.
    pub(crate) fn call_with(self, function: &Reference, argument: &Reference) -> Result<Value> {
        let argument = self.value_of(argument)?;
        self.call(function, &[argument])
    }

    pub(crate) fn call_value(self, function: Value, args: &[Value]) -> Result<Value> {
        let receiver = self.undefined();
        // `Value` is a transparent wrapper, so a slice of them is an array of Node's.
        value!(self, napi_call_function(receiver.0, function.0, args.len(), args.as_ptr().cast()))
    }

    pub(crate) fn value_of(self, reference: &Reference) -> Result<Value> {
        value!(self, napi_get_reference_value(reference.0))
    }

    /// Keeps `object` for the life of the environment.
    pub(crate) fn keep(self, object: Value) -> Result<Reference> {
        let mut reference = ptr::null_mut();
        // SAFETY: as for `value!`.
        self.check(unsafe { sys::napi_create_reference(self.0, object.0, 1, &raw mut reference) })?;
        Ok(Reference(reference, self))
    }

    /// # Safety
    /// `data` stays valid as long as JavaScript can call the function.
    pub(crate) unsafe fn function(self, name: &str, callback: sys::napi_callback, data: *mut c_void) -> Result<Value> {
        value!(self, napi_create_function(name.as_ptr().cast(), name.len().cast_signed(), callback, data))
    }

    /// Runs `body`, and lets go of the values it made: none may be given out.
    pub(crate) fn scope<T>(self, body: impl FnOnce() -> T) -> T {
        struct Close(Env, sys::napi_handle_scope);
        impl Drop for Close {
            fn drop(&mut self) {
                // SAFETY: the scope was opened below, and those opened after it are closed.
                unsafe { sys::napi_close_handle_scope(self.0.0, self.1) };
            }
        }
        let scope = fill!(self, napi_open_handle_scope(), ptr::null_mut());
        let _close = scope.map(|scope| Close(self, scope));
        body()
    }

    pub(crate) fn run_script(self, source: &str) -> Result<Value> {
        let source = self.string(source)?;
        value!(self, napi_run_script(source.0))
    }
}
