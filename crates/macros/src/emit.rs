//! From the model to the glue: one `const _: () = { .. };` at the end of the author's module.
//!
//! Names of the glue begin with `__`, so that they never hide the author's; its locals are hygienic.

mod data;
mod desc;
mod function;
mod host;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::Type;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::ir::{Callback, Enum, Function, Module, Object, Record};

/// The glue of `module`.
pub(crate) fn glue(module: &Module) -> TokenStream {
    let root = &module.root;
    let desc = desc::consts(module);
    let records = each(&module.records, "R", data::record);
    let enums = each(&module.enums, "E", data::enumeration);
    let errors = each(&module.errors, "X", data::error);
    let objects = each(&module.objects, "O", object);
    let functions = each(&module.functions, "F", |function, id| function::function(function, id, root));
    let methods = module
        .objects
        .iter()
        .enumerate()
        .map(|(i, object)| each(&object.functions, &method_prefix(i), |f, id| function::function(f, id, root)));
    let callbacks = each(&module.callbacks, "C", host::callback);
    let visits = visits(module);

    quote! {
        // Other lints do not look into the code of a macro.
        #[doc(hidden)]
        #[allow(deprecated)]
        const _: () = {
            use #root::__private as __p;

            #desc
            #records
            #enums
            #errors
            #objects
            #callbacks
            #functions
            #(#methods)*

            pub struct __Module;
            impl __p::Module for __Module {
                const DESC: &'static __p::ModuleDesc = &__D::MODULE;
                const JSON: &'static [u8] =
                    &__p::json::<{ __p::json_len(&__Desc::<false>::MODULE) }>(&__Desc::<false>::MODULE);
                fn visit<__V: __p::Visitor>(visitor: &mut __V) {
                    #visits
                }
            }
            #root::__export!(__Module, &__Desc::<true>::MODULE);
        };
    }
}

fn each<T>(items: &[T], prefix: &str, emit: impl Fn(&T, &Ident) -> TokenStream) -> TokenStream {
    items.iter().enumerate().map(|(i, item)| emit(item, &id(prefix, i))).collect()
}

/// What an item is called in the glue: `F0`, `R1`, ….
fn id(prefix: &str, index: usize) -> Ident {
    format_ident!("{prefix}{index}")
}

fn method_prefix(object: usize) -> String {
    format!("M{object}_")
}

/// The zero-sized type of a function.
fn type_of(id: &Ident) -> Ident {
    format_ident!("__{id}")
}

/// The static in which hosts note what they made of a type.
fn slot_of(id: &Ident) -> Ident {
    format_ident!("__{id}_SLOT")
}

/// The name as it is written where no `r#` belongs.
fn plain(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// Where the author's item stands, with names looked up where the glue does: errors point there.
fn at(ident: &Ident) -> Span {
    Span::call_site().located_at(ident.span())
}

/// The same for a type.
fn on(ty: &Type) -> Span {
    Span::call_site().located_at(ty.span())
}

fn object(object: &Object, id: &Ident) -> TokenStream {
    let Object { ident, cfgs, functions, .. } = object;
    let slot = slot_of(id);
    let prefix = format!("M{}_", &id.to_string()[1..]);
    let visits = functions.iter().enumerate().map(|(i, function)| {
        let (cfgs, name) = (&function.cfgs, type_of(&self::id(&prefix, i)));
        quote!(#(#cfgs)* visitor.function::<#name>();)
    });
    let bridged = data::bridged(ident, cfgs, &quote!(Object));
    quote! {
        #(#cfgs)*
        static #slot: __p::TypeSlot = __p::TypeSlot::new();
        #bridged
        #(#cfgs)*
        impl __p::Object for #ident {
            const DESC: &'static __p::ObjectDesc = &__D::#id;
            fn slot() -> &'static __p::TypeSlot {
                &#slot
            }
            fn visit<__V: __p::ObjectVisitor>(visitor: &mut __V) {
                #(#visits)*
            }
        }
        #(#cfgs)*
        impl __p::IntoHost for #ident {
            fn into_host<__W: __p::Writer>(
                self,
                host: &mut __W,
            ) -> ::core::result::Result<__W::Value, __W::Error> {
                __p::Writer::object(host, ::std::sync::Arc::new(self))
            }
        }
        #(#cfgs)*
        impl __p::Borrowed for #ident {
            type Owned = ::std::sync::Arc<Self>;
            fn borrowed(owned: &::std::sync::Arc<Self>) -> &Self {
                owned
            }
        }
    }
}

fn visits(module: &Module) -> TokenStream {
    let functions = module.functions.iter().enumerate().map(|(i, Function { cfgs, .. })| {
        let name = type_of(&id("F", i));
        quote!(#(#cfgs)* visitor.function::<#name>();)
    });
    let objects = module.objects.iter().map(|Object { cfgs, ident, .. }| quote!(#(#cfgs)* visitor.object::<#ident>();));
    let data = |prefix: &str, method: &str, cfgs: Vec<&crate::ir::Cfgs>| -> TokenStream {
        let method = format_ident!("{method}");
        let visit = cfgs.into_iter().enumerate().map(|(i, cfgs)| {
            let id = id(prefix, i);
            let slot = slot_of(&id);
            quote!(#(#cfgs)* visitor.#method(&__D::#id, &#slot);)
        });
        visit.collect()
    };
    let records = data("R", "record", module.records.iter().map(|Record { cfgs, .. }| cfgs).collect());
    let enums = data("E", "enumeration", module.enums.iter().map(|Enum { cfgs, .. }| cfgs).collect());
    let errors = data("X", "error", module.errors.iter().map(|Enum { cfgs, .. }| cfgs).collect());
    let callbacks = module.callbacks.iter().enumerate().map(|(i, Callback { cfgs, .. })| {
        let id = id("C", i);
        quote!(#(#cfgs)* visitor.callback(&__D::#id);)
    });
    quote!(#(#functions)* #(#objects)* #records #enums #errors #(#callbacks)*)
}
