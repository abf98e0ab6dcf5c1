//! JavaScript values, one small step at a time: `values.js`.
//!
//! Static text goes over by its address: the page decodes it once and remembers it.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The bits of [`bigint_shape`] that tell the size: 0 = one word, 1 = two, 2 = more.
pub(crate) const BIGINT_SIZE: u32 = 3;
/// The bit of [`bigint_shape`] that tells the sign.
pub(crate) const BIGINT_NEGATIVE: u32 = 4;

/// [`buffer_state`] of what is no buffer.
pub(crate) const BUFFER_NONE: u32 = 0;
/// [`buffer_state`] of a buffer that was transferred.
pub(crate) const BUFFER_DETACHED: u32 = 2;
/// [`buffer_state`] of a buffer that other threads may write to.
pub(crate) const BUFFER_SHARED: u32 = 3;

#[wasm_bindgen(module = "/src/values.js")]
unsafe extern "C" {
    /// Which `typeof`, as a number.
    pub(crate) fn kind(value: &JsValue) -> u32;
    /// Of a number or boolean.
    pub(crate) fn number(value: &JsValue) -> f64;
    /// Of a string, nothing when it has a lone surrogate; of a number, as JavaScript writes it.
    pub(crate) fn text(value: &JsValue) -> Option<String>;
    /// Sign and size of a bigint.
    pub(crate) fn bigint_shape(value: &JsValue) -> u32;
    /// 64 bits of a bigint's magnitude.
    pub(crate) fn bigint_word(value: &JsValue, word: u32) -> u64;
    /// Whether bytes can be read from it.
    pub(crate) fn buffer_state(value: &JsValue) -> u32;
    /// The bytes of a buffer.
    pub(crate) fn buffer_copy(value: &JsValue) -> Vec<u8>;
    /// The milliseconds of a `Date`; infinite for anything else.
    pub(crate) fn date(value: &JsValue) -> f64;
    /// The length of an array; -1 for anything else.
    pub(crate) fn array_len(value: &JsValue) -> f64;
    /// `value[index]`.
    #[wasm_bindgen(catch)]
    pub(crate) fn item(value: &JsValue, index: u32) -> Result<JsValue, JsValue>;
    /// `value[name]`.
    #[wasm_bindgen(catch)]
    pub(crate) fn property(value: &JsValue, name: *const u8, len: usize) -> Result<JsValue, JsValue>;

    /// A `bigint` of two words.
    pub(crate) fn new_bigint(negative: bool, low: u64, high: u64) -> JsValue;
    /// A `Date`.
    pub(crate) fn new_date(millis: f64) -> JsValue;
    /// A `Uint8Array` with a copy.
    pub(crate) fn new_bytes(bytes: &[u8]) -> JsValue;
    /// `[]`.
    pub(crate) fn new_array() -> JsValue;
    /// `array.push(item)`.
    pub(crate) fn push(array: &JsValue, item: &JsValue);
    /// `{}`.
    pub(crate) fn new_object() -> JsValue;
    /// `object[name] = value`.
    pub(crate) fn set(object: &JsValue, name: *const u8, len: usize, value: &JsValue);
    /// `object.kind = tag`.
    pub(crate) fn set_tag(object: &JsValue, tag: *const u8, len: usize);
}
