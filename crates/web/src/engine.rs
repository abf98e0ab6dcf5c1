//! The browser as a JavaScript engine: [`ponton_js`] on top of `values.js`.

use std::sync::Arc;

use bytes::Bytes;
use ponton_core::desc::FieldDesc;
use ponton_core::host::lane::Errand;
use ponton_core::module::TypeSlot;
use ponton_js::answer::Settled;
use ponton_js::engine::{Engine, Failure, Handle, Hook, Kind, detached, shared};
use ponton_js::host::link::Link;
use ponton_js::host::requests::Requests;
use ponton_js::slots::Slots;
use wasm_bindgen::JsValue;

use crate::one_thread::OneThread;
use crate::{entry, handles, host, values};

type Result<T> = std::result::Result<T, Failure<JsValue>>;

/// The page or worker this instance runs in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page;

/// The calls that JavaScript waits for.
static SLOTS: OneThread<Slots<Page>> = OneThread(Slots::new());
/// The code of the page's that Rust waits for.
static REQUESTS: OneThread<Requests<Page>> = OneThread(Requests::new());

// `host.js` calls them by their numbers.
const _: () = assert!(Hook::Reset as usize == 21 && Hook::Live as usize == 22);

impl Engine for Page {
    type Value = JsValue;
    type Link = Self;

    fn kind(&self, value: &JsValue) -> Kind {
        match values::kind(value) {
            0 => Kind::Undefined,
            1 => Kind::Null,
            2 => Kind::Boolean,
            3 => Kind::Number,
            4 => Kind::BigInt,
            5 => Kind::String,
            6 => Kind::Symbol,
            7 => Kind::Function,
            _ => Kind::Object,
        }
    }

    fn as_bool(&self, value: &JsValue) -> bool {
        values::number(value) != 0.0
    }

    fn as_number(&self, value: &JsValue) -> f64 {
        values::number(value)
    }

    fn as_string(&self, value: &JsValue) -> Option<String> {
        values::text(value)
    }

    fn as_bigint(&self, value: &JsValue) -> Option<(bool, u128)> {
        let shape = values::bigint_shape(value);
        let high = match shape & values::BIGINT_SIZE {
            0 => 0,
            1 => values::bigint_word(value, 1),
            _ => return None,
        };
        let magnitude = u128::from(high) << 64 | u128::from(values::bigint_word(value, 0));
        Some((shape & values::BIGINT_NEGATIVE != 0, magnitude))
    }

    fn as_bytes(&self, value: &JsValue) -> Result<Option<Bytes>> {
        match values::buffer_state(value) {
            values::BUFFER_NONE => Ok(None),
            values::BUFFER_DETACHED => Err(detached().into()),
            values::BUFFER_SHARED => Err(shared().into()),
            _ => Ok(Some(Bytes::from(values::buffer_copy(value)))),
        }
    }

    fn as_date(&self, value: &JsValue) -> Option<f64> {
        let time = values::date(value);
        // No date is that far away: it stands for "not a date".
        (time != f64::INFINITY).then_some(time)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an array's length is a u32, or -1")]
    fn array_len(&self, value: &JsValue) -> Option<u32> {
        let len = values::array_len(value);
        (len >= 0.0).then_some(len as u32)
    }

    fn item(&self, value: &JsValue, index: u32) -> Result<JsValue> {
        values::item(value, index).map_err(Failure::Thrown)
    }

    fn property(&self, value: &JsValue, name: &'static str) -> Result<JsValue> {
        values::property(value, name.as_ptr(), name.len()).map_err(Failure::Thrown)
    }

    fn handle<T: 'static>(&self, value: &JsValue) -> Option<Arc<T>> {
        handles::get(values::number(value))
    }

    fn undefined(&self) -> JsValue {
        JsValue::UNDEFINED
    }

    fn null(&self) -> JsValue {
        JsValue::NULL
    }

    fn new_bool(&self, value: bool) -> JsValue {
        JsValue::from_bool(value)
    }

    fn new_number(&self, value: f64) -> JsValue {
        JsValue::from_f64(value)
    }

    fn new_string(&self, value: &str) -> Result<JsValue> {
        Ok(JsValue::from_str(value))
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    fn new_bigint(&self, negative: bool, magnitude: u128) -> Result<JsValue> {
        Ok(values::new_bigint(negative, magnitude as u64, (magnitude >> 64) as u64))
    }

    fn new_date(&self, millis: f64) -> Result<JsValue> {
        Ok(values::new_date(millis))
    }

    fn new_bytes(&self, value: Bytes) -> Result<JsValue> {
        // The memory of the module may grow, which detaches every view of it: what goes out is a copy.
        Ok(values::new_bytes(&value))
    }

    fn new_array(&self, items: &[JsValue]) -> Result<JsValue> {
        let array = values::new_array();
        for item in items {
            values::push(&array, item);
        }
        Ok(array)
    }

    fn new_object(
        &self,
        tag: Option<&'static str>,
        fields: &'static [FieldDesc],
        values: &[JsValue],
    ) -> Result<JsValue> {
        let object = values::new_object();
        if let Some(tag) = tag {
            values::set_tag(&object, tag.as_ptr(), tag.len());
        }
        for (field, value) in fields.iter().zip(values) {
            values::set(&object, field.name.js.as_ptr(), field.name.js.len(), value);
        }
        Ok(object)
    }

    fn show(&self, number: f64) -> String {
        values::text(&JsValue::from_f64(number)).unwrap_or_default()
    }

    fn new_handle(&self, handle: Handle) -> Result<JsValue> {
        Ok(JsValue::from_f64(handles::put(handle)))
    }

    fn call_hook(&self, hook: Hook, args: &[JsValue]) -> Result<JsValue> {
        let none = JsValue::UNDEFINED;
        let arg = |index: usize| args.get(index).unwrap_or(&none);
        debug_assert!(args.len() <= 5, "the hooks take five arguments at most");
        host::call_hook(hook as u32, arg(0), arg(1), arg(2), arg(3), arg(4)).map_err(Failure::Thrown)
    }

    fn ordinal(&self, slot: &'static TypeSlot) -> u32 {
        entry::ordinal(slot)
    }

    fn link(&self) -> &Self {
        self
    }

    fn slots(&self) -> &Slots<Self> {
        &SLOTS.0
    }

    fn requests(&self) -> &Requests<Self> {
        &REQUESTS.0
    }

    /// At once: resolving a promise runs none of the page's code.
    fn settle(&self, slot: u32, settled: Settled<JsValue>) {
        let (value, failed) = match settled {
            Ok(value) => (value, 0),
            Err(error) => (error, 1),
        };
        // It never throws: what the runtime resolves are promises of its own, with values that are no thenables.
        let _ = self.call_hook(Hook::Settle, &[JsValue::from(slot * 2 + failed), value]);
    }
}

/// There is one thread, and this is it. What another instance held is out of reach: see `reset` in `host.js`.
impl Link for Page {
    type Engine = Self;

    fn is_here(&self) -> bool {
        true
    }

    fn is_open(&self) -> bool {
        true
    }

    fn is_same(&self, _: &Self) -> bool {
        true
    }

    fn with<T>(&self, body: impl FnOnce(&Self) -> T) -> Option<T> {
        Some(body(self))
    }

    fn post(&self, errand: Arc<dyn Errand>) -> std::result::Result<(), Arc<dyn Errand>> {
        errand.run();
        Ok(())
    }

    fn release(&self, _: u32) {}
}
