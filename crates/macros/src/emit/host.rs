//! What the host implements: functions that it passes in, and `#[callback]` traits.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;

use super::desc;
use super::{id, on, plain, type_of};
use crate::ir::{Callback, CallbackFunction, Cfgs, HostFunction, Number, Overflow, Param, Way};

/// The signatures of the functions that `params` take.
pub(super) fn signatures(params: &[Param], cfgs: &Cfgs) -> TokenStream {
    let with_function = |param| Some((param, Param::function(param)?));
    params.iter().filter_map(with_function).map(|(param, function)| parameter(param, function, cfgs)).collect()
}

impl Param {
    fn function(&self) -> Option<&HostFunction> {
        self.function.as_ref()
    }
}

fn parameter(param: &Param, function: &HostFunction, cfgs: &Cfgs) -> TokenStream {
    let HostFunction { signature, way, inputs, output, overflow, .. } = function;
    let number = desc::number_among(param.number, inputs.iter(), output);
    // What holds for all of them may say nothing about one.
    let each = if param.number.is_on() { Number::Module } else { Number::No };
    let inputs: Vec<_> = inputs.iter().map(|ty| (ty, each)).collect();
    let (name, path) = (desc::name(&param.names), &param.names.rust);
    let params = inputs.iter().enumerate().map(|(index, (ty, number))| {
        let rust = format!("arg{index}");
        let arg = crate::names::Names { python: rust.clone(), js: rust.clone(), rust };
        desc::input(&arg, ty, *number)
    });
    let mode = mode(*way);
    let given = quote_spanned!(on(output)=> __p::given::<#output>());
    let desc = quote! {
        &__p::FnDesc {
            name: #name,
            path: #path,
            doc: "",
            kind: __p::FnKind::Function,
            mode: #mode,
            params: &[#(#params),*],
            returns: #given.0,
            throws: #given.1,
            number: #number,
        }
    };
    let emitted = Emitted { name: signature, owner: None, inputs: &inputs, output, desc, overflow: overflow.as_ref() };
    emitted.signature(cfgs)
}

pub(super) fn mode(way: Way) -> TokenStream {
    match way {
        Way::Await => quote!(__p::Mode::Async),
        Way::Here | Way::Notify => quote!(__p::Mode::Sync),
    }
}

/// One implementation of `Signature`.
struct Emitted<'a> {
    name: &'a Ident,
    owner: Option<&'a str>,
    inputs: &'a [(&'a Type, Number)],
    output: &'a Type,
    desc: TokenStream,
    overflow: Option<&'a Overflow>,
}

impl Emitted<'_> {
    fn signature(&self, cfgs: &Cfgs) -> TokenStream {
        let Self { name, owner, inputs, output, desc, overflow } = self;
        let args = inputs
            .iter()
            .map(|(ty, number)| if number.is_on() { quote_spanned!(on(ty)=> __p::Numbers<#ty>) } else { quote!(#ty) });
        let given = quote_spanned!(on(output)=> type Given = #output;);
        let at_inputs = inputs.first().map_or_else(Span::call_site, |(ty, _)| on(ty));
        let args = quote_spanned!(at_inputs=> type Args = (#(#args,)*););
        let owner = owner
            .map_or_else(|| quote!(::core::option::Option::None), |owner| quote!(::core::option::Option::Some(#owner)));
        let overflow = overflow.map(|Overflow { policy, capacity }| {
            let default = || quote!(__p::Overflow::DEFAULT.capacity);
            let capacity = capacity.as_ref().map_or_else(default, |capacity| quote!(#capacity));
            quote! {
                const OVERFLOW: __p::Overflow =
                    __p::Overflow { policy: __p::Policy::#policy, capacity: #capacity };
            }
        });
        quote! {
            #(#cfgs)*
            #[allow(non_camel_case_types)]
            pub struct #name;
            #(#cfgs)*
            impl __p::Signature for #name {
                #args
                #given
                const OWNER: ::core::option::Option<&'static str> = #owner;
                const DESC: &'static __p::FnDesc = #desc;
                #overflow
            }
        }
    }
}

/// The type that a host's function is read as.
pub(super) fn read_as(function: &HostFunction) -> TokenStream {
    let held = held(function.way, &function.signature);
    if function.optional { quote!(::core::option::Option<#held>) } else { held }
}

fn held(way: Way, signature: &Ident) -> TokenStream {
    if way == Way::Notify { quote!(__p::Notifier<#signature>) } else { quote!(__p::HostFn<#signature>) }
}

/// The closure that the author's function gets, around what was read into `variable`.
pub(super) fn closure(function: &HostFunction, number: Number, variable: &Ident) -> TokenStream {
    let HostFunction { ty, way, inputs, pointer, future, .. } = function;
    let names: Vec<Ident> =
        (0..inputs.len()).map(|index| format_ident!("a{index}", span = Span::mixed_site())).collect();
    let args = pass(names.iter().map(|name| (name, number)));
    let method = match way {
        Way::Await => quote!(call),
        Way::Here => quote!(call_here),
        Way::Notify => quote!(notify),
    };
    let inner = Ident::new("host", Span::mixed_site());
    let call = quote!(#inner.#method(#args));
    let boxed = |future| quote!(-> #future { ::std::boxed::Box::pin(#call) });
    let body = future.as_ref().map_or_else(|| call.clone(), boxed);
    let closure = quote!(move |#(#names: #inputs),*| #body);
    let closure = match pointer {
        Some(pointer) if pointer == "Box" => quote!(::std::boxed::Box::new(#closure)),
        Some(_) => quote!(::std::sync::Arc::new(#closure)),
        None => closure,
    };
    match (function.optional, pointer) {
        (true, None) => quote!(#variable.map(|#inner| #closure)),
        (true, Some(_)) => quote!(#variable.map(|#inner| -> #ty { #closure })),
        (false, _) => quote!({ let #inner = #variable; #closure }),
    }
}

/// The tuple of arguments.
fn pass<'a>(args: impl Iterator<Item = (&'a Ident, Number)>) -> TokenStream {
    let args = args.map(|(name, number)| if number.is_on() { quote!(__p::Numbers(#name)) } else { quote!(#name) });
    quote!((#(#args,)*))
}

/// The glue of a `#[callback]` trait: what stands for the host's object.
pub(super) fn callback(callback: &Callback, id: &Ident) -> TokenStream {
    let Callback { ident, cfgs, functions, .. } = callback;
    let (host, name) = (type_of(id), plain(ident));
    let ids: Vec<Ident> = (0..functions.len()).map(|index| method_id(id, index)).collect();
    let signatures = functions.iter().zip(&ids).map(|(function, method)| {
        let inputs: Vec<_> = function.params.iter().map(|param| (&param.ty, param.number)).collect();
        let emitted = Emitted {
            name: &type_of(method),
            owner: Some(&name),
            inputs: &inputs,
            output: &function.output,
            desc: quote!(&__D::#method),
            overflow: function.overflow.as_ref(),
        };
        emitted.signature(cfgs)
    });
    let held = functions.iter().zip(&ids).map(|(function, method)| held(function.way, &type_of(method)));
    let reads = functions.iter().zip(&ids).map(|(function, method)| {
        let signature = type_of(method);
        let holder = if function.way == Way::Notify { quote!(Notifier) } else { quote!(HostFn) };
        quote!(__p::#holder::new(__p::Methods::method::<#signature>(&mut methods)?))
    });
    let methods = functions.iter().enumerate().map(|(index, function)| method(function, index));
    quote! {
        #(#signatures)*
        #(#cfgs)*
        struct #host(#(#held),*);
        #(#cfgs)*
        impl #ident for #host {
            #(#methods)*
        }
        #(#cfgs)*
        impl __p::Shared for dyn #ident {
            const TYPE: __p::TypeDesc = __p::TypeDesc::Callback { name: #name, module: __MODULE_NAME };
            fn shared_from_host<__R: __p::Reader>(
                value: __R,
            ) -> ::core::result::Result<::std::sync::Arc<Self>, __R::Error> {
                let mut methods = __p::Reader::methods(value, &__D::#id)?;
                ::core::result::Result::Ok(::std::sync::Arc::new(#host(#(#reads),*)))
            }
        }
    }
}

/// What a method of a `#[callback]` trait is called in the glue: `C0_1`.
pub(super) fn method_id(callback: &Ident, index: usize) -> Ident {
    id(&format!("{callback}_"), index)
}

fn method(function: &CallbackFunction, index: usize) -> TokenStream {
    let CallbackFunction { ident, way, params, output, .. } = function;
    let index = syn::Index::from(index);
    let inputs = params.iter().map(|Param { ident, ty, .. }| quote!(#ident: #ty));
    let args = pass(params.iter().map(|param| (&param.ident, param.number)));
    if *way == Way::Await {
        quote! {
            fn #ident(&self, #(#inputs),*) -> __p::BoxFuture<'_, #output> {
                ::std::boxed::Box::pin(self.#index.call(#args))
            }
        }
    } else {
        quote! {
            fn #ident(&self, #(#inputs),*) {
                self.#index.notify(#args)
            }
        }
    }
}
