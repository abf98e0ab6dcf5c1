//! From the author's module to the model. Takes our attributes off on the way.

mod attrs;
mod callback;
mod data;
mod function;
mod host_function;
mod options;
mod receiver;
pub(crate) mod types;

use proc_macro2::TokenStream;
use syn::{Attribute, Ident, ImplItem, Item, ItemEnum, ItemFn, ItemImpl, ItemMod, ItemStruct, ItemTrait, Visibility};

pub(crate) use self::callback::implementation as callback_impl;
use self::function::Site;
pub(crate) use self::options::{Options, options};
pub(crate) use self::types::{head, peeled};
use crate::errors::Errors;
use crate::ir::{Module, Object};

/// The inline module under the attribute, or what is there instead.
pub(crate) fn item(tokens: TokenStream, errors: &mut Errors) -> Option<ItemMod> {
    match errors.note(syn::parse2::<Item>(tokens))? {
        Item::Mod(module) if module.content.is_some() => Some(module),
        Item::Mod(module) => {
            errors.push(&module, "#[bridge] reads the items of its module: write it inline, `mod name { .. }`");
            None
        }
        other => {
            errors.push(&other, "#[bridge] goes on an inline module: `#[ponton::bridge] pub mod name { .. }`");
            None
        }
    }
}

/// Reads the module.
pub(crate) fn module(options: Options, item: &mut ItemMod, errors: &mut Errors) -> Module {
    let doc = attrs::doc(&item.attrs);
    let mut module = Module {
        ident: item.ident.clone(),
        root: options.root,
        doc,
        functions: Vec::new(),
        objects: Vec::new(),
        records: Vec::new(),
        enums: Vec::new(),
        errors: Vec::new(),
        callbacks: Vec::new(),
        hidden: Vec::new(),
    };
    let Some((_, items)) = &mut item.content else { return module };
    let callbacks = callbacks(items);
    let mut reader = Reader { module: &mut module, number: options.number, callbacks: &callbacks, errors };
    // Types first: an `impl` may stand before its struct.
    for item in items.iter_mut() {
        match item {
            Item::Struct(item) => reader.structure(item),
            Item::Enum(item) => reader.enumeration(item),
            Item::Union(item) => reader.module.hidden.push(item.ident.clone()),
            _ => {}
        }
    }
    for item in items {
        match item {
            Item::Fn(item) => reader.function(item),
            Item::Impl(item) => reader.implementation(item),
            Item::Trait(item) => reader.callback(item),
            _ => {}
        }
        if let Some(attributes) = attributes(item) {
            attrs::take(attributes, "skip", reader.errors);
        }
    }
    module
}

/// The names of the `#[callback]` traits: a function may stand before them.
fn callbacks(items: &[Item]) -> Vec<Ident> {
    let is_marked = |item: &&ItemTrait| item.attrs.iter().any(|attr| attr.path().is_ident("callback"));
    let traits = items.iter().filter_map(|item| if let Item::Trait(item) = item { Some(item) } else { None });
    traits.filter(is_marked).map(|item| item.ident.clone()).collect()
}

struct Reader<'a> {
    module: &'a mut Module,
    number: bool,
    callbacks: &'a [Ident],
    errors: &'a mut Errors,
}

impl Reader<'_> {
    fn structure(&mut self, item: &mut ItemStruct) {
        let record = attrs::take(&mut item.attrs, "record", self.errors);
        let object = attrs::take(&mut item.attrs, "object", self.errors);
        let skip = attrs::take(&mut item.attrs, "skip", self.errors);
        let public = matches!(item.vis, Visibility::Public(_));
        attrs::refuse(&mut item.attrs, &[], self.errors);
        if let (Some(mark), false) = (record.as_ref().or(object.as_ref()), public) {
            self.errors.push(mark, "what crosses the bridge is public: write `pub struct`");
        }
        match (record, object, skip) {
            (Some(_), None, None) => {
                let record = data::record(item, self.number, self.errors);
                self.module.records.push(record);
            }
            (None, Some(_), None) => {
                types::refuse_generics(&item.generics, "an #[object]", self.errors);
                self.module.objects.push(Object {
                    ident: item.ident.clone(),
                    doc: attrs::doc(&item.attrs),
                    cfgs: attrs::cfgs(&item.attrs),
                    functions: Vec::new(),
                });
            }
            (None, None, None) if public => {
                self.errors.push(
                    &item.ident,
                    "say how it crosses: #[record] is copied field by field, #[object] stays in Rust and has methods, #[skip] is for Rust alone",
                );
            }
            (None, None, _) => self.module.hidden.push(item.ident.clone()),
            (Some(mark), _, _) | (_, Some(mark), _) => {
                self.errors.push(mark, "#[record], #[object] and #[skip] exclude each other: choose one");
            }
        }
    }

    fn enumeration(&mut self, item: &mut ItemEnum) {
        let error = attrs::take(&mut item.attrs, "error", self.errors);
        let skip = attrs::take(&mut item.attrs, "skip", self.errors);
        attrs::refuse(&mut item.attrs, &[], self.errors);
        if !matches!(item.vis, Visibility::Public(_)) {
            if let Some(mark) = error {
                self.errors.push(mark, "what crosses the bridge is public: write `pub enum`");
            }
            self.module.hidden.push(item.ident.clone());
        } else if skip.is_some() {
            self.module.hidden.push(item.ident.clone());
        } else {
            let parsed = data::enumeration(item, error.is_some(), self.number, self.errors);
            let list = if error.is_some() { &mut self.module.errors } else { &mut self.module.enums };
            list.push(parsed);
        }
    }

    fn function(&mut self, item: &mut ItemFn) {
        let site = Site { owner: None, cfgs: &[], number: self.number, callbacks: self.callbacks };
        if let Some(function) = bridged(&mut item.attrs, &item.vis, self.errors)
            .then(|| function::function(&mut item.attrs, &mut item.sig, &site, self.errors))
            .flatten()
        {
            self.module.functions.push(function);
        }
    }

    fn callback(&mut self, item: &mut ItemTrait) {
        let skip = attrs::take(&mut item.attrs, "skip", self.errors);
        let mark = attrs::take(&mut item.attrs, "callback", self.errors);
        attrs::refuse(&mut item.attrs, &[], self.errors);
        match (mark, skip) {
            (Some(mark), Some(_)) => self.errors.push(mark, "#[callback] and #[skip] exclude each other: choose one"),
            (Some(mark), None) => {
                let read = callback::callback(item, &mark, &self.module.root, self.number, self.errors);
                self.module.callbacks.push(read);
            }
            (None, _) => {}
        }
    }

    fn implementation(&mut self, item: &mut ItemImpl) {
        if attrs::take(&mut item.attrs, "callback", self.errors).is_some() {
            callback::implementation(item, &self.module.root, self.errors);
        }
        let owner = types::head(&item.self_ty).map(|(ident, _)| ident.clone());
        let object = owner.filter(|_| item.trait_.is_none()).and_then(|owner| self.object(&owner));
        attrs::refuse(&mut item.attrs, &["skip"], self.errors);
        let skip = attrs::take(&mut item.attrs, "skip", self.errors).is_some();
        let cfgs = attrs::cfgs(&item.attrs);
        if object.is_some() && !skip {
            types::refuse_generics(&item.generics, "the `impl` of an #[object]", self.errors);
        }
        for item in &mut item.items {
            let ImplItem::Fn(item) = item else { continue };
            let Some(object) = object.filter(|_| !skip) else {
                attrs::refuse(&mut item.attrs, &[], self.errors);
                continue;
            };
            if bridged(&mut item.attrs, &item.vis, self.errors) {
                let owner = self.module.objects[object].ident.clone();
                let site = Site { owner: Some(&owner), cfgs: &cfgs, number: self.number, callbacks: self.callbacks };
                let function = function::function(&mut item.attrs, &mut item.sig, &site, self.errors);
                self.module.objects[object].functions.extend(function);
            }
        }
    }

    fn object(&self, ident: &Ident) -> Option<usize> {
        self.module.objects.iter().position(|object| object.ident == *ident)
    }
}

/// Whether a function crosses: public, and not marked `#[skip]`. A mark on one that does not is a mistake.
fn bridged(attributes: &mut Vec<Attribute>, vis: &Visibility, errors: &mut Errors) -> bool {
    let skip = attrs::take(attributes, "skip", errors).is_some();
    let bridged = !skip && matches!(vis, Visibility::Public(_));
    if !bridged {
        attrs::refuse(attributes, &[], errors);
    }
    bridged
}

/// The attributes of an item that only `#[skip]` can be on.
fn attributes(item: &mut Item) -> Option<&mut Vec<Attribute>> {
    match item {
        Item::Const(item) => Some(&mut item.attrs),
        Item::Mod(item) => Some(&mut item.attrs),
        Item::Static(item) => Some(&mut item.attrs),
        Item::Type(item) => Some(&mut item.attrs),
        Item::Union(item) => Some(&mut item.attrs),
        Item::Use(item) => Some(&mut item.attrs),
        _ => None,
    }
}
