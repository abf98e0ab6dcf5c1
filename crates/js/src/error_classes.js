// ── error classes ─────────────────────────────────────────────────────────────
/* global own, withoutStack, causes, made */

/**
 * The classes of one error enum: `KvError` and, on it, `KvError.NotFound`. Their constructor takes the message and the
 * fields, so that a test double can be made.
 */
function makeErrorClasses(desc) {
  const Base = { [desc.name]: class extends Error {} }[desc.name];
  own(Base.prototype, 'name', desc.name);
  const variants = desc.variants.map((variant) => {
    // None is called `message` or `code`: such a field's JavaScript name ends in `_`.
    const keys = variant.fields.map(({ name }) => name.js);
    const Variant = {
      [variant.name]: class extends Base {
        constructor(message, values = {}, options = undefined) {
          super(message, options);
          this.code = variant.code;
          for (let i = 0; i < keys.length; i += 1) this[keys[i]] = values[keys[i]];
        }
      },
    }[variant.name];
    own(Variant.prototype, 'name', `${desc.name}.${variant.name}`);
    own(Base, variant.name, Variant);
    return { Variant, keys };
  });
  return { Base, variants };
}

/** error ordinal → its classes. */
const errorClasses = [];

/** Hook. */
function makeError(ordinal, index, message, sources, values) {
  const { Variant, keys } = errorClasses[ordinal].variants[index];
  const fields = Object.fromEntries(keys.map((key, i) => [key, values[i]]));
  return (made = withoutStack(() => new Variant(message, fields, causes(sources))));
}

/** Hook: which variant of an error enum `value` is; -1 when it is none. */
function variantOf(ordinal, value) {
  return errorClasses[ordinal].variants.findIndex(({ Variant }) => value instanceof Variant);
}
