//! The API description: constants with and without docs.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use syn::Type;

use super::{id, method_prefix, on, plain};
use crate::ir::{
    Callback, CallbackFunction, Cfgs, Enum, Field, Function, Kind, Mode, Module, Number, Object, Param, Record, Variant,
};
use crate::names::Names;
use crate::parse::types::peeled;

/// `__Desc<DOCS>` with one constant per item, and `__D`, the one that is kept at run time.
pub(super) fn consts(module: &Module) -> TokenStream {
    let name = plain(&module.ident);
    let doc = doc(&module.doc.0);
    let functions = list("F", module.functions.iter().map(|f| &f.cfgs));
    let objects = list("O", module.objects.iter().map(|o| &o.cfgs));
    let records = list("R", module.records.iter().map(|r| &r.cfgs));
    let enums = list("E", module.enums.iter().map(|e| &e.cfgs));
    let errors = list("X", module.errors.iter().map(|e| &e.cfgs));
    let callbacks = list("C", module.callbacks.iter().map(|c| &c.cfgs));

    let mut items = TokenStream::new();
    for (i, f) in module.functions.iter().enumerate() {
        items.extend(function(f, &id("F", i)));
    }
    for (i, o) in module.objects.iter().enumerate() {
        items.extend(object(o, i, &name));
    }
    for (i, r) in module.records.iter().enumerate() {
        let (id, cfgs) = (id("R", i), &r.cfgs);
        let desc = record(r, &name);
        items.extend(quote!(#(#cfgs)* const #id: __p::RecordDesc = #desc;));
    }
    for (prefix, list) in [("E", &module.enums), ("X", &module.errors)] {
        for (i, e) in list.iter().enumerate() {
            items.extend(enumeration(e, &id(prefix, i), &name));
        }
    }
    for (i, c) in module.callbacks.iter().enumerate() {
        items.extend(callback(c, i, &name));
    }
    quote! {
        const __MODULE_NAME: &str = #name;
        struct __Desc<const DOCS: bool>;
        impl<const DOCS: bool> __Desc<DOCS> {
            #items
            const MODULE: __p::ModuleDesc = __p::ModuleDesc {
                name: #name,
                doc: #doc,
                functions: #functions,
                objects: #objects,
                records: #records,
                enums: #enums,
                errors: #errors,
                callbacks: #callbacks,
            };
        }
        type __D = __Desc<{ __p::KEEP_DOCS }>;
    }
}

fn list<'a>(prefix: &str, cfgs: impl Iterator<Item = &'a Cfgs>) -> TokenStream {
    let items = cfgs.enumerate().map(|(i, cfgs)| {
        let id = id(prefix, i);
        quote!(#(#cfgs)* Self::#id)
    });
    quote!(&[#(#items),*])
}

fn doc(text: &TokenStream) -> TokenStream {
    quote!(__p::doc(DOCS, #text))
}

pub(super) fn name(Names { rust, python, js }: &Names) -> TokenStream {
    quote!(__p::Name { rust: #rust, python: #python, js: #js })
}

fn object(object: &Object, index: usize, module: &str) -> TokenStream {
    let Object { ident, cfgs, functions, .. } = object;
    let (id, prefix) = (id("O", index), method_prefix(index));
    let (name, doc) = (plain(ident), doc(&object.doc.0));
    let names = list(&prefix, functions.iter().map(|f| &f.cfgs));
    let functions = functions.iter().enumerate().map(|(i, f)| function(f, &super::id(&prefix, i)));
    quote! {
        #(#functions)*
        #(#cfgs)*
        const #id: __p::ObjectDesc =
            __p::ObjectDesc { name: #name, module: #module, doc: #doc, functions: #names };
    }
}

fn function(function: &Function, id: &Ident) -> TokenStream {
    let Function { cfgs, params, output, number, .. } = function;
    let (name, doc) = (name(&function.names), doc(&function.doc.0));
    let path = match &function.owner {
        Some(owner) => format!("{}.{}", plain(owner), function.names.rust),
        None => function.names.rust.clone(),
    };
    let kind = match function.kind {
        Kind::Function => quote!(Function),
        Kind::Method => quote!(Method),
        Kind::Static => quote!(Static),
        Kind::Constructor => quote!(Constructor),
        Kind::Getter => quote!(Getter),
    };
    let mode = match function.mode {
        Mode::Sync => quote!(Sync),
        Mode::Async => quote!(Async),
        Mode::Spawn => quote!(Spawn),
        Mode::Local => quote!(Local),
        Mode::Blocking => quote!(Blocking),
    };
    let params = params.iter().map(param);
    let returns = quote!(__p::returned::<#output>());
    let number = self::number(*number, &quote!(#returns.0));
    quote! {
        #(#cfgs)*
        const #id: __p::FnDesc = __p::FnDesc {
            name: #name,
            path: #path,
            doc: #doc,
            kind: __p::FnKind::#kind,
            mode: __p::Mode::#mode,
            params: &[#(#params),*],
            returns: #returns.0,
            throws: #returns.1,
            number: #number,
        };
    }
}

fn param(param: &Param) -> TokenStream {
    let name = name(&param.names);
    let ty = read_as(param);
    let (optional, default) = match &param.default {
        Some(expr) => (quote!(true), crate::text::tidy(quote!(#expr))),
        None => (quote_spanned!(on(&param.ty)=> <#ty as __p::Bridged>::OPTIONAL), String::new()),
    };
    let ty = quote_spanned!(on(&param.ty)=> <#ty as __p::Bridged>::TYPE);
    // What `#[number]` says of a function holds for its own parameters.
    let number = if param.function.is_some() { quote!(false) } else { number(param.number, &ty) };
    quote! {
        __p::ParamDesc {
            name: #name,
            ty: #ty,
            optional: #optional,
            default: #default,
            number: #number,
        }
    }
}

/// A parameter of a function of the host's.
pub(super) fn input(names: &Names, ty: &Type, number: Number) -> TokenStream {
    let name = name(names);
    let ty = quote_spanned!(on(ty)=> <#ty as __p::Bridged>::TYPE);
    let number = self::number(number, &ty);
    quote! {
        __p::ParamDesc {
            name: #name,
            ty: #ty,
            optional: false,
            default: "",
            number: #number,
        }
    }
}

fn callback(callback: &Callback, index: usize, module: &str) -> TokenStream {
    let Callback { ident, cfgs, functions, .. } = callback;
    let id = id("C", index);
    let (name, doc) = (plain(ident), doc(&callback.doc.0));
    let ids: Vec<Ident> = (0..functions.len()).map(|i| super::host::method_id(&id, i)).collect();
    let functions = functions.iter().zip(&ids).map(|(f, id)| callback_function(f, cfgs, id));
    quote! {
        #(#functions)*
        #(#cfgs)*
        const #id: __p::CallbackDesc =
            __p::CallbackDesc { name: #name, module: #module, doc: #doc, functions: &[#(Self::#ids),*] };
    }
}

fn callback_function(function: &CallbackFunction, cfgs: &Cfgs, id: &Ident) -> TokenStream {
    let CallbackFunction { params, output, way, number, .. } = function;
    let (name, path, doc) = (name(&function.names), &function.names.rust, doc(&function.doc.0));
    let mode = super::host::mode(*way);
    let params = params.iter().map(|param| input(&param.names, &param.ty, param.number));
    let given = quote_spanned!(on(output)=> __p::given::<#output>());
    let number = number_among(*number, function.params.iter().map(|param| &param.ty), output);
    quote! {
        #(#cfgs)*
        const #id: __p::FnDesc = __p::FnDesc {
            name: #name,
            path: #path,
            doc: #doc,
            kind: __p::FnKind::Method,
            mode: #mode,
            params: &[#(#params),*],
            returns: #given.0,
            throws: #given.1,
            number: #number,
        };
    }
}

/// Whether a type's 64-bit integers are JavaScript numbers. The compiler, which knows aliases, checks that it has some.
fn number(number: Number, ty: &TokenStream) -> TokenStream {
    match number {
        Number::No => quote!(false),
        Number::Module => quote!(true),
        Number::Marked(span) => {
            let span = Span::call_site().located_at(span);
            quote_spanned!(span=> __p::number(&#ty))
        }
    }
}

/// The same for what a function of the host's takes and gives.
pub(super) fn number_among<'a>(number: Number, inputs: impl Iterator<Item = &'a Type>, output: &Type) -> TokenStream {
    let inputs = inputs.map(|ty| quote_spanned!(on(ty)=> <#ty as __p::Bridged>::TYPE));
    let given = quote_spanned!(on(output)=> __p::given::<#output>());
    let all = quote!(__p::TypeDesc::Tuple(&[#(#inputs,)* #given.0]));
    self::number(number, &all)
}

/// Whether a plain function looks at the parameter where it lies: `&[u8]`, as written. By another name it is copied.
pub(super) fn is_lent(param: &Param) -> bool {
    let Type::Slice(slice) = peeled(&param.ty) else { return false };
    param.borrowed && matches!(peeled(&slice.elem), Type::Path(path) if path.path.is_ident("u8"))
}

/// The type that a host's argument is read as.
pub(super) fn read_as(param: &Param) -> TokenStream {
    let ty = &param.ty;
    if let Some(function) = &param.function {
        return super::host::read_as(function);
    }
    if is_lent(param) {
        return quote!(__p::Lent);
    }
    if param.borrowed { quote_spanned!(on(ty)=> <#ty as __p::Borrowed>::Owned) } else { quote!(#ty) }
}

fn record(record: &Record, module: &str) -> TokenStream {
    record_desc(&plain(&record.ident), module, &record.doc.0, &record.fields)
}

fn record_desc(name: &str, module: &str, text: &TokenStream, fields: &[Field]) -> TokenStream {
    let doc = doc(text);
    let fields = fields.iter().map(field);
    quote! {
        __p::RecordDesc { name: #name, module: #module, doc: #doc, fields: &[#(#fields),*] }
    }
}

fn field(field: &Field) -> TokenStream {
    let Field { ty, number, .. } = field;
    let (name, doc) = (name(&field.names), doc(&field.doc.0));
    let ty = quote_spanned!(on(ty)=> <#ty as __p::Bridged>::TYPE);
    let number = self::number(*number, &ty);
    quote! {
        __p::FieldDesc { name: #name, doc: #doc, ty: #ty, number: #number }
    }
}

fn enumeration(item: &Enum, id: &Ident, module: &str) -> TokenStream {
    let Enum { ident, cfgs, variants, .. } = item;
    let (name, doc, has_data) = (plain(ident), doc(&item.doc.0), item.has_data());
    let variants = variants.iter().map(|variant| {
        let Variant { ident, code, tag, fields, .. } = variant;
        let data = record_desc(&plain(ident), module, &variant.doc.0, fields);
        quote!(__p::VariantDesc { data: #data, code: #code, tag: #tag })
    });
    quote! {
        #(#cfgs)*
        const #id: __p::EnumDesc = __p::EnumDesc {
            name: #name,
            module: #module,
            doc: #doc,
            has_data: #has_data,
            variants: &[#(#variants),*],
        };
    }
}
