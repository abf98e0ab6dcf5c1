//! The API description as JSON, written at compile time.
//!
//! `const LEN: usize = ir::json_len(&DESC); static JSON: [u8; LEN] = ir::json(&DESC);`

use crate::desc::{
    CallbackDesc, EnumDesc, FieldDesc, FnDesc, FnKind, Mode, ModuleDesc, Name, ObjectDesc, ParamDesc, RecordDesc,
    TypeDesc, VariantDesc,
};

/// The version of the JSON form; the command line refuses others.
pub const VERSION: u32 = 1;

/// How long [`json`] is.
pub const fn json_len(module: &ModuleDesc) -> usize {
    let mut nowhere = [0; 0];
    let mut out = Out { buffer: &mut nowhere, len: 0 };
    out.module(module);
    out.len
}

/// The description of `module`, `N` = [`json_len`] bytes of UTF-8.
///
/// # Panics
/// When `N` is another number; at compile time, where this is meant to run.
pub const fn json<const N: usize>(module: &ModuleDesc) -> [u8; N] {
    let mut buffer = [0; N];
    let mut out = Out { buffer: &mut buffer, len: 0 };
    out.module(module);
    assert!(out.len == N, "N must be json_len(module)");
    buffer
}

/// Writes as long as there is room, and counts in any case.
struct Out<'a> {
    buffer: &'a mut [u8],
    len: usize,
}

macro_rules! list {
    ($self:ident, $key:literal, $items:expr, $write:ident) => {{
        let items = $items;
        $self.raw($key);
        $self.raw(":[");
        let mut i = 0;
        while i < items.len() {
            if i > 0 {
                $self.byte(b',');
            }
            $self.$write(&items[i]);
            i += 1;
        }
        $self.byte(b']');
    }};
}

impl Out<'_> {
    const fn module(&mut self, module: &ModuleDesc) {
        self.raw("{\"v\":1,\"module\":");
        self.string(module.name);
        self.doc(module.doc);
        list!(self, ",\"functions\"", module.functions, function);
        list!(self, ",\"objects\"", module.objects, object);
        list!(self, ",\"records\"", module.records, record);
        list!(self, ",\"enums\"", module.enums, enumeration);
        list!(self, ",\"errors\"", module.errors, enumeration);
        list!(self, ",\"callbacks\"", module.callbacks, callback);
        self.byte(b'}');
    }

    const fn function(&mut self, f: &FnDesc) {
        self.raw("{\"name\":");
        self.name(&f.name);
        self.doc(f.doc);
        self.raw(match f.kind {
            FnKind::Function => ",\"kind\":\"function\"",
            FnKind::Method => ",\"kind\":\"method\"",
            FnKind::Static => ",\"kind\":\"static\"",
            FnKind::Constructor => ",\"kind\":\"constructor\"",
            FnKind::Getter => ",\"kind\":\"getter\"",
        });
        self.raw(match f.mode {
            Mode::Sync => ",\"mode\":\"sync\"",
            Mode::Async => ",\"mode\":\"async\"",
            Mode::Spawn => ",\"mode\":\"spawn\"",
            Mode::Local => ",\"mode\":\"local\"",
            Mode::Blocking => ",\"mode\":\"blocking\"",
        });
        list!(self, ",\"params\"", f.params, param);
        self.raw(",\"required\":");
        self.number(f.required());
        self.raw(",\"returns\":");
        self.ty(&f.returns);
        if let Some(throws) = &f.throws {
            self.raw(",\"throws\":");
            self.ty(throws);
        }
        self.flag(",\"number\":true", f.number);
        self.byte(b'}');
    }

    const fn param(&mut self, p: &ParamDesc) {
        self.raw("{\"name\":");
        self.name(&p.name);
        self.raw(",\"type\":");
        self.ty(&p.ty);
        self.flag(",\"optional\":true", p.optional);
        if !p.default.is_empty() {
            self.raw(",\"default\":");
            self.string(p.default);
        }
        self.flag(",\"number\":true", p.number);
        self.byte(b'}');
    }

    const fn object(&mut self, o: &ObjectDesc) {
        self.raw("{\"name\":");
        self.string(o.name);
        self.declared_in(o.module);
        self.doc(o.doc);
        list!(self, ",\"functions\"", o.functions, function);
        self.byte(b'}');
    }

    const fn callback(&mut self, c: &CallbackDesc) {
        self.raw("{\"name\":");
        self.string(c.name);
        self.declared_in(c.module);
        self.doc(c.doc);
        list!(self, ",\"functions\"", c.functions, function);
        self.byte(b'}');
    }

    const fn record(&mut self, r: &RecordDesc) {
        self.byte(b'{');
        self.record_body(r);
        self.byte(b'}');
    }

    const fn record_body(&mut self, r: &RecordDesc) {
        self.raw("\"name\":");
        self.string(r.name);
        self.declared_in(r.module);
        self.doc(r.doc);
        list!(self, ",\"fields\"", r.fields, field);
    }

    const fn field(&mut self, f: &FieldDesc) {
        self.raw("{\"name\":");
        self.name(&f.name);
        self.doc(f.doc);
        self.raw(",\"type\":");
        self.ty(&f.ty);
        self.flag(",\"number\":true", f.number);
        self.byte(b'}');
    }

    const fn enumeration(&mut self, e: &EnumDesc) {
        self.raw("{\"name\":");
        self.string(e.name);
        self.declared_in(e.module);
        self.doc(e.doc);
        self.flag(",\"hasData\":true", e.has_data);
        list!(self, ",\"variants\"", e.variants, variant);
        self.byte(b'}');
    }

    const fn variant(&mut self, v: &VariantDesc) {
        self.byte(b'{');
        self.record_body(&v.data);
        self.raw(",\"code\":");
        self.string(v.code);
        self.raw(",\"tag\":");
        self.string(v.tag);
        self.byte(b'}');
    }

    const fn ty(&mut self, ty: &TypeDesc) {
        let scalar = match ty {
            TypeDesc::Unit => "\"unit\"",
            TypeDesc::Bool => "\"bool\"",
            TypeDesc::I8 => "\"i8\"",
            TypeDesc::I16 => "\"i16\"",
            TypeDesc::I32 => "\"i32\"",
            TypeDesc::I64 => "\"i64\"",
            TypeDesc::I128 => "\"i128\"",
            TypeDesc::Isize => "\"isize\"",
            TypeDesc::U8 => "\"u8\"",
            TypeDesc::U16 => "\"u16\"",
            TypeDesc::U32 => "\"u32\"",
            TypeDesc::U64 => "\"u64\"",
            TypeDesc::U128 => "\"u128\"",
            TypeDesc::Usize => "\"usize\"",
            TypeDesc::F32 => "\"f32\"",
            TypeDesc::F64 => "\"f64\"",
            TypeDesc::String => "\"string\"",
            TypeDesc::Bytes => "\"bytes\"",
            TypeDesc::Duration => "\"duration\"",
            TypeDesc::SystemTime => "\"system_time\"",
            TypeDesc::Option(inner) => return self.nested("{\"option\":", inner),
            TypeDesc::List(inner) => return self.nested("{\"list\":", inner),
            TypeDesc::Map(inner) => return self.nested("{\"map\":", inner),
            TypeDesc::Tuple(items) => {
                self.byte(b'{');
                list!(self, "\"tuple\"", *items, ty);
                self.byte(b'}');
                return;
            }
            TypeDesc::Record { name, module } => return self.named("{\"record\":", name, module),
            TypeDesc::Enum { name, module } => return self.named("{\"enum\":", name, module),
            TypeDesc::Union { name, module } => return self.named("{\"union\":", name, module),
            TypeDesc::Error { name, module } => return self.named("{\"error\":", name, module),
            TypeDesc::Object { name, module } => return self.named("{\"object\":", name, module),
            TypeDesc::Callback { name, module } => return self.named("{\"callback\":", name, module),
            TypeDesc::Future(inner) => return self.nested("{\"future\":", inner),
            TypeDesc::Function(function) => {
                self.raw("{\"function\":");
                self.function(function);
                self.byte(b'}');
                return;
            }
        };
        self.raw(scalar);
    }

    const fn nested(&mut self, open: &str, inner: &TypeDesc) {
        self.raw(open);
        self.ty(inner);
        self.byte(b'}');
    }

    const fn named(&mut self, open: &str, name: &str, module: &str) {
        self.raw(open);
        self.string(name);
        self.declared_in(module);
        self.byte(b'}');
    }

    const fn declared_in(&mut self, module: &str) {
        self.raw(",\"module\":");
        self.string(module);
    }

    const fn name(&mut self, name: &Name) {
        self.raw("{\"rust\":");
        self.string(name.rust);
        self.raw(",\"python\":");
        self.string(name.python);
        self.raw(",\"js\":");
        self.string(name.js);
        self.byte(b'}');
    }

    const fn doc(&mut self, doc: &str) {
        if !doc.is_empty() {
            self.raw(",\"doc\":");
            self.string(doc);
        }
    }

    const fn flag(&mut self, text: &str, on: bool) {
        if on {
            self.raw(text);
        }
    }

    const fn number(&mut self, n: usize) {
        if n >= 10 {
            self.number(n / 10);
        }
        #[expect(clippy::cast_possible_truncation, reason = "one decimal digit")]
        self.byte(b'0' + (n % 10) as u8);
    }

    const fn string(&mut self, text: &str) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        self.byte(b'"');
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            match bytes[i] {
                b'"' => self.raw("\\\""),
                b'\\' => self.raw("\\\\"),
                b'\n' => self.raw("\\n"),
                control if control < b' ' => {
                    self.raw("\\u00");
                    self.byte(HEX[(control >> 4) as usize]);
                    self.byte(HEX[(control & 15) as usize]);
                }
                other => self.byte(other),
            }
            i += 1;
        }
        self.byte(b'"');
    }

    const fn raw(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            self.byte(bytes[i]);
            i += 1;
        }
    }

    const fn byte(&mut self, byte: u8) {
        if self.len < self.buffer.len() {
            self.buffer[self.len] = byte;
        }
        self.len += 1;
    }
}
